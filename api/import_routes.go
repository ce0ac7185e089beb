package api

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"time"
	"unicode"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-chi/chi/v5"

	"tungnha/api/httpx"
	"tungnha/api/request"
	"tungnha/data/ingest"
)

// importProgress is how far an import is.
type importProgress struct {
	File  string `json:"file" doc:"being read now"`
	Bytes int64  `json:"bytes" doc:"read so far, of all files"`
	Total int64  `json:"total" doc:"size of all files"`
	Rows  int    `json:"rows" doc:"handled so far"`
}

// ImportSummary is what everybody may know of an import: it names no file and no record. It is
// exported for huma, which describes no others where they are embedded.
type ImportSummary struct {
	Status   importState    `json:"status" enum:"receiving,importing,done,failed"`
	Began    string         `json:"began" format:"date-time"`
	Ended    *string        `json:"ended" format:"date-time"`
	Progress importProgress `json:"progress"`
	Rows     int            `json:"rows" doc:"of all files of a finished one"`
	Created  int            `json:"created"`
	Updated  int            `json:"updated"`
	Rejected int            `json:"rejected"`
}

// importsFound is what there is to know about imports.
type importsFound struct {
	Enabled  bool            `json:"enabled" doc:"whether this server takes files"`
	MaxBytes int64           `json:"max_bytes" doc:"of all files of one import"`
	MaxFiles int             `json:"max_files" doc:"of one import"`
	Imports  []ImportSummary `json:"imports" doc:"the latest first; those of this server since it was started"`
}

// importStatus is one import, to whom knows its id.
type importStatus struct {
	ID string `json:"id"`
	ImportSummary
	Files  []importedFile `json:"files" doc:"as they came"`
	Reason *string        `json:"reason" doc:"why it failed; nothing was changed then"`
	Report *ingest.Report `json:"report" doc:"of a finished one; the file that rejects_file names is below this address"`
}

// TransformSchema describes the members that may be null.
func (importStatus) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	return orNull(s, "report")
}

func instant(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	text := t.UTC().Format(time.RFC3339)
	return &text
}

