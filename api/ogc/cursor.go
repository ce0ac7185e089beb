package ogc

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"net/url"
	"slices"
	"strings"

	"tungnha/internal/problem"
)

// cursor is where a page begins: in the pages of which query, against which state of the
// data. It is opaque to clients.
type cursor struct {
	selectionKey
	offset uint32
}

const cursorBytes = 8 + 8 + 4 + 4

func (c cursor) String() string {
	b := make([]byte, 0, cursorBytes)
	b = binary.BigEndian.AppendUint64(b, c.query)
	b = binary.BigEndian.AppendUint64(b, c.version)
	b = binary.BigEndian.AppendUint32(b, c.offset)
	b = binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b))
	return base64.RawURLEncoding.EncodeToString(b)
}

func parseCursor(text string) (cursor, error) {
	foreign := problem.Parameter("cursor", problem.ForeignCursor())
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(b) != cursorBytes || crc32.ChecksumIEEE(b[:20]) != binary.BigEndian.Uint32(b[20:]) {
		return cursor{}, foreign
	}
	return cursor{selectionKey{binary.BigEndian.Uint64(b), binary.BigEndian.Uint64(b[8:])},
		binary.BigEndian.Uint32(b[16:])}, nil
}

// pageParameters change how a page looks and not what the query selects.
var pageParameters = []string{"cursor", "limit", "f", "lang", "crs"}

// keyOf names the query and the state of the data of a request.
func (c *call) keyOf(col *collection) selectionKey {
	what := url.Values{}
	for name, all := range c.values {
		if !slices.Contains(pageParameters, name) {
			what[name] = all
		}
	}
	return selectionKey{digest(col.id + "?" + what.Encode()), digest(c.Version() + " " + c.Today.String())}
}

// digest names a text that a client may choose. It has to be a strong hash: whoever could find a
// second text of the same digest would have others receive the features of his query.
func digest(text string) uint64 {
	sum := sha256.Sum256([]byte(text))
	return binary.BigEndian.Uint64(sum[:])
}

// start finds the selection that the request wants a page of, and where the page begins.
func (c *call) start(col *collection, selected func(context.Context) (*selection, error)) (*selection, cursor, error) {
	at := cursor{selectionKey: c.keyOf(col)}
	if c.values.Has("cursor") {
		given, err := parseCursor(strings.TrimSpace(c.values.Get("cursor")))
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
