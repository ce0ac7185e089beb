package ingest

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"unicode"

	"tungnha/data"
)

// Report says what an import did.
type Report struct {
	Files   []*FileReport `json:"files"` // in the order in which they were read
	Seconds float64       `json:"seconds"`
}

// FileReport says what became of the rows of one file.
type FileReport struct {
	File        string         `json:"file"`
	Kind        data.Kind      `json:"kind"`
	Rows        int            `json:"rows"`
	Created     int            `json:"created"`
	Updated     int            `json:"updated"`
	Unchanged   int            `json:"unchanged"`
	Rejected    int            `json:"rejected"`
	Changed     map[string]int `json:"changed,omitempty"` // of the updates: how many changed each field
	Rejects     []*Finding     `json:"rejects,omitempty"`
	RejectsFile string         `json:"rejects_file,omitempty"`
	Warnings    []*Finding     `json:"warnings,omitempty"`
	Seconds     float64        `json:"seconds"`

	rejects, warnings map[data.Problem]*Finding
}

// Finding is one thing found wrong, in however many rows, the most frequent first.
type Finding struct {
	Field  string `json:"field,omitempty"`
	Reason string `json:"reason"` // with … for what differs from row to row
	Count  int    `json:"count"`
	First  []Note `json:"first"` // the first 20
}

// Note is one row of a finding.
type Note struct {
	Line   int    `json:"line"`         // on which the row begins; 1 for what is true of the whole file
	ID     string `json:"id,omitempty"` // of the record: many a GeoJSON file has one line only
	Reason string `json:"reason"`
}

// The limits of what a report keeps of one file.
const (
	maxNotes    = 20
	maxFindings = 100
)

// Rejected is the number of rows rejected in all files.
func (r *Report) Rejected() (n int) {
	for _, f := range r.Files {
		n += f.Rejected
	}
	return n
}

func newFileReport(s *source) *FileReport {
	f := &FileReport{File: s.path, Kind: s.kind, Changed: map[string]int{},
		rejects: map[data.Problem]*Finding{}, warnings: map[data.Problem]*Finding{}}
	if s.kind != data.Areas && len(s.missing) > 0 { // what a file of areas does not have stays as it was
		f.warn(1, "", &data.Problem{Field: "", Reason: "the file has no column " + strings.Join(s.missing, ", ") + ": taken as empty"})
	}
	return f
}

// accept counts a row that the store has taken.
func (f *FileReport) accept(row *batchRow, e *data.PutResult) {
	f.Rows++
	switch e.Change {
	case data.Created:
		f.Created++
	case data.Updated:
		f.Updated++
		for _, field := range e.Fields {
			f.Changed[field]++
		}
	case data.Unchanged:
		f.Unchanged++
	}
	for _, w := range row.warnings {
		f.warn(row.line, row.id, w)
	}
	if e.Problem != nil {
		f.warn(row.line, row.id, e.Problem)
	}
}

func (f *FileReport) reject(row *batchRow, p *data.Problem) {
	f.Rows++
	f.Rejected++
	find(f.rejects, row.line, row.id, p)
}

func (f *FileReport) warn(line int, id string, p *data.Problem) { find(f.warnings, line, id, p) }

// find adds a row to the finding of its kind.
func find(findings map[data.Problem]*Finding, line int, id string, p *data.Problem) {
	class := data.Problem{Field: p.Field, Reason: reasonClass(p.Reason)}
	finding := findings[class]
	if finding == nil && len(findings) >= maxFindings {
		class = data.Problem{Field: "", Reason: "other reasons"}
		finding = findings[class]
	}
	if finding == nil {
		finding = &Finding{Field: class.Field, Reason: class.Reason}
		findings[class] = finding
	}
	finding.Count++
	if len(finding.First) < maxNotes {
		finding.First = append(finding.First, Note{line, strings.Clone(clip(id, maxID)), p.Reason})
	}
}

