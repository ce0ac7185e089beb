package problem

import (
	"fmt"
	"time"
)

// Problems of records: of their fields, and of what they refer to.

// maxShown bounds how much of a wrong value is shown, in bytes.
const maxShown = 40

func shown(value string) string { return Clip(value, maxShown) }

// Empty is a field that has to be given.
func Empty(field string) *Problem { return of(field, "empty") }

// TooLong is a text of more bytes than there may be.
func TooLong(field, value string, limit int) *Problem {
	return of(field, "too_long", "value", Clip(value, 20), "limit", limit)
}

// MangledNumber is a code of digits that a spreadsheet has made a number of.
func MangledNumber(field, value string) *Problem { return of(field, "mangled_number", "value", value) }

// ListSeparator is a code that would be divided in a list of codes.
func ListSeparator(field, value string) *Problem { return of(field, "list_separator", "value", value) }

// ControlCharacter is a text with a character that nobody sees.
func ControlCharacter(field, value string) *Problem {
	return of(field, "control_character", "value", shown(value))
}

// DirectionalCharacter is an id or a code with a character that changes the direction of the text around it.
func DirectionalCharacter(field, value string) *Problem {
	return of(field, "directional_character", "value", shown(value))
}

// NotUTF8 is a text of which a byte, at a position from 1, is not UTF-8.
func NotUTF8(field string, wrong byte, position int) *Problem {
	return of(field, "not_utf8", "byte", fmt.Sprintf("0x%02X", wrong), "position", position)
}

// NotAmong is a value that is none of those there are.
func NotAmong[S ~string](field, value string, choices ...S) *Problem {
	if value == "" {
		return of(field, "empty_choice", "choices", texts(choices))
	}
	return of(field, "not_among", "value", shown(value), "choices", texts(choices))
}

func texts[S ~string](values []S) []string {
	all := make([]string, len(values))
	for i, v := range values {
		all[i] = string(v)
	}
	return all
}

// NotWholeNumber is a text where a count should be.
func NotWholeNumber(field, value string) *Problem {
	return of(field, "not_whole_number", "value", shown(value))
}

// GroupedNumber is a count with a point or a comma between its thousands. plain is without.
func GroupedNumber(field, value, plain string) *Problem {
	return of(field, "grouped_number", "value", shown(value), "plain", shown(plain))
}

// StandsForNothing is a text such as --- in a field that has to be given.
func StandsForNothing(field, value string) *Problem {
	return of(field, "stands_for_nothing", "value", shown(value))
}

// Negative is a count below zero.
func Negative(field string, value int) *Problem { return of(field, "negative", "value", value) }

// AboveLimit is a count above what can be true.
func AboveLimit(field string, value, limit int) *Problem {
	return of(field, "above_limit", "value", value, "limit", limit)
}

// NotNumber is a text where a coordinate should be.
func NotNumber(field, value string) *Problem { return of(field, "not_number", "value", shown(value)) }

// BeforeField is a day before the day in another column.
func BeforeField(field, value, column, other string) *Problem {
	return of(field, "before_column", "value", value, "column", column, "other", other)
}

// AfterField is a day after the day in another column.
func AfterField(field, value, column, other string) *Problem {
	return of(field, "after_column", "value", value, "column", column, "other", other)
}

// NotDay is a text where a day should be.
func NotDay(field, value string) *Problem { return of(field, "not_day", "value", value) }

// NoMonth is a day with a month that no year has.
func NoMonth(field, value string, month int) *Problem {
	return of(field, "no_month", "value", value, "month", month)
}

// NoSuchDay is a day that its month does not have.
func NoSuchDay(field, value string, month, year, days int) *Problem {
	return of(field, "no_such_day", "value", value, "month", month, "year", year, "days", days)
}

// OutsideDays is a day or a time outside the days there are.
func OutsideDays(field, value, first, last string) *Problem {
	return of(field, "outside_days", "value", value, "first", first, "last", last)
}

// DayOutOfRange is the day of a visit outside the days there are.
func DayOutOfRange(field, first, last string) *Problem {
	return of(field, "day_out_of_range", "first", first, "last", last)
}

// NeitherTimeNorDay is a text where a time or a day should be.
func NeitherTimeNorDay(field, value string) *Problem {
	return of(field, "neither_time_nor_day", "value", shown(value))
}

// DayFirst is a day, with or without a time, that begins with the day of the month.
func DayFirst(field, value string) *Problem { return of(field, "day_first", "value", shown(value)) }

// SerialDay is a number as spreadsheets count days.
func SerialDay(field, value, day string) *Problem {
	return of(field, "serial_day", "value", value, "day", day)
}

// NotTime is a text that begins with a day and is no time.
func NotTime(field, value string) *Problem { return of(field, "not_time", "value", shown(value)) }

// InFuture is a time after now.
func InFuture(field, value string, now time.Time) *Problem {
	return of(field, "in_future", "value", value, "now", now.Format(time.RFC3339))
}

// AheadOfClock is a time that is a little after now: a clock is wrong, and the record is right when now has caught up.
// It is to be sent again after seconds.
func AheadOfClock(field, value string, now time.Time, seconds int) *Problem {
	return of(field, "ahead_of_clock", "value", value, "now", now.Format(time.RFC3339), "retry_after", seconds)
}

