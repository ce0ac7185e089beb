package ingest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"tungnha/data"
	"tungnha/data/ingest/value"
	"tungnha/internal/problem"
)

// Report is what an import did.
type Report struct {
	Files   []*FileReport `json:"files"` // in the order in which they were read
	Seconds float64       `json:"seconds"`
}

// FileReport is what became of the rows of one file.
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
	Notes       []ColumnNote   `json:"notes,omitempty"`
	Seconds     float64        `json:"seconds"`

	rejects, warnings map[string]*Finding // by the kind of problem
}

// ColumnNote is what was read otherwise than it stands in a column of the file: nothing is lost.
type ColumnNote struct {
	Column   string       `json:"column,omitempty"` // empty where whole rows are meant
	Code     problem.Code `json:"code"`
	Count    int          `json:"count"` // of values or rows
	Reason   string       `json:"reason"`
	ReasonVI string       `json:"reason_vi"`
}

// Finding is a problem in however many rows, the most frequent first.
type Finding struct {
	Field    string       `json:"field,omitempty"`
	Reason   string       `json:"reason"` // in English, with … for what differs from row to row
	Count    int          `json:"count"`
	First    []Note       `json:"first"` // the first 20
	Code     problem.Code `json:"code"`
	ReasonVI string       `json:"reason_vi"`

	merged *problem.Problem // of all rows
}

// Note is one row of a finding.
type Note struct {
	Line     int            `json:"line"`         // on which the row begins; 1 for what is true of the whole file
	ID       string         `json:"id,omitempty"` // of the record: many a GeoJSON file has one line only
	Reason   string         `json:"reason"`
	Code     problem.Code   `json:"code"`
	Params   map[string]any `json:"params,omitempty"` // the parameters of the code, by name
	ReasonVI string         `json:"reason_vi"`
}

// The limits of what a report keeps of one file.
const (
	maxNotes    = 20
	maxFindings = 100
)

// Empty names the files that have no row of a record at all.
func (r *Report) Empty() (files []string) {
	for _, f := range r.Files {
		if f.Rows == 0 {
			files = append(files, f.File)
		}
	}
	return files
}

// Rejected is the number of rows rejected in all files.
func (r *Report) Rejected() (n int) {
	for _, f := range r.Files {
		n += f.Rejected
	}
	return n
}

func newFileReport(s *source) *FileReport {
	f := &FileReport{File: s.name, Kind: s.kind, Changed: map[string]int{},
		rejects: map[string]*Finding{}, warnings: map[string]*Finding{}}
	if s.kind != data.Areas && len(s.missing) > 0 {
		f.warn(1, "", problem.ColumnsKept(s.missing))
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

func (f *FileReport) reject(row *batchRow, p *problem.Problem) {
	f.Rows++
	f.Rejected++
	find(f.rejects, row.line, row.id, p)
}

func (f *FileReport) warn(line int, id string, p *problem.Problem) { find(f.warnings, line, id, p) }

// find adds a row to the finding of its kind.
func find(findings map[string]*Finding, line int, id string, p *problem.Problem) {
	class := p
	kind := class.Kind()
	finding := findings[kind]
	if finding == nil && len(findings) >= maxFindings {
		class = problem.Other()
		kind = class.Kind()
		finding = findings[kind]
	}
	if finding == nil {
		finding = &Finding{Field: class.Field, Code: class.Code(), merged: class}
		findings[kind] = finding
	}
	if class == p {
		finding.merged = finding.merged.Merge(p)
	}
	finding.Count++
	if len(finding.First) < maxNotes {
		finding.First = append(finding.First, Note{
			Line: line, ID: strings.Clone(problem.Clip(id, value.MaxID)), Code: p.Code(), Params: p.Params(),
			Reason: p.Reason(problem.English), ReasonVI: p.Reason(problem.Vietnamese),
		})
	}
}

// note adds the notes of the file.
func (f *FileReport) note(notes *value.Notes) {
	for _, n := range notes.All() {
		p := n.Problem()
		f.Notes = append(f.Notes, ColumnNote{Column: n.Column, Code: p.Code(), Count: n.Count,
			Reason: p.Reason(problem.English), ReasonVI: p.Reason(problem.Vietnamese)})
	}
}

// finish puts the findings in order.
func (f *FileReport) finish() {
	f.Rejects, f.Warnings = sortFindings(f.rejects), sortFindings(f.warnings)
	f.rejects, f.warnings = nil, nil
}

func sortFindings(findings map[string]*Finding) []*Finding {
	sorted := make([]*Finding, 0, len(findings))
	for _, finding := range findings {
		finding.Reason, finding.ReasonVI = finding.merged.Class(problem.English),
			finding.merged.Class(problem.Vietnamese)
		sorted = append(sorted, finding)
	}
	slices.SortFunc(sorted, func(a, b *Finding) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Field, b.Field), cmp.Compare(a.Reason, b.Reason))
	})
	return sorted
}

