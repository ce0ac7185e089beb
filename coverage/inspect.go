package coverage

import (
	"context"

	"tungnha/coverage/quality"
	"tungnha/data"
)

// Quality inspects the registries in the viewer's scope on the day; NoDate is today. That counts may have to be
// suppressed is for the caller.
func (v *View) Quality(ctx context.Context, day data.Date) ([]quality.Finding, error) {
	if day == data.NoDate {
		day = v.index.today()
	}
	input := quality.Input{Columns: v.index.columns, Version: v.index.columns.History.VersionOn(day), Day: day,
		Teams: v.Teams()}
	if v.scope != nil {
		input.In = v.scope.tree(input.Version).In
	}
	return quality.Inspect(ctx, input)
}