// UnknownDuringImport is a reference to a record that does not exist (see Unknown) while an import is being written
// that may bring it. It is to be sent again after seconds.
func UnknownDuringImport(p *Problem, seconds int) *Problem {
	return of(p.Field, "unknown_during_import", "problem", p.At(""), "retry_after", seconds)
}

// RetryAfter returns after how many seconds a record that has the problem is to be sent again as it is; 0 for a problem
// that does not pass by itself.
func (p *Problem) RetryAfter() int {
	seconds, _ := p.value("retry_after").(int)
	return seconds
}

// UnknownSkill is the key of no skill of the programme.
func UnknownSkill(field, value string, skills []string) *Problem {
	return of(field, "unknown_skill", "value", shown(value), "skills", skills)
}

// NotGeopoint is a text where latitude and longitude should be, with a space between.
func NotGeopoint(field, value string) *Problem {
	return of(field, "not_geopoint", "value", shown(value))
}

// ChoicesDiffer is a list beside columns for its choices which say otherwise.
func ChoicesDiffer(field, value string, chosen []string) *Problem {
	return of(field, "choices_differ", "value", shown(value), "chosen", chosen)
}

// ShownNotAssessed is a skill that a household showed although it was not assessed.
func ShownNotAssessed(field, skill string) *Problem {
	return of(field, "shown_not_assessed", "skill", skill)
}

// NotAssessed is a set of skills shown with one that was not assessed.
func NotAssessed(field string) *Problem { return of(field, "not_assessed") }

// ForeignSkill is a set of skills with one that the programme does not have.
func ForeignSkill(field string) *Problem { return of(field, "foreign_skill") }

// NoOutcome is a number of no outcome.
func NoOutcome(field string, value int) *Problem { return of(field, "no_outcome", "value", value) }

// TooManyHamlets is a team of more hamlets than one can serve.
func TooManyHamlets(field string, count, limit int) *Problem {
	return of(field, "too_many_hamlets", "count", count, "limit", limit)
}

// OwnParent is an area that is its own parent.
func OwnParent(field, value string) *Problem { return of(field, "own_parent", "value", value) }

// ParentNotAbove is an area whose parent is of its own level, or of a narrower one.
func ParentNotAbove(field, parent, parentLevel, level string) *Problem {
	return of(field, "parent_not_above", "parent", parent, "parent_level", word(parentLevel), "level", word(level))
}

// NoLevel is an area with neither level nor kind.
func NoLevel(field string) *Problem { return of(field, "no_level") }

// UnknownKindOfArea is a kind of area from which its level cannot be derived.
func UnknownKindOfArea(field, value string) *Problem {
	return of(field, "unknown_kind_of_area", "value", value)
}

// GivenTwice is a key that came before in the transaction with other values.
func GivenTwice(field string) *Problem { return of(field, "given_twice") }

// InAnotherFile is a record that another file of the same import has with other values.
func InAnotherFile(field, id, file string) *Problem {
	return of(field, "in_another_file", "id", id, "file", file)
}

// Unknown is a reference to a record that does not exist. what is area, hamlet, commune, household or team.
func Unknown(field, what, code string) *Problem {
	return of(field, "unknown_reference", "what", word(what), "code", code)
}

// NewRecordNeeds is a record of some columns that is not there yet, and the columns that a new one needs. what is area,
// household, team or visit.
func NewRecordNeeds(field, what, code string, columns []string) *Problem {
	return of(field, "new_record_needs", "what", word(what), "code", code, "columns", columns)
}

// Without is a field that is given without one that belongs to it.
func Without(field, column string) *Problem { return of(field, "without", "column", column) }

// LostZeros is a reference to a record that does not exist while one of the code with zeros in front does.
func LostZeros(field, what, code, padded string) *Problem {
	return of(field, "lost_zeros", "what", word(what), "code", code, "padded", padded)
}

// BeforeRegistered is a visit on a day before its household was registered.
func BeforeRegistered(field, day, household, registered string) *Problem {
	return of(field, "before_registered", "day", day, "household", household, "registered", registered)
}

// RecordedBefore is a visit whose id was recorded before with other values in some fields.
func RecordedBefore(field string, fields []string) *Problem {
	return of(field, "recorded_before", "fields", fields)
}

// NoCommune is a household without a hamlet at a point in no commune.
func NoCommune(field string) *Problem { return of(field, "no_commune") }

// OutsideCommune is a household whose point is some metres outside the commune of its hamlet.
func OutsideCommune(field string, metres int, code, name string) *Problem {
	return of(field, "outside_commune", "metres", metres, "commune", code+" "+name)
}

// NotObject is a posted visit that is no JSON object.
func NotObject() *Problem { return of("", "not_object") }

// WrongType is a member of a posted visit of a wrong type: got is the JSON type, list whether a list of texts
// is expected instead of a text.
func WrongType(field, got string, list bool) *Problem {
	want := word("text")
	if list {
		want = "list_of_texts"
	}
	return of(field, "wrong_type", "got", got, "want", want)
}

// UnknownField is a member that a posted visit may not have.
func UnknownField(field string) *Problem { return of(field, "unknown_field") }

// Other summarises all the problems of a file beyond those that a report lists.
func Other() *Problem { return of("", "other") }
