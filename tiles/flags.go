package tiles

import (
	"context"
	"slices"

	"tungnha/coverage"
	"tungnha/coverage/rules"
	"tungnha/data"
	"tungnha/tiles/mvt"
	"tungnha/tiles/style"
)

// Flags are a point for each flagged commune or hamlet.
var Flags = &flagLayer{aboutLayer{
	name: "flags", description: "A point for each flagged commune, from zoom 11 on for each flagged hamlet",
	vectorLayers: []vectorLayer{{name: "flags"}},
	reach:        otherReach,
}}

type flagLayer struct{ aboutLayer }

// The fields of a flag before those of its area.
const (
	keyFlag = iota
	keySeverity
	keyFlagArea
)

var flagFields = []field{
	keyFlag:     {"flag", "String: the most severe flag raised"},
	keySeverity: {"severity", "Number: its rank, 1 the most severe"},
}

func (*flagLayer) fields(skills data.Skills, _ variant) []field {
	return slices.Concat(flagFields, allAreaFields, countFields(skills))
}

// flagLevelsAt returns the level whose flags a zoom shows: one, so that no flag is there twice.
func flagLevelsAt(z int) []data.Level {
	if z >= hamletZoom {
		return []data.Level{data.Hamlet}
	}
	return []data.Level{data.Commune}
}

func (*flagLayer) prepare(ctx context.Context, r *request, z int) (zoom, error) {
	a := &flagZoom{shapes: r.server.shapesOf(r.view, r.window.Boundaries)}
	var err error
	a.chosen, err = choose(ctx, r.view, r.window, flagLevelsAt(z))
	return a, err
}

// flagZoom has the rows and the shapes of the areas whose flags a zoom shows.
type flagZoom areaZoom

func (z *flagZoom) around(context.Context, *mvt.Transform, func(mvt.Box)) (draw, error) {
	return func(d *tileEncoder, f *mvt.Transform) error { return d.flags(f, z.chosen, z.shapes) }, nil
}

// flags writes the layer of the flagged areas of a selection whose centres are in the tile.
func (d *tileEncoder) flags(f *mvt.Transform, chosen []selection, shapes *shapes) error {
	d.begin(Flags.name)
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

// style shows the most severe flag of each place by its shape. Too few data is no flag
// to raise the eyes for: it shows as a pattern, not as a symbol.
func (*flagLayer) style(string, bool) style.Parts {
	images := style.Expr{"match", style.Get("flag")}
	kinds := style.SignedFlags()
	for _, flag := range kinds {
		images = append(images, flag, "flag-"+flag)
	}
	return style.Parts{Signs: []style.Layer{{ID: "flags", Type: "symbol", Source: "flags", SourceLayer: "flags",
		Filter: style.Expr{"in", style.Get("flag"), style.Expr{"literal", kinds}},
		Layout: map[string]any{
			"icon-image":      append(images, ""),
			"icon-size":       style.ByZoom(6, 0.45, 9, 0.6, 12, 0.85, 15, 1.1),
			"icon-padding":    1,
			"symbol-sort-key": style.Get("severity"),
		}}}}
}
