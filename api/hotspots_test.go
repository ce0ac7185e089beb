package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"tungnha/api/request"
	"tungnha/coverage"
	"tungnha/coverage/export"
	"tungnha/coverage/hotspot"
	"tungnha/coverage/live"
	"tungnha/coverage/rules"
	"tungnha/data"
)

func decode[T any](t *testing.T, res *http.Response) (out T) {
	t.Helper()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if res.StatusCode != http.StatusOK {
		t.Fatalf("status %d: %s", res.StatusCode, body)
	}
	if err := json.Unmarshal(body, &out); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	return out
}

// patchwork is a source of 100 settlements of 20 households, 900 m apart in a square. In
// those of the west nearly all were reached, in the others few.
type patchwork struct{}

func (patchwork) Read(_ context.Context, sink data.RecordHandler) (int64, error) {
	for _, a := range []data.Area{
		{Code: "48", Level: data.Province}, {Code: "20101", Level: data.Commune, Parent: "48"},
		{Code: "H1", Level: data.Hamlet, Parent: "20101"},
	} {
		if err := sink.Area(&a); err != nil {
			return 0, err
		}
	}
	if err := sink.Team(&data.Team{ID: "T", CommuneCode: "20101", HamletCodes: []string{"H1"}}); err != nil {
		return 0, err
	}
	id := func(i int) string { return fmt.Sprintf("%05d", i) }
	for i := range 2000 {
		place := i / 20
		h := data.Household{ID: id(i), HamletCode: "H1", Point: orb.Point{108 + 0.0084*float64(place/10), 16 +
			0.0081*float64(place%10)}}
		if err := sink.Household(&h); err != nil {
			return 0, err
		}
	}
	for i := range 2000 {
		if west := i/200 < 3; west && i%20 == i/20%4 || !west && i%20 > i/20%4 {
			continue
		}
		v := data.Visit{ID: id(i), HouseholdID: id(i), TeamID: "T", At: now.AddDate(0, 0, -9), Outcome: data.Completed}
		if err := sink.Visit(&v); err != nil {
			return 0, err
		}
	}
	return 1, nil
}

func (patchwork) Revision(context.Context) (int64, error) { return 1, nil }

func (patchwork) PostVisits(context.Context, []data.Visit) (data.Posted, error) {
	return data.Posted{}, errors.New("not part of these tests")
}

