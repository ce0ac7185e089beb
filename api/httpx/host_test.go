package httpx

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
)

// TestHosts calls a server by names and addresses, its own and others.
func TestHosts(t *testing.T) {
	h := NewHosts("0.0.0.0:8080", "https://Map.example.vn/tungnha", "office.lan", "[fd00::1]:8080")
	for _, c := range []struct {
		host, local string
		want        bool
	}{
		{"map.example.vn", "10.0.0.5:8080", true}, {"MAP.example.VN.", "10.0.0.5:8080", true},
		{"map.example.vn:443", "10.0.0.5:8080", true}, {"office.lan:8080", "10.0.0.5:8080", true},
		{"[fd00::1]", "10.0.0.5:8080", true}, {"10.0.0.5:8080", "10.0.0.5:8080", true}, {"10.0.0.5", "10.0.0.5:8080", true},
		{"[::ffff:10.0.0.5]", "10.0.0.5:8080", true}, {"[::1]:8080", "[::1]:8080", true},
		{"localhost:8080", "127.0.0.1:8080", true}, {"localhost", "[::1]:8080", true},

		{"localhost:8080", "10.0.0.5:8080", false}, {"attacker.example", "127.0.0.1:8080", false},
		{"attacker.example:8080", "10.0.0.5:8080", false}, {"10.0.0.6", "10.0.0.5:8080", false},
		{"127.0.0.1", "10.0.0.5:8080", false}, {"map.example.vn.attacker.example", "10.0.0.5:8080", false},
		{"localhost.attacker.example", "127.0.0.1:8080", false}, {"127.0.0.1.attacker.example", "127.0.0.1:80", false},
		{"2130706433", "127.0.0.1:80", false}, {"0177.0.0.1", "127.0.0.1:80", false}, {"", "127.0.0.1:80", false},
		{"map.example.vn@attacker.example", "127.0.0.1:80", false}, {"[", "127.0.0.1:80", false},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Host = c.host
		local, err := net.ResolveTCPAddr("tcp", c.local)
		if err != nil {
			t.Fatal(err)
		}
		r = r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, local))
		if got := h.Allow(r); got != c.want {
			t.Errorf("%q at %s: got %t", c.host, c.local, got)
		}
	}
	if h.Allow(httptest.NewRequest(http.MethodGet, "http://10.0.0.5/", nil)) {
		t.Error("an address is answered on a connection that has none")
	}
}
