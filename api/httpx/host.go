package httpx

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// Hosts are the names by which a server may be called. A page of another site can let its own name lead to the address
// of this server (DNS rebinding), and would then read what this server answers: a request under a name that is not one
// of these gets no answer. Addresses cannot be rebound; those are answered at which the connection arrived.
type Hosts struct{ names map[string]bool }

// NewHosts returns the hosts of an address to listen on, HOST:PORT, of a URL, which may be empty, and further names,
// each with or without a port.
func NewHosts(listen, publicURL string, names ...string) *Hosts {
	h := &Hosts{names: make(map[string]bool)}
	names = append(names, listen)
	if u, err := url.Parse(publicURL); err == nil {
		names = append(names, u.Host)
	}
	for _, name := range names {
		if name = hostName(name); name != "" {
			h.names[name] = true
		}
	}
	return h
}

// hostName returns the host of an authority, without its port, in lower case and without the dot of the root.
func hostName(authority string) string {
	host, _, err := net.SplitHostPort(authority)
	if err != nil { // without a port
		host = strings.TrimSuffix(strings.TrimPrefix(authority, "["), "]")
	}
	return strings.TrimSuffix(strings.ToLower(host), ".")
}

// Allow reports whether the request calls the server by one of its names, by the address at which the connection
// arrived, or by "localhost" on a connection of the machine with itself.
func (h *Hosts) Allow(r *http.Request) bool {
	name := hostName(r.Host)
	if h.names[name] {
		return true
	}
	local, ok := r.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr)
	if !ok {
		return false
	}
	if name == "localhost" {
		return local.IP.IsLoopback()
	}
	address, err := netip.ParseAddr(name)
	return err == nil && address.Unmap().WithZone("") == local.AddrPort().Addr().Unmap().WithZone("")
}

// Misdirected returns the problem of a request under a name that is none of the server's.
func Misdirected() *huma.ErrorModel {
	return Problem(http.StatusMisdirectedRequest,
		"this server does not answer under the name in Host; its operator adds names with --host",
		&huma.ErrorDetail{Location: "header.Host", Message: "not a name of this server"})
}
