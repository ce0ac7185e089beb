package ogc

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"net/http/httptest"
	"net/url"
	"testing"
	"unsafe"

	"tungnha/api/request"
	"tungnha/coverage"
	"tungnha/coverage/export"
	"tungnha/coverage/rules"
	"tungnha/data"
)

// TestSelectionsAreBounded keeps selections within the bytes permitted, and one that is larger alone.
func TestSelectionsAreBounded(t *testing.T) {
	c := newSelections(SelectionBytes)
	c.Put(selectionKey{query: 1}, &selection{places: make([]int32, 10)})
	if _, ok := c.Peek(selectionKey{query: 1}); !ok {
		t.Error("a selection is not kept")
	}
	if _, ok := c.Peek(selectionKey{query: 1, version: 1}); ok {
		t.Error("a selection of another state of the data is returned")
	}
	// The rows of a selection are most of it.
	rows := &export.Rows{Result: &coverage.Result{Rows: make([]coverage.Row,
		2*SelectionBytes/int(unsafe.Sizeof(coverage.Row{})))}}
	alone := newSelections(SelectionBytes)
	alone.Put(selectionKey{query: 1}, &selection{rows: rows})
	if _, ok := alone.Peek(selectionKey{query: 1}); !ok {
		t.Error("a selection that is larger than the bound is not kept")
	}
	for i := range uint64(3) {
		alone.Put(selectionKey{query: 1000 + i}, &selection{rows: rows})
	}
	alone.Evict()
	if n := alone.Bytes(); n > SelectionBytes {
		t.Errorf("%d bytes are kept", n)
	}
}

// callOf returns a call of the viewer, over data under the secret.
func callOf(t *testing.T, secret data.Secret, viewer coverage.Viewer) *call {
	t.Helper()
	config := rules.DefaultConfig()
	config.Secret = secret
	ix, err := coverage.Build(t.Context(), nothing{}, config)
	if err != nil {
		t.Fatal(err)
	}
	return &call{Context: &request.Context{View: ix.For(viewer)}}
}

// nothing is a source without a record.
type nothing struct{}

func (nothing) Read(context.Context, data.RecordHandler) (int64, error) { return 0, nil }

// TestCursors reads cursors again that the viewer was given, on each server of the store. What another viewer was
// given, what another store's server made and what is altered by one bit is refused.
func TestCursors(t *testing.T) {
	secret := data.NewSecret()
	public := coverage.Viewer{}
	own, beside := callOf(t, secret, public), callOf(t, secret, public)
	others := map[string]*call{
		"who sees small counts": callOf(t, secret, coverage.Operator),
		"of one commune":        callOf(t, secret, coverage.Viewer{Scope: []string{"20101"}}),
		"of another commune":    callOf(t, secret, coverage.Viewer{Scope: []string{"20102"}}),
		"of another store":      callOf(t, data.NewSecret(), public),
	}
	for _, at := range []cursor{{}, {selectionKey{1, 2}, 3}, {selectionKey{1<<64 - 1, 1 << 63}, 1<<32 - 1}} {
		text := own.encode(at)
		for _, c := range []*call{own, beside} {
			if got, err := c.decode(text); err != nil || got != at {
				t.Errorf("got %v %v, want %v", got, err, at)
			}
		}
		for who, c := range others {
			if got, err := c.decode(text); err == nil {
				t.Errorf("a viewer %s reads %v of a copied cursor", who, got)
			}
		}
		b, err := base64.RawURLEncoding.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		for bit := range 8 * len(b) {
			forged := bytes.Clone(b)
			forged[bit/8] ^= 1 << (bit % 8)
			if got, err := own.decode(base64.RawURLEncoding.EncodeToString(forged)); err == nil {
				t.Errorf("with bit %d altered: %v", bit, got)
			}
		}
		// As a program without the secret would make it: the checksum that cursors once had.
		forged := binary.BigEndian.AppendUint32(b[:cursorBytes:cursorBytes], crc32.ChecksumIEEE(b[:cursorBytes]))
		if _, err := own.decode(base64.RawURLEncoding.EncodeToString(forged)); err == nil {
			t.Error("a checksum is taken for a proof")
		}
	}
}

func TestNegotiate(t *testing.T) {
	const browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
	for _, c := range []struct {
		query, accept          string
		html, english, refused bool
	}{
		{"", "", false, false, false},
		{"", "*/*", false, false, false},
		{"", browser, true, false, false},
		{"lang=en", browser, true, true, false},
		{"f=json", browser, false, false, false},
		{"f=html", "application/json", true, false, false},
		{"", "application/geo+json, application/json", false, false, false},
		{"", "application/json;q=0.5, text/html;q=0.4", false, false, false},
		{"", "application/json;q=0.4, text/html;q=0.5", true, false, false},
		{"", "text/html;q=0, */*", false, false, false},
		{"", "text/csv", false, false, true},
		{"", "application/json;q=0", false, false, true},
		{"", "application/json;q=many", false, false, true},
		{"lang=en", "", false, true, false},
		{"lang=fr", "", false, false, true},
		{"f=csv", "", false, false, true},
	} {
		r := httptest.NewRequest("GET", "/ogc?"+c.query, nil)
		r.Header.Set("Accept", c.accept)
		values, err := url.ParseQuery(c.query)
		if err != nil {
			t.Fatal(err)
		}
		call := &call{r: r, values: values}
		if err := call.negotiate(); (err != nil) != c.refused || err == nil &&
			(call.html != c.html || call.english != c.english) {
			t.Errorf("%+v: got html %t, English %t, %v", c, call.html, call.english, err)
		}
	}
}

// FuzzDatetime reads any window: it is refused, or begins no later than it ends.
func FuzzDatetime(f *testing.F) {
	for _, text := range []string{"2026-03-10", "2026-03-10T09:00:00Z", "../2026-03-10", "2026-03-10/..", "/", "../..",
		"2026-03-10/2026-03-11", "x/y"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		from, to, err := parseDatetime(text)
		if err == nil && to != 0 && from > to {
			t.Errorf("%q: from %s to %s", text, from, to)
		}
	})
}
