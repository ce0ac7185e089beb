package ogc

import (
	"net/http/httptest"
	"net/url"
	"testing"
	"time"
	"unsafe"

	"tungnha/coverage"
	"tungnha/coverage/export"
)

// TestSelectionsAreBounded keeps selections within the bytes permitted, and one that is larger alone.
func TestSelectionsAreBounded(t *testing.T) {
	c := newSelections()
	c.Put(selectionKey{query: 1}, &selection{places: make([]int32, 10)})
	if _, ok := c.Peek(selectionKey{query: 1}); !ok {
		t.Error("a selection is not kept")
	}
	if _, ok := c.Peek(selectionKey{query: 1, version: 1}); ok {
		t.Error("a selection of another state of the data is returned")
	}
	// The rows of a selection are most of it.
	rows := &export.Rows{Result: &coverage.Result{Rows: make([]coverage.Row,
		2*selectionBytes/int(unsafe.Sizeof(coverage.Row{})))}}
	alone := newSelections()
	alone.Put(selectionKey{query: 1}, &selection{rows: rows})
	if _, ok := alone.Peek(selectionKey{query: 1}); !ok {
		t.Error("a selection that is larger than the bound is not kept")
	}
	for i := range uint64(3) {
		alone.Put(selectionKey{query: 1000 + i}, &selection{rows: rows})
	}
	for deadline := time.Now().Add(5 * time.Second); alone.Bytes() > selectionBytes; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d bytes are kept", alone.Bytes())
		}
	}
}

func TestCursorRoundTrip(t *testing.T) {
	for _, c := range []cursor{{}, {selectionKey{1, 2}, 3}, {selectionKey{1<<64 - 1, 1 << 63}, 1<<32 - 1}} {
		got, err := parseCursor(c.String())
		if err != nil || got != c {
			t.Errorf("got %v %v, want %v", got, err, c)
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
