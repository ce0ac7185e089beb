package ogc

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"net/url"
	"slices"
	"strings"
)

// cursor says where a page begins: in the pages of which query, put to which state of the
// data. What it is made of is nobody's business, and told by nothing.
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
	foreign := &ParameterError{"cursor", "", "is none of this server's: take the next links as they are"}
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(b) != cursorBytes || crc32.ChecksumIEEE(b[:20]) != binary.BigEndian.Uint32(b[20:]) {
		return cursor{}, foreign
	}
	return cursor{selectionKey{binary.BigEndian.Uint64(b), binary.BigEndian.Uint64(b[8:])}, binary.BigEndian.Uint32(b[16:])}, nil
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

// digest names a text that a client may choose. Whoever could find a second one of the same
// name would have others given the features of a query of his.
func digest(text string) uint64 {
	sum := sha256.Sum256([]byte(text))
	return binary.BigEndian.Uint64(sum[:])
}

// start finds the selection that the request wants a page of, and where the page begins.
func (c *call) start(col *collection, selected func() (*selection, error)) (*selection, cursor, error) {
	at := cursor{selectionKey: c.keyOf(col)}
	if c.values.Has("cursor") {
		given, err := parseCursor(strings.TrimSpace(c.values.Get("cursor")))
		if err != nil {
			return nil, at, err
		}
		if given.query != at.query {
			return nil, at, &ParameterError{"cursor", "", "belongs to another query: take the next links as they are"}
		}
		if given.version != at.version {
			s := c.kept.get(given.selectionKey)
			if s == nil {
				return nil, at, &GoneError{}
			}
			return s, given, given.within(s)
		}
		at = given
	}
	s := c.kept.get(at.selectionKey)
	if s == nil {
		var err error
		if s, err = selected(); err != nil {
			return nil, at, err
		}
		c.kept.put(at.selectionKey, s)
	}
	return s, at, at.within(s)
}

func (c cursor) within(s *selection) error {
	if int64(c.offset) > int64(s.matched) {
		return &ParameterError{"cursor", "", "points beyond the last feature"}
	}
	return nil
}
