package main

import (
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestAdminAddress: while figures are rounded, metrics and the state of the data are answered at the operator's address
// alone, under its own names.
func TestAdminAddress(t *testing.T) {
	dir := imported(t)
	server := serve(t, dir, "serve", "--admin-addr", ":0")
	found := regexp.MustCompile(`answering the operator.*"address":"(127\.0\.0\.1:\d+)"`).FindStringSubmatch(server.stderr.String())
	if found == nil {
		t.Fatalf("no address of the operator: %s", server.stderr)
	}
	operator := &process{url: "http://" + found[1]}
	for path, want := range map[string]string{"/metrics": "tungnha_ready 1", "/api/v1/state": `"households":`} {
		if got := operator.get(t, path); got.status != http.StatusOK || !strings.Contains(got.body, want) ||
			got.header.Get("Cache-Control") == "" {
			t.Errorf("%s: status %d, %v, %s", path, got.status, got.header, got.body)
		}
		if got := server.get(t, path); got.status != http.StatusForbidden ||
			!strings.Contains(got.body, "urn:tungnha:problem:operator_only") || !strings.Contains(got.body, "--admin-addr") {
			t.Errorf("%s for everybody: status %d, %s", path, got.status, got.body)
		}
		r, err := http.NewRequest(http.MethodGet, operator.url+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Host = "attacker.example" // whose name leads to this machine
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		if res.Body.Close(); res.StatusCode != http.StatusMisdirectedRequest {
			t.Errorf("%s under another name: status %d", path, res.StatusCode)
		}
	}
	if got := operator.get(t, "/api/v1/coverage"); got.status != http.StatusNotFound {
		t.Errorf("figures at the operator's address: status %d", got.status)
	}
	server.stop(t, os.Interrupt)
}

// TestOperatorReads: where everybody sees exact counts everybody reads metrics and the state too.
func TestOperatorReads(t *testing.T) {
	server := serve(t, imported(t), "serve", "--households", "show")
	for _, path := range []string{"/metrics", "/api/v1/state"} {
		if got := server.get(t, path); got.status != http.StatusOK {
			t.Errorf("%s: status %d", path, got.status)
		}
	}
	server.stop(t, os.Interrupt)
}