// newPatchwork serves the patchwork.
func newPatchwork(t *testing.T, open bool) *Server {
	t.Helper()
	s, err := New(Config{Build: "test", Pages: testPages, Households: open,
		Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	live, err := live.Open(t.Context(), patchwork{}, rules.DefaultConfig(), clock)
	if err != nil {
		t.Fatal(err)
	}
	s.Open(live, 0)
	return s
}

// The route returns what the index found, the farthest from the mean first.
func TestHotSpots(t *testing.T) {
	s := newPatchwork(t, true)
	ix := s.data.Load().Index()
	result, want, err := ix.For(coverage.Operator).HotSpots(context.Background(),
		coverage.Query{By: coverage.ByCell, Resolution: 8})
	if err != nil || want.Missing != "" || want.Hot == 0 {
		t.Fatalf("missing %q, %d hot, %d cold, error %v", want.Missing, want.Hot, want.Cold, err)
	}
	got := decode[hotSpots](t, get(s, "/api/v1/hotspots?resolution=8"))
	if got.Cells != want.Cells || got.Hot != want.Hot || got.Cold != want.Cold || got.Mean != want.Mean ||
		got.Missing != nil ||
		got.Matched != want.Cells || len(got.Rows) != want.Cells || got.Definition != export.Definition ||
		got.To != "2026-03-31" {
		t.Errorf("got %+v, want %d cells, %d hot, %d cold", got, want.Cells, want.Hot, want.Cold)
	}
	spots := make(map[string]hotspot.Spot)
	for i := range result.Rows {
		spots[result.Rows[i].Cell.String()] = want.Spots[i]
	}
	for i, r := range got.Rows {
		if s := spots[r.Cell]; r.Z != s.Z || r.P != s.P || r.Q != s.Q || r.Class != s.Class.String() {
			t.Errorf("%+v, want %+v", r, s)
		}
		if i > 0 && math.Abs(r.Z) > math.Abs(got.Rows[i-1].Z) {
			t.Errorf("row %d is farther from the mean than the one before", i)
		}
	}
	if few := decode[hotSpots](t, get(s, "/api/v1/hotspots?resolution=8&limit=3")); len(few.Rows) != 3 ||
		few.Matched != want.Cells {
		t.Errorf("limit: %d rows of %d", len(few.Rows), few.Matched)
	}
	hot := decode[hotSpots](t, get(s, "/api/v1/hotspots?resolution=8&class=hot"))
	if hot.Matched != want.Hot {
		t.Errorf("hot: %d, want %d", hot.Matched, want.Hot)
	}
	coarse := decode[hotSpots](t, get(s, "/api/v1/hotspots?resolution=6"))
	if coarse.Missing == nil || len(coarse.Rows) != 0 {
		t.Errorf("of a handful of cells: %+v", coarse)
	}

	hidden := newPatchwork(t, false) // of the others too few were reached to be shown
	if public := decode[hotSpots](t, get(hidden, "/api/v1/hotspots?resolution=8")); public.Cells >= want.Cells ||
		public.Cells == 0 {
		t.Errorf("the public's rest on %d cells", public.Cells)
	}
	for _, url := range []string{"/api/v1/hotspots?resolution=12", "/api/v1/hotspots?class=warm",
		"/api/v1/hotspots?parent=99",
		"/api/v1/exports/teams.csv?hotspots=true", "/api/v1/exports/households.csv?hotspots=true",
		"/tiles/cells/6/51/28.mvt?hotspots=perhaps"} {
		if res := get(s, url); res.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("%s: status %d, want 422", url, res.StatusCode)
		}
	}
}

// Tiles, their description and files have hot spots where they are requested.
func TestHotSpotsOnRequest(t *testing.T) {
	s := newPatchwork(t, true)
	text := func(url string) string {
		res := get(s, url)
		body, err := io.ReadAll(res.Body)
		if err != nil || res.StatusCode != http.StatusOK {
			t.Fatalf("%s: status %d, error %v", url, res.StatusCode, err)
		}
		return string(body)
	}
	tile := "/tiles/cells/12/3277/1863.mvt"
	described := decode[struct{ Tiles []string }](t, get(s, "/tiles/cells.json?hotspots=true"))
	context := &request.Context{View: s.data.Load().Index().For(s.everybody()), Viewer: s.everybody(),
		CacheSalt: s.cacheSalt}
	if !strings.Contains(described.Tiles[0], "hotspots=true") ||
		!strings.Contains(described.Tiles[0], "v="+context.Version()) {
		t.Errorf("addresses of tiles: %v", described.Tiles)
	}
	for url, want := range map[string]bool{
		"/api/v1/exports/cells.csv?resolution=8&hotspots=true":  true,
		"/api/v1/exports/cells.csv?resolution=8&hotspots=false": false,
		"/tiles/cells.json?hotspots=true":                       true,
		"/tiles/cells.json":                                     false,
		tile + "?hotspots=true":                                 true,
		tile:                                                    false,
	} {
		if got := strings.Contains(text(url), "gi_z"); got != want {
			t.Errorf("%s: hot spots %t, want %t", url, got, want)
		}
	}
}

// A hamlet's outline is its footprint, and is marked as such.
func TestGeometryOfHamlets(t *testing.T) {
	for _, open := range []bool{true, false} {
		s := newTestServer(t, func(c *Config) { c.Households = open })
		h := decode[areaDetail](t, get(s, "/api/v1/areas/H1?geometry=true"))
		if h.Geometry == nil || h.Geometry.Type != "MultiPolygon" || !h.GeometryDerived || h.BBox == nil {
			t.Fatalf("H1: %+v", h)
		}
		if b := h.Geometry.Geometry().Bound(); b.Min[0] > 108.05 || b.Min[1] > 16.05 || b.Max[0] < 108.053 ||
			b.Max[0] > 108.06 {
			t.Errorf("H1 lies in %v", b)
		}
		if (h.DerivedHouseholds == nil) != (h.Record.Count("households") == nil) || h.DerivedHouseholds != nil &&
			*h.DerivedHouseholds != householdsH1 {
			t.Errorf("H1 is made from %v households, its record has %v", h.DerivedHouseholds,
				h.Record.Count("households"))
		}
		if c := decode[areaDetail](t, get(s, "/api/v1/areas/20101?geometry=true")); c.Geometry == nil ||
			c.GeometryDerived {
			t.Errorf("20101: derived %t", c.GeometryDerived)
		}
		if plain := decode[areaDetail](t, get(s, "/api/v1/areas/H1")); plain.Geometry != nil || plain.GeometryDerived {
			t.Error("H1 has an outline unasked")
		}
	}
}

// KeepWarm waits for data, makes tiles ready, and ends with its context.
func TestKeepWarm(t *testing.T) {
	s, live := newClosedServer(t, newStore(t), nil)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.KeepWarm(ctx) }()
	s.Open(live, time.Second)
	wait(t, "tiles are warm", func() bool { return s.warmed.Load() > 0 })
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("ended with %v", err)
	}
}
