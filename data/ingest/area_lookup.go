package ingest

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/paulmach/orb"

	"tungnha/data"
	"tungnha/data/recordfile"
	"tungnha/geo"
	"tungnha/internal/problem"
)

// areaLookup are the areas that are visible in a transaction, for the checks that need more than one
// row. It does not change while a file is parsed.
type areaLookup struct {
	versions map[string][]*data.Area // of each code, by valid_from

	// The communes of today, for points; locator is nil where none has a geometry.
	locator   *geo.Locator
	communes  []*data.Area
	communeOf map[string]int // the place in communes by the code of a hamlet
}

func readAreaLookup(ctx context.Context, tx data.Tx) (*areaLookup, error) {
	k := &areaLookup{versions: map[string][]*data.Area{}}
	err := tx.ReadAreas(ctx, func(a *data.Area) error {
		kept := *a
		k.versions[a.Code] = append(k.versions[a.Code], &kept)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading the areas there are: %w", err)
	}
	return k, nil
}

// complete fills the columns that a file of areas does not have with what is known of the
// area already, so that a list of populations does not wipe out parents. It returns the
// area, nil for a new one. Without valid_from the version of the code that is still valid is
// meant, or else the last.
func (k *areaLookup) complete(r *row) *data.Area {
	var stored *data.Area
	for _, a := range k.versions[r.values[0]] {
		if r.has(areaFrom) {
			if a.ValidFrom.String() == r.values[areaFrom] {
				stored = a
			}
		} else if stored == nil || stored.ValidTo != data.NoDate {
			stored = a
		}
	}
	if stored == nil {
		return nil
	}
	if !r.has(areaParent) {
		r.values[areaParent] = stored.Parent
	}
	if !r.has(areaLevel) && (!r.has(areaKind) || data.LevelOf(r.values[areaKind], r.values[areaParent]) == "") {
		r.values[areaLevel] = string(stored.Level)
	}
	if !r.has(areaFrom) {
		r.values[areaFrom] = stored.ValidFrom.String()
	}
	for i := range data.AreaFields {
		if f := &data.AreaFields[i]; f.Plain() && !r.has(i) {
			r.values[i] = string(recordfile.AppendValue(nil, f, stored))
		}
	}
	return stored
}

// isAsExported reports whether a geometry is what an export has of an outline: its points, rounded to 1e-7 degree.
func isAsExported(g orb.Geometry, outline orb.MultiPolygon) bool {
	given, ok := g.(orb.MultiPolygon)
	return ok && slices.EqualFunc(given, outline, func(given, outline orb.Polygon) bool {
		return slices.EqualFunc(given, outline, func(given, outline orb.Ring) bool {
			return slices.EqualFunc(given, outline, func(given, outline orb.Point) bool {
				return given == data.RoundPoint(outline)
			})
		})
	})
}

// locate prepares outside for the boundaries of one day.
func (k *areaLookup) locate(day data.Date) {
	today := map[string]*data.Area{}
	for code, versions := range k.versions {
		for _, a := range versions {
			if a.ValidFrom <= day && (a.ValidTo == data.NoDate || a.ValidTo >= day) {
				today[code] = a
			}
		}
	}
	var polygons []orb.MultiPolygon
	place := map[string]int{}
	for _, code := range slices.Sorted(maps.Keys(today)) { // in one order, for borders
		a := today[code]
		if a.Level == data.Commune && a.Geometry != nil {
			place[code] = len(k.communes)
			k.communes = append(k.communes, a)
			polygons = append(polygons, a.Geometry)
		}
	}
	if len(polygons) == 0 {
		return
	}
	k.locator = geo.NewLocator(polygons)
	k.communeOf = map[string]int{}
	for code, a := range today {
		if a.Level != data.Hamlet {
			continue
		}
		if i, ok := place[a.Parent]; ok {
			k.communeOf[code] = i
		}
	}
}

// outside warns of a household whose point is outside the commune of its hamlet, or,
// where it declares none, in no commune at all.
func (k *areaLookup) outside(h *data.Household) *problem.Problem {
	if k.locator == nil {
		return nil
	}
	match := k.locator.Locate(h.Point)
	if h.HamletCode == "" {
		if match.Area >= 0 {
			return nil
		}
		return problem.NoCommune("lon")
	}
	i, ok := k.communeOf[h.HamletCode]
	if !ok || match.Area == i {
		return nil
	}
	metres := k.locator.Distance(h.Point, i)
	if metres == 0 {
		return nil // communes overlap here
	}
	return problem.OutsideCommune("lon", int(math.Ceil(metres)), k.communes[i].Code, k.communes[i].Name)
}
