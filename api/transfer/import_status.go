package transfer

import (
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tungnha/api/httpx"
	"tungnha/data/ingest"
	"tungnha/internal/problem"
)

// ImportProgress is how far an import is.
type ImportProgress struct {
	File  string `json:"file" doc:"being read now"`
	Bytes int64  `json:"bytes" doc:"read so far, of all files"`
	Total int64  `json:"total" doc:"size of all files"`
	Rows  int    `json:"rows" doc:"handled so far"`
}

// ImportSummary is what is public of an import: it names no file and no record. It is
// exported for huma, which describes no others where they are embedded.
type ImportSummary struct {
	Status   importState    `json:"status" enum:"receiving,importing,done,failed"`
	Began    string         `json:"began" format:"date-time"`
	Ended    *string        `json:"ended" format:"date-time"`
	Progress ImportProgress `json:"progress"`
	Rows     int            `json:"rows" doc:"of all files of a finished one"`
	Created  int            `json:"created"`
	Updated  int            `json:"updated"`
	Rejected int            `json:"rejected"`
}

// ImportsFound is the list of imports.
type ImportsFound struct {
	Enabled  bool            `json:"enabled" doc:"whether this server takes files"`
	MaxBytes int64           `json:"max_bytes" doc:"of all files of one import"`
	MaxFiles int             `json:"max_files" doc:"of one import"`
	Imports  []ImportSummary `json:"imports" doc:"the latest first; those of this server since it was started"`
}

// ImportStatus is one import, for those who have its id.
type ImportStatus struct {
	ID string `json:"id"`
	ImportSummary
	Files  []ImportedFile `json:"files" doc:"as they came"`
	Reason *string        `json:"reason" doc:"why it failed; nothing was changed then"`

	Code     *problem.Code  `json:"code" doc:"of a failed one: what it is, for programs"`
	Params   map[string]any `json:"params,omitempty" doc:"what the code is said of, by name"`
	ReasonVI *string        `json:"reason_vi" doc:"reason in Vietnamese"`
	Report   *ingest.Report `json:"report" doc:"of a finished one; the file that rejects_file names is below this address"`
}

// TransformSchema describes the members that may be null.
func (ImportStatus) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	return httpx.OrNull(s, "report")
}

func instant(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	text := t.UTC().Format(time.RFC3339)
	return &text
}

// summary describes an import. Imports.mu is locked.
func (one *importRun) summary() ImportSummary {
	s := ImportSummary{Status: one.state, Began: *instant(one.began), Ended: instant(one.ended),
		Progress: ImportProgress(one.progress)}
	s.Progress.File = "" // the name of a file may be confidential
	if one.report != nil {
		for _, f := range one.report.Files {
			s.Rows += f.Rows
			s.Created += f.Created
			s.Updated += f.Updated
			s.Rejected += f.Rejected
		}
	}
	return s
}

func (im *Imports) status(one *importRun) ImportStatus {
	im.mu.Lock()
	defer im.mu.Unlock()
	s := ImportStatus{ID: one.id, ImportSummary: one.summary(), Files: append([]ImportedFile{}, one.files...),
		Report: one.report}
	s.Progress.File = one.progress.File
	if one.state == notDone {
		p := one.problem
		english, vietnamese, code := p.Reason(problem.English), p.Reason(problem.Vietnamese), p.Code()
		s.Reason, s.ReasonVI, s.Code, s.Params = &english, &vietnamese, &code, p.Params()
	}
	return s
}
