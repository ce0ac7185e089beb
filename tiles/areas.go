package tiles

import (
	"cmp"
	"math"
	"slices"

	"tungnha/coverage"
	"tungnha/coverage/boundary"
	"tungnha/coverage/rules"
	"tungnha/data"
	"tungnha/tiles/mvt"
)

// AreaLabels is the second layer in the tiles of Areas: a point for each area whose place
// for a name is in the tile.
const AreaLabels = "area_labels"

// The zooms from which areas of a level are shown.
const (
	districtZoom = 5
	communeZoom  = 6
	hamletZoom   = 11
)

// levelsAt returns the levels that the areas of a zoom's tiles have. Trees of before 1 July
// 2025 have districts.
func (s *shapes) levelsAt(z int) []data.Level {
	levels := []data.Level{data.Province}
	if z >= districtZoom && s.districts {
		levels = append(levels, data.District)
	}
	if z >= communeZoom {
		levels = append(levels, data.Commune)
	}
	if z >= hamletZoom {
		levels = append(levels, data.Hamlet)
	}
	return levels
}

// flagLevelsAt returns the level whose flags a zoom shows: one, so that a flag stands once.
func flagLevelsAt(z int) []data.Level {
	if z >= hamletZoom {
		return []data.Level{data.Hamlet}
	}
	return []data.Level{data.Commune}
}

// areaID numbers the areas of a boundary version by code, from 1.
func areaID(area int32) uint64 { return uint64(area) + 1 }

// A selection is the rows of a result that a tile draws: all, or that of one area.
type selection struct {
	result  *coverage.Result
	only    int32            // index of the area; boundary.NoArea: all
	earlier *coverage.Result // the same areas in the window to compare with; nil: none
}

// areas writes the layers of the areas of some selections, a level each, that touch the
// tile.
func (d *tileEncoder) areas(f *mvt.Transform, chosen []selection, shapes *shapes) error {
	d.begin(string(Areas))
	err := merge(chosen, func(c *selection, row *coverage.Row) error {
		s, err := shapes.of(row.Area, f)
		if err != nil || s == nil {
			return err
		}
		d.shape(f, s)
		if len(d.mvt.Geometry) > 0 {
			d.area(0, c.result, row, shapes)
			d.areaChange(c, row)
			d.mvt.Feature(areaID(row.Area), mvt.PolygonType)
		}
		return nil
	})
	if err != nil {
		return err
	}
	d.mvt.End()

	d.begin(AreaLabels)
	err = merge(chosen, func(c *selection, row *coverage.Row) error {
		p, ok, err := shapes.label(f, row.Area)
		if ok {
			d.mvt.Point(p)
			d.area(0, c.result, row, shapes)
			d.areaChange(c, row)
			d.mvt.Feature(areaID(row.Area), mvt.PointType)
		}
		return err
	})
	d.mvt.End()
	return err
}

// flags writes the layer of the flagged areas of a selection whose centres are in the tile.
func (d *tileEncoder) flags(f *mvt.Transform, chosen []selection, shapes *shapes) error {
	d.begin(string(Flags))
	err := merge(chosen, func(c *selection, row *coverage.Row) error {
		rank := row.Flags.MostSevere()
		if rank == len(rules.Severity) {
			return nil
		}
		p, ok, err := shapes.label(f, row.Area)
		if ok {
			d.mvt.Point(p)
			d.mvt.Tag(keyFlag, d.mvt.Values.Shared(rules.Severity[rank].Name))
			d.mvt.Tag(keySeverity, d.mvt.Values.Uint(uint32(rank+1)))
			d.area(keyFlagArea, c.result, row, shapes)
			d.mvt.Feature(areaID(row.Area), mvt.PointType)
		}
		return err
	})
	d.mvt.End()
	return err
}

// merge calls yield for the rows chosen that have an area, in the order of the areas,
// which is that of their ids: levels mix in it.
func merge(chosen []selection, yield func(*selection, *coverage.Row) error) error {
	at := make([]int, len(chosen))
	for {
		next, least := -1, int32(math.MaxInt32)
		for i, c := range chosen {
			for at[i] < len(c.result.Rows) && !c.holds(c.result.Rows[at[i]].Area) {
				at[i]++
			}
			if at[i] < len(c.result.Rows) && c.result.Rows[at[i]].Area < least {
				next, least = i, c.result.Rows[at[i]].Area
			}
		}
		if next < 0 {
			return nil
		}
		if err := yield(&chosen[next], &chosen[next].result.Rows[at[next]]); err != nil {
			return err
		}
		at[next]++
	}
}

// areaChange writes how an area changed since the window to compare with, if there is one.
func (d *tileEncoder) areaChange(c *selection, row *coverage.Row) {
	if c.earlier == nil {
		return
	}
	i, found := slices.BinarySearchFunc(c.earlier.Rows, row.Area, func(r coverage.Row, area int32) int { return cmp.Compare(r.Area, area) })
	if found {
		d.change(len(d.keys)-len(changeFields), &c.earlier.Rows[i], row)
	}
}

func (c *selection) holds(area int32) bool {
	return area != boundary.NoArea && (c.only == boundary.NoArea || c.only == area)
}
