// Package windows counts the households and visits of a window of days over the columns in memory, and keeps what was
// counted for the next window.
//
// Read in this order:
//
//	window.go        a window, and the plain walk over one block: what the window has of each household
//	cell_group.go    counts eight bits at a time, by households of a block that share a leaf and a coarse cell
//	snapshot.go      the status of a block's households on a day, moved from one day to another
//	timeline.go      a window cut into periods, all counted in one walk over the visits of a household
//	team_calls.go    what each team did at a household
//	window_cache.go  counts of windows, kept for all states that share a registry
package windows
