package httpx

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestMatches(t *testing.T) {
	for _, c := range []struct {
		header, tag string
		want        bool
	}{
		{"", `"a"`, false}, {`"a"`, `"a"`, true}, {`W/"a"`, `"a"`, true}, {`"a"`, `W/"a"`, true},
		{`"b", W/"a"`, `"a"`, true}, {`"ab"`, `"a"`, false}, {"a", `"a"`, false}, {"*", `"a"`, false},
	} {
		if got := Matches(c.header, c.tag); got != c.want {
			t.Errorf("If-None-Match %s, tag %s: got %v", c.header, c.tag, got)
		}
	}
}

func TestAccepts(t *testing.T) {
	for _, c := range []struct {
		header string
		want   bool
	}{
		{"", false}, {"br", true}, {"gzip, BR", true}, {"gzip;q=1, br;q=0.1", true}, {"br;q=0", false},
		{"br; q=0.0", false}, {"brotli", false}, {"*", false}, {"br;q=much", false},
	} {
		if got := Accepts(c.header, "br"); got != c.want {
			t.Errorf("Accept-Encoding %q: got %v", c.header, got)
		}
	}
}

// TestETag: a tag names the content, and only a strong one names the bytes that are sent.
func TestETag(t *testing.T) {
	a, b := ETag([]byte("a")), ETag([]byte("b"))
	if a == b || a != ETag([]byte("a")) || len(a) != 2*hashLength+2 || WeakETag([]byte("a")) != "W/"+a {
		t.Errorf("got %s, %s, %s", a, b, WeakETag([]byte("a")))
	}
}

// TestConditional: the handler is not called for a client that has the answer; a problem has no tag.
func TestConditional(t *testing.T) {
	called := 0
	handler := Conditional(func(r *http.Request) string { return r.Header.Get("Tag") })(
		http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			called++
			if strings.Contains(r.URL.Path, "none") {
				WriteProblem(w, Problem(http.StatusNotFound, "there is none"))
				return
			}
			io.WriteString(w, "answer")
		}))
	for _, c := range []struct {
		method, path, tag, has string
		status                 int
		etag, cache            string
	}{
		{"GET", "/", `W/"1"`, "", 200, `W/"1"`, "no-cache"},
		{"HEAD", "/", `W/"1"`, `"0"`, 200, `W/"1"`, "no-cache"},
		{"GET", "/", `W/"1"`, `"1"`, 304, `W/"1"`, "no-cache"},
		{"GET", "/none", `W/"1"`, "", 404, "", "no-store"},
		{"GET", "/", "", `"1"`, 200, "", ""},
		{"POST", "/", `W/"1"`, `"1"`, 200, "", ""},
	} {
		r := httptest.NewRequest(c.method, c.path, nil)
		r.Header.Set("Tag", c.tag)
		r.Header.Set("If-None-Match", c.has)
		w := httptest.NewRecorder()
		before := called
		handler.ServeHTTP(w, r)
		h := w.Header()
		if w.Code != c.status || h.Get("ETag") != c.etag || h.Get("Cache-Control") != c.cache ||
			called-before == 1 == (c.status == 304) {
			t.Errorf("%s %s: status %d, %v, called %v", c.method, c.path, w.Code, h, called-before)
		}
	}
}

// TestServeRanges: a range, and one beyond the file, which is a problem document.
func TestServeRanges(t *testing.T) {
	for _, c := range []struct {
		header string
		status int
		body   string
	}{{"", 200, "0123456789"}, {"bytes=2-4", 206, "234"}, {"bytes=20-", 416, "holds nothing of the file"}} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		if c.header != "" {
			r.Header.Set("Range", c.header)
		}
		w := httptest.NewRecorder()
		w.Header().Set("Content-Disposition", "attachment")
		ServeRanges(w, r, strings.NewReader("0123456789"))
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.body) {
			t.Errorf("%q: status %d, %s", c.header, w.Code, w.Body)
		}
		if c.status == 416 && (w.Header().Get("Content-Type") != "application/problem+json" ||
			w.Header().Get("Content-Disposition") != "") {
			t.Errorf("%q: %v", c.header, w.Header())
		}
	}
}
