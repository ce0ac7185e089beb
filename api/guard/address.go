// Package guard keeps single clients from taking what is for all: it finds the address that a request comes from,
// bounds what each address may have under way, and cuts connections whose other end does not go on reading.
package guard

import (
	"fmt"
	"net/http"
	"net/netip"
	"strings"
)

// Proxies are the addresses of proxies whose X-Forwarded-For is trusted.
type Proxies []netip.Prefix

// ParseProxies reads addresses and prefixes such as 127.0.0.1 or 10.0.0.0/8.
func ParseProxies(texts []string) (Proxies, error) {
	var all Proxies
	for _, text := range texts {
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			address, err := netip.ParseAddr(text)
			if err != nil {
				return nil, fmt.Errorf("trusted proxy %q: want an address or a prefix such as 10.0.0.0/8", text)
			}
			prefix = netip.PrefixFrom(address, address.BitLen())
		}
		all = append(all, prefix.Masked())
	}
	return all, nil
}

func (p Proxies) trusts(a netip.Addr) bool {
	for _, prefix := range p {
		if prefix.Contains(a) {
			return true
		}
	}
	return false
}

// Unknown is the address of clients of which a trusted proxy does not tell one: they have the limits of one client
// together, while the proxy's own address, which may be that of this machine, may have none.
var Unknown = netip.IPv4Unspecified()

// Client returns the address that a request comes from: that of the connection or, where it is a trusted proxy's, the
// last address of X-Forwarded-For that is not. What is before it was written by the client and is ignored.
// Where a trusted proxy passes on what is no address, such as unknown, it is Unknown, which all such clients share.
// The address is not valid where the connection has none.
func (p Proxies) Client(r *http.Request) netip.Addr {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	client := peer.Addr().Unmap().WithZone("")
	if !p.trusts(client) {
		return client
	}
	lines := r.Header.Values("X-Forwarded-For")
	for i := len(lines) - 1; i >= 0; i-- {
		for rest := lines[i]; rest != ""; {
			at := strings.LastIndexByte(rest, ',')
			hop, ok := parseHop(rest[at+1:])
			if !ok {
				return Unknown
			}
			if client = hop; !p.trusts(client) {
				return client
			}
			rest = rest[:max(at, 0)]
		}
	}
	return client
}

// parseHop reads an element of X-Forwarded-For: an address, which some proxies write with a port.
func parseHop(text string) (netip.Addr, bool) {
	text = strings.TrimSpace(text)
	a, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(text, "["), "]"))
	if err != nil {
		port, err := netip.ParseAddrPort(text)
		if err != nil {
			return netip.Addr{}, false
		}
		a = port.Addr()
	}
	return a.Unmap().WithZone(""), true
}
