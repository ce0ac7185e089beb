package problem

import "strings"

// Problems of files: of their format, their header and their rows.

// InFile is a problem of a file.
func InFile(file string, p *Problem) *Problem {
	return of("", "in_file", "file", file, "problem", p)
}

// InLine is a problem of a line of a file, counted from 1.
func InLine(line int, p *Problem) *Problem { return of("", "in_line", "line", line, "problem", p) }

// InHeader is a problem of the header of a CSV file.
func InHeader(p *Problem) *Problem { return of("", "in_header", "problem", p) }

// FileEmpty is a file without a row.
func FileEmpty() *Problem { return of("", "file_empty") }

// NoRows is a file of a header alone.
func NoRows() *Problem { return of("", "no_rows") }

// NotTable is a file of a format that contains no table of text: one of the keys zip, xls, gzip, utf16, sqlite,
// parquet, pdf, markup.
func NotTable(format string) *Problem { return of("", "not_table", "format", word(format)) }

// ZeroBytes is a file that is not text.
func ZeroBytes() *Problem { return of("", "zero_bytes") }

// HeaderNotUTF8 is a header that is not UTF-8 text.
func HeaderNotUTF8() *Problem { return of("", "header_not_utf8") }

// ColumnTwice is a column that the header has two times.
func ColumnTwice(column string) *Problem { return of("", "column_twice", "column", column) }

// UnknownKind is the name of no kind of record.
func UnknownKind(value string) *Problem { return of("", "unknown_kind", "value", value) }

// listed returns the names of columns that are listed, and how many more there are: a file may have thousands.
func listed(columns []string) (names []string, more int) {
	const most, longest = 8, 40
	for i, name := range columns {
		if i == most {
			return names, len(columns) - most
		}
		if len(name) > longest {
			name = Clip(name, longest) + ellipsis
		}
		names = append(names, strings.Clone(name))
	}
	return names, 0
}

// NoKnownColumn is a file of columns that no kind of record has.
func NoKnownColumn(columns []string) *Problem {
	names, more := listed(columns)
	return of("", "no_known_column", "columns", names, "more", more)
}

// KindUnclear is a file whose columns two kinds of record have.
func KindUnclear(columns []string) *Problem {
	names, more := listed(columns)
	return of("", "kind_unclear", "columns", names, "more", more)
}

// MissingColumns is a file without columns that its kind of record needs.
func MissingColumns(kind string, columns []string) *Problem {
	return of("", "missing_columns", "kind", word(kind), "columns", columns)
}

// ColumnsKept is a file without columns that its kind of record may have.
func ColumnsKept(columns []string) *Problem { return of("", "columns_kept", "columns", columns) }

// ColumnsNotUsed is a file with columns that its kind of record does not have.
func ColumnsNotUsed(columns []string) *Problem {
	names, more := listed(columns)
	return of("", "columns_not_used", "columns", names, "more", more)
}

// RowsOfNoArea is a file of areas with rows that name none and are left out, as exports have one for the households in
// no area.
func RowsOfNoArea(count int) *Problem { return of("", "rows_of_no_area", "count", count) }

// ColumnCount is a row of another number of columns than the header.
func ColumnCount(count, header int) *Problem {
	return of("", "column_count", "count", count, "header", header)
}

// TooManyCommas is a row of more columns than the header, divided by commas.
func TooManyCommas(count, header int) *Problem {
	return of("", "too_many_commas", "count", count, "header", header)
}

// TextBehindQuote is a quoted field with text behind its closing quote.
func TextBehindQuote(text string) *Problem {
	return of("", "text_behind_quote", "text", Clip(text, 20))
}

// OpenQuote is a quote that is not closed.
func OpenQuote() *Problem { return of("", "open_quote") }

// LongQuote is a quote that is not closed within a number of bytes.
func LongQuote(limit int) *Problem { return of("", "long_quote", "limit", limit) }

// LongLine is a line of more bytes than are read.
func LongLine(line, limit int) *Problem { return of("", "long_line", "line", line, "limit", limit) }

// JSON.

// NotSoundJSON is a row that is not JSON.
func NotSoundJSON(p *Problem) *Problem { return of("", "not_sound_json", "problem", p) }

// NotSoundJSONOn is a row that is not JSON from one of its lines on.
func NotSoundJSONOn(line int, p *Problem) *Problem {
	return of("", "not_sound_json_on", "line", line, "problem", p)
}

// EndsBefore is a JSON text that ends where something else should be. want is a key such as value, name, colon.
func EndsBefore(want string) *Problem { return of("", "ends_before", "want", word(want)) }

// Unexpected is a JSON text with something else than there should be. want is a key as that of EndsBefore.
func Unexpected(got, want string) *Problem {
	return of("", "unexpected", "got", Clip(got, 20), "want", word(want))
}

// TooDeep is a JSON text with more arrays and objects in each other than are read.
func TooDeep(limit int) *Problem { return of("", "too_deep", "limit", limit) }

// ControlInString is a JSON string with a control character.
func ControlInString() *Problem { return of("", "control_in_string") }

// UnknownEscape is a JSON string with an escape that JSON does not have.
func UnknownEscape(got string) *Problem { return of("", "unknown_escape", "got", Clip(got, 2)) }

// EndsInString is a JSON text that ends inside a string.
func EndsInString() *Problem { return of("", "ends_in_string") }

// BreaksOff is a file that ends too early.
func BreaksOff(at, line int) *Problem { return of("", "breaks_off", "byte", at, "line", line) }

// LongFeature is a feature of more bytes than are read.
func LongFeature(limit int) *Problem { return of("", "long_feature", "limit", limit) }

// BrokenReferenceSystem is a member crs that is not JSON.
func BrokenReferenceSystem(p *Problem) *Problem {
	return of("", "broken_reference_system", "problem", p)
}

// OtherReferenceSystem is a file in another system than longitude and latitude; empty: one without a name.
func OtherReferenceSystem(system string) *Problem {
	if system == "" {
		return of("", "unnamed_reference_system")
	}
	return of("", "other_reference_system", "system", Clip(system, 60))
}

// TopoJSON is a file of TopoJSON.
func TopoJSON() *Problem { return of("", "topojson") }

// BareGeometry is a geometry that is in no feature.
func BareGeometry(geometry string) *Problem { return of("", "bare_geometry", "type", geometry) }

// NoFeatures is a file without features.
func NoFeatures() *Problem { return of("", "no_features") }

// ObjectForText is a property that is an object.
func ObjectForText() *Problem { return of("", "object_for_text") }

// ListOfLists is a property that is a list of lists.
func ListOfLists() *Problem { return of("", "list_of_lists") }

// Imports that failed as a whole.

// ServerStopped is an import that ended with its server.
func ServerStopped() *Problem { return of("", "server_stopped") }

// ReadOnly is an import into a database that the server may only read.
func ReadOnly() *Problem { return of("", "read_only") }

// ImportFailed is an import that failed for a reason that only the log has.
func ImportFailed() *Problem { return of("", "import_failed") }

// Exports that failed.

// ExportFailed is an export that failed for a reason that only the log has.
func ExportFailed() *Problem { return of("", "export_failed") }

// ExportsFull is an export without room for its file.
func ExportsFull() *Problem { return of("", "exports_full") }