// reasonClass returns a reason without what differs from row to row: what stands in
// quotes, and words that hold a digit.
func reasonClass(reason string) string {
	var b strings.Builder
	for reason != "" {
		switch end := strings.IndexByte(reason, ' '); {
		case reason[0] == '"' && closingQuote(reason) > 0:
			b.WriteString(`"…"`)
			reason = reason[closingQuote(reason)+1:]
		case end == 0:
			b.WriteByte(' ')
			reason = reason[1:]
		default:
			if end < 0 {
				end = len(reason)
			}
			word := reason[:end]
			if strings.IndexFunc(word, unicode.IsDigit) >= 0 {
				rest := strings.TrimRight(word, ":;,.)")
				word = "…" + word[len(rest):]
			}
			b.WriteString(word)
			reason = reason[end:]
		}
	}
	return b.String()
}

// closingQuote returns the place of the quote that ends the quoted text s begins with, or
// -1.
func closingQuote(s string) int {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i
		}
	}
	return -1
}

// finish puts the findings in order.
func (f *FileReport) finish() {
	f.Rejects, f.Warnings = sortFindings(f.rejects), sortFindings(f.warnings)
	f.rejects, f.warnings = nil, nil
}

func sortFindings(findings map[data.Problem]*Finding) []*Finding {
	sorted := make([]*Finding, 0, len(findings))
	for _, finding := range findings {
		sorted = append(sorted, finding)
	}
	slices.SortFunc(sorted, func(a, b *Finding) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Field, b.Field), cmp.Compare(a.Reason, b.Reason))
	})
	return sorted
}

// WriteTo writes the report for people to read.
func (r *Report) WriteTo(w io.Writer) (int64, error) {
	var b strings.Builder
	table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "rows\tcreated\tupdated\tunchanged\trejected\tseconds\t  kind\t  file")
	for _, f := range r.Files {
		fmt.Fprintf(table, "%d\t%d\t%d\t%d\t%d\t%.1f\t  %s\t  %s\n",
			f.Rows, f.Created, f.Updated, f.Unchanged, f.Rejected, f.Seconds, f.Kind, f.File)
	}
	table.Flush()
	for _, f := range r.Files {
		f.writeDetails(&b)
	}
	n, err := io.WriteString(w, b.String())
	return int64(n), err
}

// String returns what WriteTo writes.
func (r *Report) String() string {
	var b strings.Builder
	_, _ = r.WriteTo(&b) // a Builder takes everything
	return b.String()
}

// writeDetails writes what is worth a line beyond the counts.
func (f *FileReport) writeDetails(b *strings.Builder) {
	if len(f.Changed) > 0 {
		fields := make([]string, 0, len(f.Changed))
		for field, n := range f.Changed {
			fields = append(fields, fmt.Sprintf("%s %d", field, n))
		}
		slices.Sort(fields)
		fmt.Fprintf(b, "\n%s: changed: %s\n", f.File, strings.Join(fields, ", "))
	}
	f.writeFindings(b, "rejected", f.Rejects)
	if f.RejectsFile != "" {
		fmt.Fprintf(b, "  mend and import again: %s\n", f.RejectsFile)
	}
	f.writeFindings(b, "warnings", f.Warnings)
}

func (f *FileReport) writeFindings(b *strings.Builder, title string, findings []*Finding) {
	if len(findings) == 0 {
		return
	}
	const shown = 3
	fmt.Fprintf(b, "\n%s: %s:\n", f.File, title)
	for _, finding := range findings {
		fmt.Fprintf(b, "%8d  %s\n", finding.Count, joinField(finding.Field, finding.Reason))
		for _, note := range finding.First[:min(shown, len(finding.First))] {
			fmt.Fprintf(b, "          line %d%s: %s\n", note.Line, note.idText(), joinField(finding.Field, note.Reason))
		}
	}
}

func (n *Note) idText() string {
	if n.ID == "" {
		return ""
	}
	return fmt.Sprintf(" (%s)", strings.ToValidUTF8(n.ID, "?"))
}

func joinField(field, reason string) string {
	if field == "" {
		return reason
	}
	return field + " " + reason
}
