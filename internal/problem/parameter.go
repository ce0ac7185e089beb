package problem

// ParameterError is a parameter of a request, a query or a tile's address that is out of bounds.
type ParameterError struct {
	In      string // the part of the request: query, path, body or header; empty where the caller decides
	Name    string // may be empty where all of the part is meant
	Value   string // as it was given; empty where it is not worth repeating
	Problem *Problem
}

// Parameter makes the error of a parameter of a query.
func Parameter(name string, p *Problem) *ParameterError {
	return &ParameterError{Name: name, Problem: p}
}

// Location returns where the parameter is, such as query.level.
func (e *ParameterError) Location() string {
	switch {
	case e.In == "":
		return e.Name
	case e.Name == "":
		return e.In
	}
	return e.In + "." + e.Name
}

func (e *ParameterError) Error() string { return e.Location() + ": " + e.Problem.Reason(English) }

// Problems of parameters. They have no field: ParameterError names the parameter.

// Malformed is a part of a request that could not be read, for a reason that a parser gives in English.
func Malformed(reason string) *Problem { return of("", "malformed", "reason", reason) }

// FilterMalformed is a filter in CQL2 that could not be read, for a reason that its parser gives in English.
func FilterMalformed(reason string) *Problem { return of("", "filter_malformed", "reason", reason) }

// Repeated is a parameter that is given more than once.
func Repeated() *Problem { return of("", "repeated") }

// UnknownParameter is a parameter that the route does not have.
func UnknownParameter() *Problem { return of("", "unknown_parameter") }

// WantOneOf is a value that is none of those there are.
func WantOneOf[S ~string](choices ...S) *Problem {
	return of("", "want_one_of", "choices", texts(choices))
}

// NotOneOf is WantOneOf with the value.
func NotOneOf[S ~string](value string, choices ...S) *Problem {
	return of("", "not_one_of", "value", value, "choices", texts(choices))
}

// NoneOf is a value of none of the names of a thing: of layer or format.
func NoneOf[S ~string](what, value string, choices ...S) *Problem {
	return of("", "none_of", "what", word(what), "value", value, "choices", texts(choices))
}

// WantNumber is a value that is no number of those there are.
func WantNumber(first, last int) *Problem {
	return of("", "want_number", "first", first, "last", last)
}

// NotNumberOf is WantNumber with the value.
func NotNumberOf(value string, first, last int) *Problem {
	return of("", "not_number_of", "value", value, "first", first, "last", last)
}

// OutsideNumbers is a number that is not from first to last.
func OutsideNumbers(value, first, last int) *Problem {
	return of("", "outside_numbers", "value", value, "first", first, "last", last)
}

// LongValue is a value longer than any that could be meant.
func LongValue() *Problem { return of("", "long_value") }

// LongerThan is a value of more bytes than there may be.
func LongerThan(limit int) *Problem { return of("", "longer_than", "limit", limit) }

// DayOutside is a day outside the days there are.
func DayOutside(day, first, last string) *Problem {
	return of("", "day_outside", "day", day, "first", first, "last", last)
}

// WindowReversed is a window that ends before it begins.
func WindowReversed(from, to string) *Problem {
	return of("", "window_reversed", "from", from, "to", to)
}

// TooManyPeriods is a window of more periods than a trend has.
func TooManyPeriods(from, to string, limit int, by string) *Problem {
	return of("", "too_many_periods", "from", from, "to", to, "limit", limit, "by", word(by))
}

// WindowNotPublished is a window that the public may not request as of a release. From is empty for everything.
func WindowNotPublished(from, to, release string, windows ...string) *Problem {
	if from == "" {
		return of("", "window_not_published", "to", to, "release", release, "choices", windows)
	}
	return of("", "days_not_published", "from", from, "to", to, "release", release, "choices", windows)
}

// BoundariesNotPublished is a day of boundaries that are not those of the release day.
func BoundariesNotPublished(day, release string) *Problem {
	return of("", "boundaries_not_published", "day", day, "release", release)
}

// NotPublished is a grouping of figures that the public may not request.
func NotPublished(value string, choices ...string) *Problem {
	return of("", "not_published", "value", value, "choices", choices)
}

// NoAreaOn is the code of no area of a day.
func NoAreaOn(code, day string) *Problem { return of("", "no_area_on", "code", code, "day", day) }

// NoSuchArea is a parent that does not exist on a day.
func NoSuchArea(day string) *Problem { return of("", "no_such_area", "day", day) }

// LevelNotBelow is a level that the parent has no areas of.
func LevelNotBelow(level, parent, parentLevel string) *Problem {
	return of("", "level_not_below", "level", word(level), "parent", parent, "parent_level", word(parentLevel))
}

// CellsNotWithin is a resolution of which no cells are looked for within a cell.
func CellsNotWithin(resolution int, cell string) *Problem {
	return of("", "cells_not_within", "resolution", resolution, "cell", cell)
}

// SpotsAmongCells is a query for hot spots among something else than cells.
func SpotsAmongCells(by string) *Problem { return of("", "spots_among_cells", "by", by) }

