package coverage

import (
	"context"

	"tungnha/coverage/quality"
	"tungnha/data"
)

// Quality inspects the registries in the viewer's scope on the day; NoDate is today. The public sees of households
// only how many there are, hidden or rounded like any count, of areas those without an outline or a parent, and
// nothing of teams or of hamlets without households.
func (v *View) Quality(ctx context.Context, day data.Date) ([]quality.Finding, error) {
	if day == data.NoDate {
		day = v.index.today()
	}
	input := quality.Input{Columns: v.index.columns, Version: v.index.columns.History.VersionOn(day), Day: day,
		Teams: v.Teams()}
	if v.scope != nil {
		input.In = v.scope.tree(input.Version).In
	}
	found, err := quality.Inspect(ctx, input)
	if err != nil || v.Release() == nil {
		return found, err
	}
	rounding := v.index.scopeRounding(v.viewer)
	shown := found[:0]
	for _, f := range found {
		switch {
		case f.Issue.OfHouseholds():
			n, ok := rounding.Round(uint32(f.Count))
			shown = append(shown, quality.Finding{Issue: f.Issue, Count: int(n), Hidden: !ok})
		case f.Issue == quality.NoOutline, f.Issue == quality.NoParent:
			shown = append(shown, f)
		}
	}
	return shown, nil
}
