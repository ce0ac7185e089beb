// Package request contains what the rooms of the API share about one request: who sends it, the
// state of the data that answers it, its query, and the errors that name what is wrong with it.
package request

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"math/rand/v2"
	"net/http"
	"strings"

	"tungnha/coverage"
	"tungnha/coverage/live"
	"tungnha/data"
)

// Context is what one request is answered with: its viewer, and the state of the data from which
// every part of the answer comes. It is made once, before routing, and never changes.
type Context struct {
	ID     string // under which the log names the request
	Client string // whose requests take turns with those of others: an address, or a network of IPv6
	Viewer coverage.Viewer
	Live   *live.Live     // nil until the data are read
	View   *coverage.View // what the viewer sees of the data; nil until they are read
	Today  data.Date      // in Asia/Ho_Chi_Minh: on which a window without an end ends, see coverage.View

	PublicURL string // of the server, where a proxy is in front of it; empty: as the client called it
	CacheSalt string // what an answer depends on besides the data, the day, the viewer and the address
}

// IDHeader is the header of an answer that contains the id.
const IDHeader = "X-Request-Id"

type contextKey struct{}

// With returns ctx with the context of a request in it.
func With(ctx context.Context, c *Context) context.Context {
	return context.WithValue(ctx, contextKey{}, c)
}

// ErrLoading means that the index is still being read from the store.
var ErrLoading = errors.New("the data are still being read")

// From returns the context of a request that needs data. Its error is ErrLoading.
func From(ctx context.Context) (*Context, error) {
	c := ctx.Value(contextKey{}).(*Context)
	if c.View == nil {
		return nil, ErrLoading
	}
	return c, nil
}

// Viewer returns who sends a request, also while there are no data.
func Viewer(ctx context.Context) coverage.Viewer { return ctx.Value(contextKey{}).(*Context).Viewer }

// Client returns whose turn a request waits for; empty where it has no context.
func Client(ctx context.Context) string {
	if c, ok := ctx.Value(contextKey{}).(*Context); ok {
		return c.Client
	}
	return ""
}

// ID returns the id under which the log names a request; empty where it has none.
func ID(ctx context.Context) string {
	if c, ok := ctx.Value(contextKey{}).(*Context); ok {
		return c.ID
	}
	return ""
}

// NewID returns 16 hexadecimal digits. They need not be hard to guess, only unlikely to come twice.
func NewID() string {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], rand.Uint64())
	var text [16]byte
	hex.Encode(text[:], b[:])
	return string(text[:])
}

// Base returns the address by which the client reaches this server, without a slash at the end.
func Base(r *http.Request) string {
	if c, ok := r.Context().Value(contextKey{}).(*Context); ok && c.PublicURL != "" {
		return strings.TrimSuffix(c.PublicURL, "/")
	}
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	return scheme + "://" + r.Host
}

// Version names the state of the data and how this server shows it to the viewer. What has it in
// its address may be cached for ever.
func (c *Context) Version() string {
	return c.View.Version() + "-" + c.code("shown version")[:16]
}

// ETag names an answer before it is made: the same data, day, viewer and address give the same
// bytes, and so does the same program under the same settings.
func (c *Context) ETag(r *http.Request) string {
	return `W/"` + c.code("etag", c.View.Version(), c.Today.String(), r.URL.Path, r.URL.RawQuery) + `"`
}

// code returns 24 hexadecimal digits of an HMAC of the viewer, the settings and the parts. The key of the viewer, and
// the rest, cannot be found from it by trying.
func (c *Context) code(purpose string, parts ...string) string {
	all := [][]byte{[]byte(c.CacheSalt), []byte(c.View.Key())}
	for _, part := range parts {
		all = append(all, []byte(part))
	}
	sum := c.View.Config().Secret.MAC(purpose, all...)
	return hex.EncodeToString(sum[:12])
}