// SpotsOfLayer is a query for hot spots of another layer than cells.
func SpotsOfLayer(layer string) *Problem { return of("", "spots_of_layer", "layer", word(layer)) }

// NoFlag is the key of no flag.
func NoFlag(value string, flags []string) *Problem {
	return of("", "no_flag", "value", value, "flags", flags)
}

// FlagOfLayer is a flag requested of another layer than flags.
func FlagOfLayer() *Problem { return of("", "flag_of_layer") }

// OnlyCSVDescribed is a description requested of a file that has none apart.
func OnlyCSVDescribed(format string) *Problem {
	return of("", "only_csv_described", "format", format)
}

// ArchiveLayer is a layer that no archive of tiles is of.
func ArchiveLayer(layer string) *Problem { return of("", "archive_layer", "layer", layer) }

// ZoomOutside is a zoom deeper than the deepest of an archive.
func ZoomOutside(zoom, last int) *Problem {
	return of("", "zoom_outside", "zoom", zoom, "last", last)
}

// ZoomDecides is a parameter that an archive of tiles does not have.
func ZoomDecides() *Problem { return of("", "zoom_decides") }

// TileOutside is a column or row that a zoom does not have.
func TileOutside(value, last, zoom int) *Problem {
	return of("", "tile_outside", "value", value, "last", last, "zoom", zoom)
}

// TileEmpty is a column or row outside all that a layer has.
func TileEmpty(value, first, last, zoom int) *Problem {
	return of("", "tile_empty", "value", value, "first", first, "last", last, "zoom", zoom)
}

// EarlierToMissing is an earlier window without its end.
func EarlierToMissing() *Problem { return of("", "earlier_to_missing") }

// EarlierReversed is an earlier window that ends before it begins.
func EarlierReversed() *Problem { return of("", "earlier_reversed") }

// WantFormats is a format that the tiles under /ogc do not have.
func WantFormats() *Problem { return of("", "want_formats") }

// ForeignCursor is a cursor that this server did not make.
func ForeignCursor() *Problem { return of("", "foreign_cursor") }

// CursorOfAnotherQuery is a cursor of another query.
func CursorOfAnotherQuery() *Problem { return of("", "cursor_of_another_query") }

// CursorBeyond is a cursor behind the last feature.
func CursorBeyond() *Problem { return of("", "cursor_beyond") }

// DatetimeRepeats is a datetime beside from or to.
func DatetimeRepeats() *Problem { return of("", "datetime_repeats") }

// WantDatetime is a datetime that is nothing at all.
func WantDatetime() *Problem { return of("", "want_datetime") }

// IntervalReversed is an interval that ends before it begins.
func IntervalReversed() *Problem { return of("", "interval_reversed") }

// MomentOutside is a moment outside the years there are.
func MomentOutside(value string) *Problem { return of("", "moment_outside", "value", value) }

// NeitherDayNorMoment is a text where a day or a moment should be.
func NeitherDayNorMoment(value string) *Problem {
	return of("", "neither_day_nor_moment", "value", value)
}

// ForeignSystem is a reference system that a collection does not have.
func ForeignSystem(systems []string) *Problem { return of("", "foreign_system", "systems", systems) }

// WantBoxNumbers is a box of another count of numbers than it has.
func WantBoxNumbers(count int) *Problem { return of("", "want_box_numbers", "count", count) }

// BoxOutside is a box outside all degrees.
func BoxOutside() *Problem { return of("", "box_outside") }

// BoxOutsideSystem is a box outside its reference system.
func BoxOutsideSystem() *Problem { return of("", "box_outside_system") }

// BoxReversed is a box whose upper corner is below its lower one.
func BoxReversed() *Problem { return of("", "box_reversed") }

// WantType is a value of another type than its property has: number, boolean or day.
func WantType(want string) *Problem { return of("", "want_type", "want", word(want)) }

// SortKeySpace is a key to sort by that begins with a space.
func SortKeySpace() *Problem { return of("", "sort_key_space") }

// NotSortable is a key to sort by that is no property.
func NotSortable(name string) *Problem { return of("", "not_sortable", "name", firstRunes(name, 60)) }

// TooManySortKeys is a list of more keys to sort by than there may be.
func TooManySortKeys(limit int) *Problem { return of("", "too_many_sort_keys", "limit", limit) }

// WantVisits is a body that is no array of visits.
func WantVisits() *Problem { return of("", "want_visits") }

// TooManyVisits is a post of more visits than there may be.
func TooManyVisits(limit int) *Problem { return of("", "too_many_visits", "limit", limit) }

// NoFileInForm is a form without a file.
func NoFileInForm() *Problem { return of("", "no_file_in_form") }

// NotFileOfForm is a member of a form that is no file.
func NotFileOfForm() *Problem { return of("", "not_file_of_form") }

// TooManyFiles is a form of more files than there may be.
func TooManyFiles(limit int) *Problem { return of("", "too_many_files", "limit", limit) }

// firstRunes cuts a text to at most n runes, as %.60q does.
func firstRunes(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}
