package transfer

import (
	"mime"
	"net/http"
	"os"
	"path/filepath"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-chi/chi/v5"

	"tungnha/api/httpx"
	"tungnha/api/request"
	"tungnha/data/ingest"
	"tungnha/data/ingest/scan"
	"tungnha/internal/problem"
)

// The routes of imports are plain ones: an import changes while the data do not.

func describeImport(op *huma.Operation, id, summary string, parameters ...*huma.Param) {
	op.OperationID, op.Summary, op.Tags, op.Parameters = id, summary, []string{"imports"}, parameters
}

// DescribeList describes List.
func (im *Imports) DescribeList(op *huma.Operation, schemas huma.Registry) {
	describeImport(op, "list-imports", "Whether files are taken, and the imports so far")
	op.Responses["200"] = httpx.JSONResponse[ImportsFound](schemas,
		"The imports, without anything that only their senders may know")
}

// List answers with what is public of the imports.
func (im *Imports) List(w http.ResponseWriter, _ *http.Request) error {
	found := ImportsFound{Enabled: im.store != nil, MaxBytes: im.Limits.Bytes, MaxFiles: im.Limits.Files,
		Imports: []ImportSummary{}}
	im.mu.Lock()
	for i := len(im.all) - 1; i >= 0; i-- {
		found.Imports = append(found.Imports, im.all[i].summary())
	}
	im.mu.Unlock()
	httpx.WriteFresh(w, http.StatusOK, &found)
	return nil
}

// DescribeGet describes Get.
func (im *Imports) DescribeGet(op *huma.Operation, schemas huma.Registry) {
	describeImport(op, "get-import", "How far an import is, and its report", acceptedID())
	op.Responses["200"] = httpx.JSONResponse[ImportStatus](schemas, "The import")
}

// Get answers with the status of an import, and its report.
func (im *Imports) Get(w http.ResponseWriter, r *http.Request) error {
	one, err := im.find(chi.URLParam(r, "id"), request.Viewer(r.Context()).Key())
	if err != nil {
		return err
	}
	status := im.status(one)
	if status.Ended == nil {
		w.Header().Set("Retry-After", "1")
	}
	httpx.WriteFresh(w, http.StatusOK, &status)
	return nil
}

// DescribeRejects describes Rejects.
func (im *Imports) DescribeRejects(op *huma.Operation, _ huma.Registry) {
	describeImport(op, "get-rejects", "The rows of a file that could not be used, to be mended and imported again",
		acceptedID(),
		&huma.Param{Name: "file", In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeString},
			Description: "rejects_file of the report: rejects.csv, where one file was sent"})
	op.Responses["200"] = &huma.Response{Description: "The rows",
		Content: map[string]*huma.MediaType{"text/csv": {}, "application/geo+json-seq": {}}}
}

// Rejects answers with the rows of one file that could not be used.
func (im *Imports) Rejects(w http.ResponseWriter, r *http.Request) error {
	one, err := im.find(chi.URLParam(r, "id"), request.Viewer(r.Context()).Key())
	if err != nil {
		return err
	}
	name := chi.URLParam(r, "file")
	status := im.status(one)
	known := false
	if status.Report != nil {
		for _, f := range status.Report.Files {
			known = known || f.RejectsFile == name && name != ""
		}
	}
	if !known {
		return request.NotFound("file of rejects", name)
	}
	f, err := os.Open(filepath.Join(one.folder.path, "rejects", name))
	if err != nil {
		return err
	}
	defer f.Close()
	h := w.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	if filepath.Ext(name) != ".csv" {
		h.Set("Content-Type", "application/geo+json-seq")
	}
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	h.Set("Cache-Control", "no-store")
	httpx.ServeRanges(w, r, f)
	return nil
}

// DescribePost describes Post.
func (im *Imports) DescribePost(op *huma.Operation, schemas huma.Registry) {
	describeImport(op, "post-import", "Import files", &huma.Param{Name: "kind", In: "query",
		Schema: &huma.Schema{Type: huma.TypeString}, Description: "what all the files hold: areas, hamlets, " +
			"households, teams or visits"},
		&huma.Param{Name: "dates", In: "query",
			Schema:      &huma.Schema{Type: huma.TypeString, Enum: []any{"ymd", "dmy"}, Default: "ymd"},
			Description: "how days are written: ymd is 2026-12-31 alone, dmy is 31/12/2026 too"},
		&huma.Param{Name: "encoding", In: "query",
			Schema:      &huma.Schema{Type: huma.TypeString, Enum: []any{"utf-8", "windows-1258"}, Default: "utf-8"},
			Description: "how letters are written: windows-1258 is that of old programs"})
	op.Description = "A form with the files of one import, which go in together or not at all. " +
		"What each holds is told from its columns, or by kind. The answer comes when they have arrived; " +
		"Location says where to ask how far the import is. Only where the server was started with --imports."
	binary := &huma.Schema{Type: huma.TypeArray, Items: &huma.Schema{Type: huma.TypeString, Format: "binary"}}
	op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"multipart/form-data": {
		Schema: &huma.Schema{Type: huma.TypeObject, Properties: map[string]*huma.Schema{"file": binary}}}}}
	op.Responses["202"] = httpx.JSONResponse[ImportStatus](schemas, "The import, under way")
	for _, status := range []string{"403", "409", "413", "415", "422"} {
		op.Responses[status] = httpx.ProblemResponse()
	}
}

// Post takes files and answers as soon as they have arrived; they are imported while the client
// polls how far that is.
func (im *Imports) Post(w http.ResponseWriter, r *http.Request) error {
	one, err := im.take(w, r)
	if err != nil {
		return err
	}
	status := im.status(one)
	w.Header().Set("Location", "/api/v1/imports/"+one.id)
	httpx.WriteFresh(w, http.StatusAccepted, &status)
	return nil
}

func (im *Imports) take(w http.ResponseWriter, r *http.Request) (*importRun, error) {
	if im.store == nil {
		return nil, ErrImportsOff
	}
	a, err := request.From(r.Context())
	if err != nil {
		return nil, err
	}
	query, err := request.QueryOf(r, "kind", "dates", "encoding")
	if err != nil {
		return nil, err
	}
	options := ingest.Options{Now: im.clock(), Skills: a.View.Config().Skills}
	if query.Has("kind") {
		var p *problem.Problem
		if options.Kind, p = ingest.ParseKind(query.Get("kind")); p != nil {
			return nil, request.Parameter("query", "kind", query.Get("kind"), p)
		}
	}
	switch order := query.Get("dates"); order {
	case "", "ymd":
	case "dmy":
		options.DayFirst = true
	default:
		return nil, request.Parameter("query", "dates", order, problem.WantOneOf("ymd", "dmy"))
	}
	if name := query.Get("encoding"); name != "" {
		var p *problem.Problem
		if options.Encoding, p = scan.ParseEncoding(name); p != nil {
			return nil, request.Parameter("query", "encoding", name, p)
		}
	}
	if t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || t != "multipart/form-data" {
		return nil, request.MediaType(r.Header.Get("Content-Type"), "multipart/form-data")
	}
	if r.ContentLength > im.Limits.Bytes { // before any of it is read
		return nil, &http.MaxBytesError{Limit: im.Limits.Bytes}
	}
	one, err := im.begin(a.View.Key())
	if err != nil {
		return nil, err
	}
	if err = im.receive(w, r, one); err == nil {
		err = im.start(one, options)
	}
	if err != nil {
		im.abandon(one)
		return nil, err
	}
	return one, nil
}
