// Package coverage is the index of a programme in memory: which households were reached, in any window of days, by
// area, cell, team or period.
//
// Read in this order:
//
//	query.go, view.go         the query, its viewer and the answer; Index.For is the only door to data
//	index.go, state.go        one state of the data, and the state after a post; the data are in package columns,
//	                          the counts of windows in package windows
//	plan.go, answer.go        a query with its names resolved
//	area.go, cell.go, fine_cell.go, team.go, period.go, trend.go  its rows
//	public.go, rounding.go, scope.go              what a viewer may not see
//
// # What a household's visits make of it
//
// The definition is in docs/indicators.md, and household by household in reference_test.go. It is computed by six
// walks. They are kept apart because each avoids work that the others need, which is measured (bench_test.go). A change
// of the definition changes all of them, and the reference test compares each with the definition.
//
//	walk                              over                       for                        avoids
//	windows: Scratch.Scan             visits by household        fine cells, points, teams  nothing: the plain one
//	windows: countEntries             visits by day, 2 bytes    areas and coarse cells     households without a visit
//	columns: Block.buildDayIndex      visits by household, once the last day and after     looking at visits before it
//	windows: snapshotUpdater          households that changed    earlier last days          households that did not
//	windows: Timeline.AddHousehold    visits by household        all periods of a trend     one scan for each period
//	windows: CallsByTeam              visits by household        what each team did         a pass for each team
package coverage
