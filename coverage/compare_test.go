package coverage

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/paulmach/orb"

	"tungnha/coverage/boundary"
	"tungnha/data"
)

// strip is a commune from one meridian to another, in tenths of a degree east of 108.
func strip(code, name string, west, east float64, old bool) data.Area {
	a := data.Area{Code: code, Name: name, Kind: "Xã", Level: data.Commune, Parent: "48",
		DeclaredHouseholds: data.Unknown,
		Population:         data.Unknown, ValidFrom: merger,
		Geometry: orb.MultiPolygon{{{{108 + west/10, 16}, {108 + east/10, 16}, {108 + east/10, 16.1},
			{108 + west/10, 16.1}, {108 + west/10, 16}}}}}
	if old {
		a.ValidFrom, a.ValidTo = data.NoDate, merger-1
	}
	return a
}

// reformed is a coast of communes before and after a reform in which everything happens
// that can happen to a commune. Along it are households, one in every hundredth.
func reformed(households bool) *memory {
	m := &memory{Areas: []data.Area{{Code: "48", Level: data.Province, DeclaredHouseholds: data.Unknown}}}
	for _, a := range []struct {
		code       string
		west, east float64
	}{{"A", 0, 1}, {"B", 1, 2}, {"C", 2, 3}, {"D", 3, 4}, {"E", 4, 5}, {"F", 5, 6}, {"G", 6, 7}, {"H", 7, 8},
		{"I", 8, 9},
		{"J", 10, 11}, {"P", 13, 14}, {"Q", 14, 15}, {"R", 15, 16}} {
		m.Areas = append(m.Areas, strip(a.code, "Xã "+a.code, a.west, a.east, true))
	}
	for _, a := range []struct {
		code, name string
		west, east float64
	}{{"A", "Xã A", 0, 1}, {"B", "Xã Bê", 1, 2}, {"C", "Xã C", 2, 3.003}, {"D", "Xã D", 3.003, 4}, {"E", "Xã E", 4, 6},
		{"G", "Xã G", 6, 6.4}, {"G2", "Xã G2", 6.4, 7}, {"H", "Xã H", 7, 7.7}, {"I", "Xã I", 7.7, 9},
		{"K", "Xã K", 12, 13},
		{"P", "Xã P", 13, 14.5}, {"R", "Xã R", 14.5, 16}} {
		m.Areas = append(m.Areas, strip(a.code, a.name, a.west, a.east, false))
	}
	for i := 0; households && i < 1600; i++ {
		m.Households = append(m.Households,
			data.Household{ID: fmt.Sprintf("H%04d", i), Point: orb.Point{108 + (float64(i)+0.5)/1000, 16.05}})
	}
	return m
}

// tell writes changes as text: A same: A 100; E merged: E 100.
func tell(near, far *boundary.Tree, changes []boundary.Change) []string {
	code := func(b *boundary.Tree, area int32) string {
		if area == boundary.NoArea {
			return "-"
		}
		return b.Areas[area].Code
	}
	var told []string
	for i := range changes {
		s := fmt.Sprintf("%s %s:", code(near, changes[i].Area), changes[i].Type)
		for _, p := range changes[i].Parts {
			if !p.Sliver {
				s += fmt.Sprintf(" %s %d", code(far, p.Area), p.Households)
			}
		}
		told = append(told, s)
	}
	return told
}

// Beside a gap, 100 m of it belong to the commune next to it: one household more.
func TestCompare(t *testing.T) {
	old := "A same: A 100; B renamed: B 100; C redigitised: C 100; D redigitised: D 100; E merged: E 100; F merged: E 100; " +
		"G split: G2 60 G 40; H redrawn: H 70 I 30; I redrawn: I 101; J abolished: - 102; P merged: P 100; Q split: P 50 R 50; R merged: R 100; " +
		"- : - 196 K 100"
	now := "A same: A 100; B renamed: B 100; C redigitised: C 100; D redigitised: D 100; E merged: E 100 F 100; G split: G 40; G2 split: G 60; " +
		"H redrawn: H 70; I redrawn: I 101 H 30; K new: - 100; P merged: P 100 Q 50; R merged: R 100 Q 50; - : - 196 J 102"
	ix := index(t, reformed(true))
	c, err := ix.For(Operator).Compare(t.Context(), merger-1, merger, data.Commune, merger+30)
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Join(tell(c.A, c.B, c.Old), "; ")
	if got != old {
		t.Errorf("old:\n got %s\nwant %s", got, old)
	}
	got = strings.Join(tell(c.B, c.A, c.New), "; ")
	if got != now {
		t.Errorf("new:\n got %s\nwant %s", got, now)
	}
	if c.Households != 1600 {
		t.Errorf("got %d households, want 1600", c.Households)
	}
	c, err = ix.For(public).Compare(t.Context(), merger-1, merger, data.Commune, 0)
	if !errors.Is(err, ErrNotAllowed) {
		t.Errorf("the public got %+v, %v", c, err)
	}
}

