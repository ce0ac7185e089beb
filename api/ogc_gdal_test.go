package api

import (
	"net/http"
	"net/http/httptest"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// TestOGRInfo has GDAL's own client list, page and filter every collection.
func TestOGRInfo(t *testing.T) {
	if _, err := exec.LookPath("ogrinfo"); err != nil {
		t.Skip("ogrinfo is not installed (Debian: gdal-bin)")
	}
	s := newTestServer(t, showHouseholds)
	var mu sync.Mutex
	var asked []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		asked = append(asked, r.URL.RequestURI())
		mu.Unlock()
		s.ServeHTTP(w, r)
	}))
	defer server.Close()

	for _, c := range []struct {
		layer  string
		where  []string
		want   int
		pushed string // part of an address that shows that the server did the filtering
	}{
		{"areas", nil, 2, ""},
		{"hamlets", nil, 3, ""},
		{"cells", nil, 4, ""},
		{"flags", nil, 3, ""},
		{"teams", nil, 2, ""},
		{"visits", nil, 71, ""},
		{"households", nil, 75, "cursor="},
		{"hamlets", []string{"-where", "parent = '20101'"}, 2, ""},
		{"hamlets", []string{"-where", "households > 15"}, 2, ""},
		{"households", []string{"-where", "hamlet_code = 'H2'"}, householdsH2, "H2"},
		{"households", []string{"-spat", "108.1", "16.1", "108.2", "16.2"}, householdsH2, "bbox="},
		{"areas", []string{"-spat", "108.21", "16.05", "108.22", "16.06"}, 1, "bbox="},
		{"areas", []string{"-where", "name = 'Bà Nà'"}, 1, "name="},
	} {
		mu.Lock()
		asked = nil
		mu.Unlock()
		args := slices.Concat([]string{"-ro", "-al", "-oo", "PAGE_SIZE=10"}, c.where,
			[]string{"OAPIF:" + server.URL + "/ogc", c.layer})
		out, err := exec.Command("ogrinfo", args...).CombinedOutput()
		if err != nil {
			t.Fatalf("ogrinfo %q: %v\n%s", args, err, out)
		}
		if got := featureCount(t, string(out)); got != c.want {
			t.Errorf("%s %q: ogrinfo counts %d features, want %d", c.layer, c.where, got, c.want)
		}
		if got := strings.Count(string(out), "OGRFeature("); got != c.want {
			t.Errorf("%s %q: ogrinfo reads %d features, want %d", c.layer, c.where, got, c.want)
		}
		mu.Lock()
		if !slices.ContainsFunc(asked, func(uri string) bool { return strings.Contains(uri, c.pushed) }) {
			t.Errorf("%s %q: no request has %q: %q", c.layer, c.where, c.pushed, asked)
		}
		mu.Unlock()
	}
	out, err := exec.Command("ogrinfo", "-ro", "-so", "-al", "OAPIF:"+server.URL+"/ogc").CombinedOutput()
	if err != nil {
		t.Fatalf("ogrinfo: %v\n%s", err, out)
	}
	for _, want := range []string{"Layer name: areas", "Layer name: households", `ID["EPSG",4326]`,
		"households: Integer", "success_rate: Real", "name: String"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("ogrinfo of all does not say %q in\n%.3000s", want, out)
		}
	}
}

func featureCount(t *testing.T, out string) int {
	t.Helper()
	m := regexp.MustCompile(`Feature Count: (\d+)`).FindStringSubmatch(out)
	if m == nil {
		t.Fatalf("no feature count in %s", out)
	}
	n, err := strconv.Atoi(m[1])
	if err != nil {
		t.Fatal(err)
	}
	return n
}