// labels are the words of a report in one language.
type labels struct {
	header   string // of the table of files, between tabs
	changed  string
	rejected string
	mend     string
	warnings string
	notes    string
	line     string
}

var englishLabels = labels{
	header:   "rows\tcreated\tupdated\tunchanged\trejected\tseconds\t  kind\t  file",
	changed:  "changed",
	rejected: "rejected",
	mend:     "mend and import again",
	warnings: "warnings",
	notes:    "notes",
	line:     "line",
}

var vietnameseLabels = labels{
	header:   "số dòng\tthêm mới\tcập nhật\tgiữ nguyên\tbị loại\tgiây\t  loại\t  tệp",
	changed:  "trường thay đổi",
	rejected: "bị loại",
	mend:     "sửa rồi nhập lại",
	warnings: "cảnh báo",
	notes:    "ghi chú",
	line:     "dòng",
}

func labelsIn(l problem.Lang) *labels {
	if l == problem.Vietnamese {
		return &vietnameseLabels
	}
	return &englishLabels
}

// Text returns the report for people to read.
func (r *Report) Text(l problem.Lang) string {
	var b strings.Builder
	table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, labelsIn(l).header)
	for _, f := range r.Files {
		fmt.Fprintf(table, "%d\t%d\t%d\t%d\t%d\t%.1f\t  %s\t  %s\n",
			f.Rows, f.Created, f.Updated, f.Unchanged, f.Rejected, f.Seconds, problem.Word(string(f.Kind), l), f.File)
	}
	table.Flush()
	for _, f := range r.Files {
		f.writeDetails(&b, l)
	}
	return b.String()
}

// writeDetails writes what is worth a line beyond the counts.
func (f *FileReport) writeDetails(b *strings.Builder, l problem.Lang) {
	in := labelsIn(l)
	if len(f.Changed) > 0 {
		fields := make([]string, 0, len(f.Changed))
		for field, n := range f.Changed {
			fields = append(fields, fmt.Sprintf("%s %d", field, n))
		}
		slices.Sort(fields)
		fmt.Fprintf(b, "\n%s: %s: %s\n", f.File, in.changed, strings.Join(fields, ", "))
	}
	f.writeFindings(b, in.rejected, f.Rejects, l)
	if f.RejectsFile != "" {
		fmt.Fprintf(b, "  %s: %s\n", in.mend, f.RejectsFile)
	}
	f.writeFindings(b, in.warnings, f.Warnings, l)
	if len(f.Notes) > 0 {
		fmt.Fprintf(b, "\n%s: %s:\n", f.File, in.notes)
	}
	for _, n := range f.Notes {
		fmt.Fprintf(b, "%8d  %s\n", n.Count, withField(n.Column, n.Reason, n.ReasonVI, l))
	}
}

func (f *FileReport) writeFindings(b *strings.Builder, title string, findings []*Finding, l problem.Lang) {
	if len(findings) == 0 {
		return
	}
	const shown = 3
	fmt.Fprintf(b, "\n%s: %s:\n", f.File, title)
	for _, finding := range findings {
		fmt.Fprintf(b, "%8d  %s\n", finding.Count, withField(finding.Field, finding.Reason, finding.ReasonVI, l))
		for _, note := range finding.First[:min(shown, len(finding.First))] {
			fmt.Fprintf(b, "          %s %d%s: %s\n", labelsIn(l).line, note.Line, note.idText(),
				withField(finding.Field, note.Reason, note.ReasonVI, l))
		}
	}
}

func (n *Note) idText() string {
	if n.ID == "" {
		return ""
	}
	return fmt.Sprintf(" (%s)", strings.ToValidUTF8(n.ID, "?"))
}

// withField returns the reason in a language behind its field.
func withField(field, english, vietnamese string, l problem.Lang) string {
	if l == problem.Vietnamese {
		return l.Join(field, vietnamese)
	}
	return l.Join(field, english)
}

// String returns the report in English.
func (r *Report) String() string { return r.Text(problem.English) }