// summary describes an import. imports.mu is held.
func (one *importRun) summary() ImportSummary {
	s := ImportSummary{Status: one.state, Began: *instant(one.began), Ended: instant(one.ended), Progress: importProgress(one.progress)}
	s.Progress.File = "" // a name may tell more than its owner wants to
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

func (im *imports) status(one *importRun) importStatus {
	im.mu.Lock()
	defer im.mu.Unlock()
	s := importStatus{ID: one.id, ImportSummary: one.summary(), Files: append([]importedFile{}, one.files...), Report: one.report}
	s.Progress.File = one.progress.File
	if one.state == notDone {
		s.Reason = &one.reason
	}
	return s
}

func (s *Server) getImports(w http.ResponseWriter, r *http.Request) {
	im := s.imports
	found := importsFound{Enabled: im.store != nil, MaxBytes: im.limits.bytes, MaxFiles: im.limits.files, Imports: []ImportSummary{}}
	im.mu.Lock()
	for i := len(im.all) - 1; i >= 0; i-- {
		found.Imports = append(found.Imports, im.all[i].summary())
	}
	im.mu.Unlock()
	httpx.WriteFresh(w, http.StatusOK, &found)
}

func (s *Server) getImport(w http.ResponseWriter, r *http.Request) {
	one, err := s.imports.find(chi.URLParam(r, "id"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	status := s.imports.status(one)
	if status.Ended == nil {
		w.Header().Set("Retry-After", "1")
	}
	httpx.WriteFresh(w, http.StatusOK, &status)
}

// getRejects answers with the rows of one file that could not be used.
func (s *Server) getRejects(w http.ResponseWriter, r *http.Request) {
	one, err := s.imports.find(chi.URLParam(r, "id"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	name := chi.URLParam(r, "file")
	status := s.imports.status(one)
	known := false
	if status.Report != nil {
		for _, f := range status.Report.Files {
			known = known || f.RejectsFile == name && name != ""
		}
	}
	if !known {
		s.fail(w, r, request.NotFound("file of rejects", name))
		return
	}
	f, err := os.Open(filepath.Join(one.folder.path, "rejects", name))
	if err != nil {
		s.fail(w, r, err)
		return
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
}

// postImport takes files and answers as soon as they have arrived; they are imported while
// the client asks how far that is.
func (s *Server) postImport(w http.ResponseWriter, r *http.Request) {
	one, err := s.takeImport(w, r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	status := s.imports.status(one)
	w.Header().Set("Location", "/api/v1/imports/"+one.id)
	httpx.WriteFresh(w, http.StatusAccepted, &status)
}

func (s *Server) takeImport(w http.ResponseWriter, r *http.Request) (*importRun, error) {
	if s.config.Imports == nil {
		return nil, errImportsOff
	}
	a, err := request.From(r.Context())
	if err != nil {
		return nil, err
	}
	query, err := request.QueryOf(r, "kind")
	if err != nil {
		return nil, err
	}
	options := ingest.Options{Now: s.config.Clock(), Skills: a.View.Config().Skills}
	if query.Has("kind") {
		if options.Kind, err = ingest.ParseKind(query.Get("kind")); err != nil {
			return nil, request.Parameter("query.kind", query.Get("kind"), err.Error())
		}
	}
	if t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || t != "multipart/form-data" {
		return nil, request.MediaType(r.Header.Get("Content-Type"), "multipart/form-data")
	}
	one, err := s.imports.begin()
	if err != nil {
		return nil, err
	}
	if err = s.receive(w, r, one); err == nil {
		err = s.imports.start(one, options)
	}
	if err != nil {
		s.imports.abandon(one)
		return nil, err
	}
	return one, nil
}

// receivePatience is how long a client may take to send another piece of a file.
const receivePatience = 30 * time.Second

// arriving puts off the deadline of the request with every piece that arrives.
type arriving struct {
	io.ReadCloser
	conn *http.ResponseController
}

func (a *arriving) Read(b []byte) (int, error) {
	until := time.Now().Add(receivePatience)
	if err := errors.Join(a.conn.SetReadDeadline(until), a.conn.SetWriteDeadline(until.Add(receivePatience))); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return 0, err
	}
	return a.ReadCloser.Read(b)
}

// receive writes the files of a form beside each other.
func (s *Server) receive(w http.ResponseWriter, r *http.Request, one *importRun) error {
	limits := s.imports.limits
	r.Body = http.MaxBytesReader(w, &arriving{r.Body, http.NewResponseController(w)}, limits.bytes)
	form, err := r.MultipartReader()
	if err != nil {
		return httpx.Problem(http.StatusBadRequest, "body: "+err.Error())
	}
	var files []importedFile
	for {
		part, err := form.NextPart()
		if err == io.EOF && len(files) == 0 {
			return request.Parameter("body", "", "there is no file in the form")
		}
		if err == io.EOF {
			s.imports.mu.Lock()
			defer s.imports.mu.Unlock()
			one.files = files
			return nil
		}
		if err != nil {
			return formError(err)
		}
		if part.FileName() == "" {
			return request.Parameter("body."+part.FormName(), "", "is not a file: the form holds files alone")
		}
		if len(files) == limits.files {
			return request.Parameter("body", "", fmt.Sprintf("more than %d files: send them in several imports", limits.files))
		}
		file, err := saveFile(part, filepath.Join(one.folder.path, "files"), fileName(part.FileName(), files))
		if err != nil {
			return err
		}
		files = append(files, file)
	}
}

func saveFile(part *multipart.Part, dir, name string) (importedFile, error) {
	f, err := os.OpenFile(filepath.Join(dir, name), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return importedFile{}, err
	}
	source := &partReader{part: part}
	n, err := io.Copy(f, source)
	if source.err != nil {
		err = formError(source.err) // not of our disk
	}
	return importedFile{name, n}, errors.Join(err, f.Close())
}

// partReader remembers the error of what is read, to tell it from those of writing.
type partReader struct {
	part *multipart.Part
	err  error
}

func (p *partReader) Read(b []byte) (int, error) {
	n, err := p.part.Read(b)
	if err != nil && err != io.EOF {
		p.err = err
	}
	return n, err
}

// formError tells a form that is broken from one that is too large, or whose client is gone.
func formError(err error) error {
	var tooLarge *http.MaxBytesError
	var broken net.Error
	if errors.As(err, &tooLarge) || errors.As(err, &broken) {
		return err
	}
	return httpx.Problem(http.StatusBadRequest, "body: the form ends before its last file does, or is none: "+err.Error())
}

// maxFileName bounds the name of a file in letters; each takes at most four bytes.
const maxFileName = 60

// fileName makes a plain name of whatever a client calls its file, another than those before.
func fileName(name string, before []importedFile) string {
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	plain := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || strings.ContainsRune("._- ()", r) {
			return r
		}
		return '_'
	}, strings.ToValidUTF8(name, "_"))
	letters := []rune(strings.TrimLeft(plain, ". "))
	if over := len(letters) - maxFileName; over > 0 {
		letters = letters[over:] // the end tells what it is
	}
	plain = strings.TrimSpace(string(letters))
	if plain == "" {
		plain = "file"
	}
	unique := plain
	for n := 2; ; n++ {
		taken := false
		for _, f := range before {
			taken = taken || strings.EqualFold(f.Name, unique)
		}
		if !taken {
			return unique
		}
		unique = fmt.Sprintf("%d-%s", n, plain)
	}
}

// describeImports adds the routes of imports to the OpenAPI document. They are plain ones:
// an import changes while the data do not.
func (s *Server) describeImports() {
	doc := s.huma.OpenAPI()
	schemas := doc.Components.Schemas
	for name, of := range map[string]reflect.Type{"ImportStatus": reflect.TypeFor[importStatus](),
		"ImportsFound": reflect.TypeFor[importsFound](), "State": reflect.TypeFor[state]()} {
		schemas.Map()[name] = huma.SchemaFromType(schemas, of)
	}
	answer := func(description, schema string) *huma.Response {
		return &huma.Response{Description: description, Content: map[string]*huma.MediaType{
			"application/json": {Schema: &huma.Schema{Ref: "#/components/schemas/" + schema}}}}
	}
	problem := problemResponse()
	text := &huma.Schema{Type: huma.TypeString}
	id := &huma.Param{Name: "id", In: "path", Required: true, Schema: text, Description: "as the Location of the answer 202 has it"}
	add := func(op huma.Operation, parameters ...*huma.Param) {
		op.Tags, op.Parameters = []string{"imports"}, parameters
		op.Responses["default"] = problem
		doc.AddOperation(&op)
	}
	add(huma.Operation{OperationID: "get-state", Method: http.MethodGet, Path: "/api/v1/state", Summary: "What is in memory, and how it stands to the database",
		Responses: map[string]*huma.Response{"200": answer("The state", "State")}})
	add(huma.Operation{OperationID: "list-imports", Method: http.MethodGet, Path: "/api/v1/imports", Summary: "Whether files are taken, and the imports so far",
		Responses: map[string]*huma.Response{"200": answer("The imports, without anything that only their senders may know", "ImportsFound")}})
	binary := &huma.Schema{Type: huma.TypeArray, Items: &huma.Schema{Type: huma.TypeString, Format: "binary"}}
	add(huma.Operation{OperationID: "post-import", Method: http.MethodPost, Path: "/api/v1/imports", Summary: "Import files",
		Description: "A form with the files of one import, which go in together or not at all. What each holds is told from its columns, or by kind. The answer comes when they have arrived; Location says where to ask how far the import is. Only where the server was started with --imports.",
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"multipart/form-data": {Schema: &huma.Schema{
			Type: huma.TypeObject, Properties: map[string]*huma.Schema{"file": binary}}}}},
		Responses: map[string]*huma.Response{"202": answer("The import, under way", "ImportStatus"), "403": problem, "409": problem, "413": problem, "415": problem, "422": problem}},
		&huma.Param{Name: "kind", In: "query", Schema: text, Description: "what all the files hold: areas, hamlets, households, teams or visits"})
	add(huma.Operation{OperationID: "get-import", Method: http.MethodGet, Path: "/api/v1/imports/{id}", Summary: "How far an import is, and its report",
		Responses: map[string]*huma.Response{"200": answer("The import", "ImportStatus")}}, id)
	add(huma.Operation{OperationID: "get-rejects", Method: http.MethodGet, Path: "/api/v1/imports/{id}/{file}", Summary: "The rows of a file that could not be used, to be mended and imported again",
		Responses: map[string]*huma.Response{"200": {Description: "The rows", Content: map[string]*huma.MediaType{"text/csv": {}, "application/geo+json-seq": {}}}}},
		id, &huma.Param{Name: "file", In: "path", Required: true, Schema: text, Description: "rejects_file of the report: rejects.csv, where one file was sent"})
}
