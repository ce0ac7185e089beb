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

// TestSelectionsAreBounded: as many selections are kept as are permitted, those asked for
// last, within the bytes permitted; and none for long.
func TestSelectionsAreBounded(t *testing.T) {
	var s selections
	for i := range uint64(2 * maxSelections) {
		s.put(selectionKey{query: i}, &selection{places: make([]int32, 10)})
		if s.get(selectionKey{query: 0}) == nil {
			t.Fatalf("the selection asked for each time is gone after %d", i)
		}
	}
	if len(s.kept) != maxSelections {
		t.Errorf("%d selections are kept, want %d", len(s.kept), maxSelections)
	}
	if s.get(selectionKey{query: 1}) != nil || s.get(selectionKey{query: 2*maxSelections - 1}) == nil {
		t.Error("not the selections asked for last are kept")
	}
	if s.get(selectionKey{query: 0, version: 1}) != nil {
		t.Error("a selection of another state of the data is given")
	}
	// What is large about a selection are the rows that it is of, mostly.
	rows := &export.Rows{Result: &coverage.Result{Rows: make([]coverage.Row, selectionBytes/int(unsafe.Sizeof(coverage.Row{})))}}
	for i := range uint64(3) {
		s.put(selectionKey{query: 1000 + i}, &selection{rows: rows})
	}
	if len(s.kept) != 1 {
		t.Errorf("%d selections of all the bytes permitted are kept", len(s.kept))
	}
	s.kept[0].used = time.Now().Add(-selectionExpiry - time.Second)
	if s.get(selectionKey{query: 1002}) != nil || len(s.kept) != 0 {
		t.Error("a selection outlives its time")
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
		if err := call.negotiate(); (err != nil) != c.refused || err == nil && (call.html != c.html || call.english != c.english) {
			t.Errorf("%+v: got html %t, English %t, %v", c, call.html, call.english, err)
		}
	}
}

// FuzzDatetime reads any window: it is refused, or begins no later than it ends.
func FuzzDatetime(f *testing.F) {
	for _, text := range []string{"2026-03-10", "2026-03-10T09:00:00Z", "../2026-03-10", "2026-03-10/..", "/", "../..", "2026-03-10/2026-03-11", "x/y"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		from, to, err := parseDatetime(text)
		if err == nil && to != 0 && from > to {
			t.Errorf("%q: from %s to %s", text, from, to)
		}
	})
}
