package api

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"tungnha/internal/problem"
)

// TestHostileBodies sends bodies as no client does: framing that is none gets 400, and what declares to be too large
// gets 413 before any of it is sent.
func TestHostileBodies(t *testing.T) {
	server := httptest.NewServer(newImportServer(t, nil))
	defer server.Close()
	const chunked = "Transfer-Encoding: chunked\r\n\r\n"
	for _, route := range []struct{ path, contentType, begin string }{
		{"/api/v1/visits", "application/json", "["},
		{"/api/v1/imports", "multipart/form-data; boundary=b",
			"--b\r\nContent-Disposition: form-data; name=file; filename=teams.csv\r\n\r\nteam_id"},
	} {
		first := fmt.Sprintf("%x\r\n%s\r\n", len(route.begin), route.begin)
		for rest, want := range map[string]int{
			chunked + "zz\r\n":                         400, // no length
			chunked + first + "-1\r\n":                 400,
			chunked + first + "ffffffffffffffffff\r\n": 400,
			chunked + first + "3\r\nabcde\r\n":         400, // a chunk that is longer than its length
			chunked + first + "0\r\n\r\n":              400, // sound, but of half a body
			"Content-Length: 1000000000000\r\n\r\n":    413,
			"Content-Length: -1\r\n\r\n":               400, // by net/http
		} {
			conn, err := net.Dial("tcp", server.Listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\n%s", route.path, route.contentType, rest)
			res, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Errorf("%s, %q: %v", route.path, rest, err)
			} else if res.StatusCode != want {
				t.Errorf("%s, %q: status %d, want %d", route.path, rest, res.StatusCode, want)
			}
			conn.Close()
		}
	}
}

// TestDirectionalIDs posts visits whose ids have characters that turn the text around them: none is taken, and what is
// wrong has a code and a sentence in both languages. In names they are no danger.
func TestDirectionalIDs(t *testing.T) {
	s := newTestServer(t, showHouseholds)
	for _, field := range []string{"visit_id", "household_id", "team_id"} {
		for _, r := range "\u061c\u200e\u200f\u202a\u202e\u2066\u2069" {
			r2 := httptest.NewRequest(http.MethodPost, "/api/v1/visits",
				strings.NewReader("["+visitJSON(field, fmt.Sprintf(`"H1%c-010"`, r))+"]"))
			got := read[visitsPosted](t, do(s, r2, "Content-Type", "application/json"), 200).Results[0]
			if got.Status != "error" || got.Code != problem.Code("directional_character") || got.Field != field ||
				!strings.Contains(got.Reason, "direction") || !strings.Contains(got.ReasonVI, "chiều") {
				t.Errorf("%s with %U: got %+v", field, r, got)
			}
		}
	}
}
