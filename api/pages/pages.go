// Package pages answers the pages of the web application: the map, the chair's page of a commune
// and the tables, each with what messengers and browsers need in its head.
package pages

import (
	"bytes"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"

	"tungnha/api/httpx"
	"tungnha/api/request"
)

// Server answers the pages of one build. It never changes while the program runs.
type Server struct {
	Programme string // name of the programme
	Sample    bool   // the data are made up

	files map[string]*pageFile
}

// pageFile is one file of the page, compressed when it is first requested.
type pageFile struct {
	raw       []byte
	mediaType string
	hash      string // of the raw bytes
	hashed    bool   // the name changes with the bytes

	once     sync.Once
	br, gzip []byte // nil where compression does not pay
}

// New returns a server of what the build of the pages left. Without it, where files is nil, it
// answers what is missing.
func New(files fs.FS) (*Server, error) {
	p := &Server{files: map[string]*pageFile{}}
	if files == nil {
		return p, nil
	}
	err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasPrefix(path.Base(name), ".") {
			return err
		}
		raw, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		p.files[name] = &pageFile{raw: raw, mediaType: mediaTypeOf(name), hash: httpx.Hash(raw),
			hashed: strings.HasPrefix(name, "assets/")}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("map page: %w", err)
	}
	return p, nil
}

// Files returns the names of the files that are no pages, which have addresses of their own.
func (s *Server) Files() []string {
	var names []string
	for name := range s.files {
		if path.Ext(name) != ".html" {
			names = append(names, name)
		}
	}
	return names
}

// mediaTypeOf does not lean on the machine's own table, which may lack a type or be wrong.
func mediaTypeOf(name string) string {
	switch path.Ext(name) {
	case ".html":
		return "text/html; charset=utf-8"
	case ".js", ".mjs":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".json", ".map":
		return "application/json"
	case ".webmanifest":
		return "application/manifest+json"
	case ".svg":
		return "image/svg+xml"
	case ".png":
		return "image/png"
	case ".ico":
		return "image/x-icon"
	case ".woff2":
		return "font/woff2"
	case ".woff":
		return "font/woff"
	}
	if t := mime.TypeByExtension(path.Ext(name)); t != "" {
		return t
	}
	return "application/octet-stream"
}

// The HTML of the pages: each names the scripts that it needs, and only those.
const (
	mapPage     = "index.html"
	communePage = "commune.html"
	tablesPage  = "tables.html" // teams, flags, the data
)

// Tables answers the pages of tables.
func (s *Server) Tables(w http.ResponseWriter, r *http.Request) error {
	return s.serveFile(w, r, tablesPage, http.StatusOK)
}

// File answers the other files of the pages by their paths.
func (s *Server) File(w http.ResponseWriter, r *http.Request) error {
	return s.serveFile(w, r, strings.TrimPrefix(r.URL.Path, "/"), http.StatusOK)
}

// serveFile answers a file with the status, and with 304 a client that has it.
func (s *Server) serveFile(w http.ResponseWriter, r *http.Request, name string, status int) error {
	file := s.files[name]
	switch {
	case file == nil && path.Ext(name) == ".html":
		return httpx.Problem(http.StatusNotFound,
			"this program was built without the map page: run make, or npm run build in api/web, and build it again")
	case file == nil:
		return request.NotFound("page", r.URL.Path)
	}
	body, encoding := file.encoded(r.Header.Get("Accept-Encoding"))
	tag := `"` + strings.TrimSuffix(file.hash+"-"+encoding, "-") + `"`
	h := w.Header()
	h.Set("Cache-Control", "no-cache")
	if file.hashed {
		h.Set("Cache-Control", httpx.Immutable)
	}
	h.Add("Vary", "Accept-Encoding")
	if status == http.StatusOK {
		httpx.WriteEncoded(w, r, file.mediaType, encoding, tag, body)
		return nil
	}
	h.Set("Content-Type", file.mediaType)
	if encoding != "" {
		h.Set("Content-Encoding", encoding)
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	w.Write(body) // a client that is gone has no use for the error
	return nil
}

// encoded returns the file in the best encoding that the client accepts.
func (f *pageFile) encoded(accept string) (body []byte, encoding string) {
	f.once.Do(f.compress)
	switch {
	case f.br != nil && httpx.Accepts(accept, "br"):
		return f.br, "br"
	case f.gzip != nil && httpx.Accepts(accept, "gzip"):
		return f.gzip, "gzip"
	}
	return f.raw, ""
}

// compress keeps an encoding only where it saves a tenth: fonts and images are compressed
// as they are.
func (f *pageFile) compress() {
	var br, gz bytes.Buffer
	b := brotli.NewWriterLevel(&br, 5)
	b.Write(f.raw) // a buffer takes everything
	b.Close()
	g, err := gzip.NewWriterLevel(&gz, 6)
	if err != nil {
		panic(err) // the level is a constant
	}
	g.Write(f.raw)
	g.Close()
	if br.Len() < len(f.raw)*9/10 {
		f.br = br.Bytes()
	}
	if gz.Len() < len(f.raw)*9/10 {
		f.gzip = gz.Bytes()
	}
}
