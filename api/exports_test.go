package api

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tungnha/coverage/export"
	"tungnha/coverage/export/verify"
)

// What a server gives out is what tungnha verify finds in the data, in every format.
func TestExportsVerify(t *testing.T) {
	s := newTestServer(t, nil)
	for _, format := range export.Formats {
		path := filepath.Join(t.TempDir(), "any."+string(format))
		url := "/api/v1/exports/areas." + string(format) + "?level=hamlet"
		res := get(s, url)
		save(t, res, path)
		if format == export.CSV {
			at, rest, _ := strings.Cut(strings.TrimPrefix(res.Header.Get("Link"), "<"), ">")
			if at != "areas.csv-metadata.json?level=hamlet" || !strings.Contains(rest, `rel="describedby"`) ||
				!strings.Contains(rest, export.DescriptionType) {
				t.Fatalf("Link: %s", res.Header.Get("Link"))
			}
			described := get(s, "/api/v1/exports/"+at)
			if described.Header.Get("Content-Type") != export.DescriptionType {
				t.Errorf("the description is %s", described.Header.Get("Content-Type"))
			}
			save(t, described, path+export.DescriptionSuffix)
		}
		file, err := verify.Open(path)
		if err != nil {
			t.Fatalf("%s: %v", url, err)
		}
		defer file.Close()
		v, err := verify.Compare(t.Context(), file, s.data.Load().Index())
		if err != nil {
			t.Fatalf("%s: %v", url, err)
		}
		if !v.OK() || v.Moved() || v.Rows == 0 || v.File.SmallCounts {
			t.Errorf("%s: %+v", url, v)
		}
		told := read[map[string]json.RawMessage](t, get(s, "/api/v1/coverage?by=area&level=hamlet"), 200)
		var total export.Record
		if err := json.Unmarshal(told["total"], &total); err != nil {
			t.Fatal(err)
		}
		if *total.Count("households") != *v.File.Total.Count("households") ||
			*total.Count("visits") != *v.File.Total.Count("visits") {
			t.Errorf("%s: total %+v, want %+v of the API", url, v.File.Total, total)
		}
	}
	if res := get(s, "/api/v1/exports/areas.geojson-metadata.json"); res.StatusCode != 422 {
		t.Errorf("a description of GeoJSON: status %d", res.StatusCode)
	}
}

func save(t *testing.T, res *http.Response, path string) {
	t.Helper()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != 200 {
		t.Fatalf("status %d, %v: %.200s", res.StatusCode, err, body)
	}
	if err := os.WriteFile(path, body, 0o600); err != nil {
		t.Fatal(err)
	}
}
