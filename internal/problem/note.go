package problem

// Notes: what was read otherwise than it stands in a file, once a column. How often it was is told beside.

// TakenAsEmpty is a column with texts that stand for no value.
func TakenAsEmpty(column, value string) *Problem {
	return of(column, "taken_as_empty", "value", shown(value))
}

// ZoneTaken is a column with times of no time zone.
func ZoneTaken(column, value string) *Problem { return of(column, "zone_taken", "value", shown(value)) }

// InvisibleDropped is a column with characters that nobody sees.
func InvisibleDropped(column string, line int) *Problem {
	return of(column, "invisible_dropped", "line", line)
}

// RowsNotApproved are rows that a form tool marks in a column as rejected.
func RowsNotApproved(column, value string) *Problem {
	return of(column, "rows_not_approved", "value", shown(value))
}

// HeaderAgain is a header among the rows.
func HeaderAgain(line int) *Problem { return of("", "header_again", "line", line) }

// TotalLeftOut is a row that adds up the others.
func TotalLeftOut(value string, line int) *Problem {
	return of("", "total_left_out", "value", shown(value), "line", line)
}

// ColumnReadAs is a column of a file that has another name there.
func ColumnReadAs(column, name string) *Problem {
	return of(column, "column_read_as", "name", Clip(name, maxName))
}

// ChoicesReadAs is a list that a file has as a column for each choice.
func ChoicesReadAs(column, name string) *Problem {
	return of(column, "choices_read_as", "name", Clip(name, maxName))
}

// maxName bounds how much of the name of a column is shown, in bytes.
const maxName = 80