// Without households surfaces decide, to the same effect.
func TestCompareBySurface(t *testing.T) {
	with, without := index(t, reformed(true)), index(t, reformed(false))
	for _, days := range [][2]data.Date{{merger - 1, merger}, {merger, merger - 1}, {merger, merger}} {
		a, err := with.For(Operator).Compare(t.Context(), days[0], days[1], data.Commune, merger)
		if err != nil {
			t.Fatal(err)
		}
		b, err := without.For(Operator).Compare(t.Context(), days[0], days[1], data.Commune, merger)
		if err != nil {
			t.Fatal(err)
		}
		for i := range b.Old {
			if a.Old[i].Type != b.Old[i].Type {
				t.Errorf("%s: %s with households, %s without", a.A.Areas[a.Old[i].Area].Code, a.Old[i].Type,
					b.Old[i].Type)
			}
			if days[0] == days[1] && b.Old[i].Type != boundary.Same {
				t.Errorf("%s beside itself: %s", b.A.Areas[b.Old[i].Area].Code, b.Old[i].Type)
			}
		}
	}
}

// What two trees share equals a walk over all households, and sums to what queries return.
func TestCompareSums(t *testing.T) {
	for seed := range uint64(30) {
		m := randomProgramme(seed)
		ix := index(t, m)
		rng := rand.New(rand.NewPCG(seed, 8))
		for range 5 {
			someDay := func() data.Date { return programmeBegin + data.Date(rng.IntN(100)) }
			a, b, on := someDay(), someDay(), someDay()
			level := data.Levels[rng.IntN(4)]
			c, err := ix.For(Operator).Compare(t.Context(), a, b, level, on)
			if err != nil {
				t.Fatal(err)
			}
			want := make(map[[2]string]uint32)
			refA, refB := newReference(m, ix.Config(), a), newReference(m, ix.Config(), b)
			for i := range m.Households {
				if h := &m.Households[i]; refA.eligible(h, on) {
					want[[2]string{refA.at(h, level), refB.at(h, level)}]++
				}
			}
			for side, changes := range [][]boundary.Change{c.Old, c.New} {
				near, far := c.A, c.B
				if side == 1 {
					near, far = far, near
				}
				got := make(map[[2]string]uint32)
				counts := make(map[string]uint32)
				for _, ch := range changes {
					for _, p := range ch.Parts {
						key := [2]string{codeOf(near, ch.Area), codeOf(far, p.Area)}
						if side == 1 {
							key[0], key[1] = key[1], key[0]
						}
						if p.Households > 0 {
							got[key] += p.Households
						}
					}
					counts[codeOf(near, ch.Area)] = ch.Households
				}
				if fmt.Sprint(got) != fmt.Sprint(want) {
					t.Errorf("seed %d, %s, side %d:\n got %v\nwant %v", seed, level, side, got, want)
				}
				r := ask(t, ix, Operator, Query{By: ByArea, Level: level, To: on, Boundaries: []data.Date{a, b}[side]})
				for i := range r.Rows {
					if key := keyOf(r, &r.Rows[i]); counts[key] != r.Rows[i].Households {
						t.Errorf("seed %d, %s %q: compared %d households, a query counts %d", seed, level, key,
							counts[key], r.Rows[i].Households)
					}
				}
			}
		}
	}
}

func codeOf(b *boundary.Tree, area int32) string {
	if area == boundary.NoArea {
		return ""
	}
	return b.Areas[area].Code
}

func TestVersions(t *testing.T) {
	ix := index(t, reformed(false))
	var got []string
	versions, err := ix.For(Operator).Versions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range versions {
		got = append(got, fmt.Sprint(b.From, "/", b.To, b.Areas))
	}
	want := []string{"/2025-06-30 map[commune:13 province:1]", "2025-07-01/ map[commune:12 province:1]"}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	gone, leave := context.WithCancel(t.Context())
	leave()
	if _, err := ix.For(Operator).Versions(gone); !errors.Is(err, context.Canceled) {
		t.Errorf("after the client left: %v", err)
	}
	_, err = ix.For(Operator).Compare(gone, merger-1, merger, data.Commune, merger)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("a comparison after the client left: %v", err)
	}
	if all, err := index(t, &memory{}).For(Operator).Versions(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("of nothing: %d versions, %v", len(all), err)
	}
}

// That some are beyond the border of the commune whose hamlet they declare is no change of
// borders, where the hamlet is in one tree only.
func TestCompareRegisterAndPoint(t *testing.T) {
	m := &memory{Areas: []data.Area{{Code: "48", Level: data.Province, DeclaredHouseholds: data.Unknown},
		strip("A", "Xã A", 0, 1, true), strip("B", "Xã B", 1, 2, true), strip("A", "Xã A", 0, 1, false),
		strip("B", "Xã B", 1, 2, false),
		{Code: "A.1", Level: data.Hamlet, Parent: "A", DeclaredHouseholds: data.Unknown}}}
	for i := range 200 {
		m.Households = append(m.Households,
			data.Household{ID: fmt.Sprintf("H%03d", i), HamletCode: "A.1",
				Point: orb.Point{108 + float64(i)/1900, 16.05}})
	}
	c, err := index(t, m).For(Operator).Compare(t.Context(), merger-1, merger, data.Commune, merger)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(tell(c.A, c.B, c.Old)), "[A same: A 191 B same: B 0]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	for _, p := range c.Old[1].Parts {
		if a := codeOf(c.B, p.Area); a == "A" && (p.Households != 9 || p.Share != 0 || !p.Sliver) {
			t.Errorf("of B in A: got %+v, want 9 households, no surface", p)
		}
	}
}
