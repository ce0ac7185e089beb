package windows

import (
	"testing"

	"tungnha/coverage/boundary"
	"tungnha/coverage/columns"
)

// The kept windows stay within their bound, and the one requested last is kept.
func TestWindowsAreBounded(t *testing.T) {
	c := NewCache(&columns.Registry{History: boundary.NewHistory(nil)}, DefaultBytes)
	ps := &Groups{}
	for day := range uint16(10) {
		c.Grow(c.Of(Key{Window{0, day}, ps}), DefaultBytes/3)
		if c.bytes > DefaultBytes {
			t.Fatalf("%d bytes are kept, want at most %d", c.bytes, DefaultBytes)
		}
	}
	if n := len(c.kept); n != 3 {
		t.Errorf("%d windows are kept, want 3", n)
	}
	c.Grow(c.Of(Key{Window{0, 100}, ps}), 2*DefaultBytes)
	if _, ok := c.kept[Key{Window{0, 100}, ps}]; !ok || len(c.kept) != 1 {
		t.Errorf("%d windows are kept, want the large one alone", len(c.kept))
	}
}
