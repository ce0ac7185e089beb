package ogc

import (
	"context"
	"crypto/hmac"
	"encoding/base64"
	"encoding/binary"
	"net/url"
	"slices"
	"strings"

	"tungnha/internal/problem"
)

// cursor is where a page begins: in the pages of which query, against which state of the
// data. It is opaque to clients, and of use only to viewers who may see the same.
type cursor struct {
	selectionKey
	offset uint32
}

const (
	cursorBytes = 8 + 8 + 4
	cursorCode  = 16 // bytes of the HMAC
)

// encode returns a cursor as the viewer of the call gets it.
func (c *call) encode(at cursor) string {
	b := make([]byte, 0, cursorBytes+cursorCode)
	b = binary.BigEndian.AppendUint64(b, at.query)
	b = binary.BigEndian.AppendUint64(b, at.version)
	b = binary.BigEndian.AppendUint32(b, at.offset)
	return base64.RawURLEncoding.EncodeToString(append(b, c.authenticate(b)...))
}

// authenticate returns the code of a cursor's bytes for the viewer of the call.
func (c *call) authenticate(b []byte) []byte {
	code := c.View.Config().Secret.MAC("ogc cursor", []byte(c.View.Key()), b)
	return code[:cursorCode]
}

// decode reads a cursor that this server, or another one of the same store, made for the viewer of the call. Any other
// is a problem.
func (c *call) decode(text string) (cursor, error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(b) != cursorBytes+cursorCode ||
		!hmac.Equal(b[cursorBytes:], c.authenticate(b[:cursorBytes])) {
		return cursor{}, problem.Parameter("cursor", problem.ForeignCursor())
	}
	return cursor{selectionKey{binary.BigEndian.Uint64(b), binary.BigEndian.Uint64(b[8:])},
		binary.BigEndian.Uint32(b[16:])}, nil
}

// pageParameters change how a page looks and not what the query selects.
var pageParameters = []string{"cursor", "limit", "f", "lang", "crs"}

// keyOf names the query and the state of the data of a request, as its viewer may see it. Both are codes under the
// secret: nobody can find a second query of the same code, and have others receive its features.
func (c *call) keyOf(col *collection) selectionKey {
	what := url.Values{}
	for name, all := range c.values {
		if !slices.Contains(pageParameters, name) {
			what[name] = all
		}
	}
	code := func(purpose string, parts ...string) uint64 {
		all := [][]byte{[]byte(c.View.Key())}
		for _, part := range parts {
			all = append(all, []byte(part))
		}
		sum := c.View.Config().Secret.MAC(purpose, all...)
		return binary.BigEndian.Uint64(sum[:])
	}
	return selectionKey{code("ogc query", col.id, what.Encode()), code("ogc state", c.Version(), c.Today.String())}
}

// start finds the selection that the request is for a page of, and where the page begins.
func (c *call) start(col *collection, selected func(context.Context) (*selection, error)) (*selection, cursor, error) {
	at := cursor{selectionKey: c.keyOf(col)}
	if c.values.Has("cursor") {
		given, err := c.decode(strings.TrimSpace(c.values.Get("cursor")))
		if err != nil {
			return nil, at, err
		}
		if given.query != at.query {
			return nil, at, problem.Parameter("cursor", problem.CursorOfAnotherQuery())
		}
		if given.version != at.version {
			s, ok := c.selections.Peek(given.selectionKey)
			if !ok {
				return nil, at, &GoneError{}
			}
			return s, given, given.within(s)
		}
		at = given
	}
	s, err := c.selections.Get(c.r.Context(), at.selectionKey, selected)
	if err != nil {
		return nil, at, err
	}
	return s, at, at.within(s)
}

func (c cursor) within(s *selection) error {
	if int64(c.offset) > int64(s.matched) {
		return problem.Parameter("cursor", problem.CursorBeyond())
	}
	return nil
}
