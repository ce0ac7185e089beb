package ingest

import (
	"bytes"
	"io"
	"os"
	"strings"
	"sync/atomic"

	"github.com/paulmach/orb"

	"tungnha/data"
	"tungnha/data/ingest/geojson"
	"tungnha/data/ingest/scan"
	"tungnha/data/ingest/value"
	"tungnha/internal/problem"
)

// row is one record of a file as text, before it is checked.
type row struct {
	line     int
	raw      string             // as it is in the file, without its line end
	values   [maxColumns]string // by the columns of the kind, empty where nothing is given
	present  uint16             // a bit for each of the columns that is given
	ascii    bool               // all values are ASCII
	first    string             // the value of the first column of a CSV file
	leftOut  *value.Note        // why the row is none of a record
	geometry orb.Geometry       // of an area
	problem  *problem.Problem   // why the row cannot be taken apart
}

// has reports whether the file gives the column.
func (r *row) has(column int) bool { return r.present>>column&1 == 1 }

// rowReader reads the rows of one format, and writes them again into a rejects file.
type rowReader interface {
	next(*row) error // io.EOF at the end
	rejectHeader() string
	appendReject(dst []byte, raw string, line int, p *problem.Problem, l problem.Lang) []byte
}

// source is an open file whose kind is known.
type source struct {
	path     string
	name     string // the path as it is reported
	encoding scan.Encoding
	file     io.ReadCloser
	cr       bool // lines end in CR
	size     int64
	read     atomic.Int64 // bytes read so far
	kind     data.Kind
	json     bool
	missing  []string // columns of the kind that the file does not have
	rows     rowReader
	notes    value.Notes     // of its columns
	unused   func() []string // the columns met so far that the kind does not have
}

// openSource opens a file and finds its kind by its first bytes and its columns,
// unless the kind is given.
func openSource(path string, o *Options) (*source, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err // names the file
	}
	s := &source{path: path, name: strings.TrimPrefix(path, o.Folder), file: file, encoding: o.Encoding}
	if info, err := file.Stat(); err == nil && info.Mode().IsRegular() {
		s.size = info.Size()
	}
	if err := s.begin(o.Kind); err != nil {
		file.Close()
		return nil, &FileError{s.name, err}
	}
	return s, nil
}

// Read counts what is read of the file.
func (s *source) Read(p []byte) (int, error) {
	n, err := s.file.Read(p)
	s.read.Add(int64(n))
	if s.cr {
		scan.EndLines(p[:n])
	}
	return n, err
}

func (s *source) close() { s.file.Close() } // only read: nothing can be lost

func (s *source) begin(kind data.Kind) error {
	src := scan.NewBuffer(s.encoding.Decode(s), scan.BufferSize)
	if err := src.Fill(scan.BufferSize); err != nil {
		if err == io.EOF {
			return problem.FileEmpty()
		}
		return err
	}
	if err := scan.CheckMagic(src.Unread()); err != nil {
		return err
	}
	bom := bytes.HasPrefix(src.Unread(), []byte(scan.ByteOrderMark))
	if bom {
		src.Skip(len(scan.ByteOrderMark))
	}
	if c := firstByte(src.Unread()); c == '{' || c == '[' || c == geojson.RecordSeparator {
		return s.beginJSON(src, kind)
	}
	return s.beginCSV(src, bom, kind)
}

func (s *source) beginCSV(src *scan.Buffer, bom bool, kind data.Kind) error {
	if s.cr = scan.EndsInCR(src.Unread()); s.cr {
		scan.EndLines(src.Unread())
	}
	c, err := newCSVReader(src, bom)
	if err != nil {
		return err
	}
	if s.kind, err = chooseKind(kind, c.names, false); err != nil {
		return err
	}
	if err := c.setKind(s.kind); err != nil {
		return err
	}
	for i, column := range columnsOf(s.kind) {
		if c.present>>i&1 == 0 && !isOptional(s.kind, i) {
			s.missing = append(s.missing, column)
		}
	}
	s.rows, s.unused, s.notes = c, c.unused, readAs(s.kind, c.names, c.columns)
	return nil
}

func (s *source) beginJSON(src *scan.Buffer, kind data.Kind) error {
	j, names, hasID, broken, err := newJSONReader(src)
	if err != nil {
		return err
	}
	switch {
	case names != nil:
		if s.kind, err = chooseKind(kind, names, hasID); err != nil {
			return err
		}
	case kind == "":
		return broken // by which the kind could be found
	default:
		s.kind = kind
	}
	j.setKind(s.kind)
	s.rows, s.unused, s.json, s.notes = j, j.unused, true, j.notes
	return nil
}

func chooseKind(forced data.Kind, names []string, hasID bool) (data.Kind, error) {
	if forced == "" {
		return kindOf(names, hasID)
	}
	return forced, checkColumns(forced, names, hasID)
}

func firstByte(b []byte) byte {
	if b = bytes.TrimLeft(b, " \t\r\n"); len(b) > 0 {
		return b[0]
	}
	return 0
}
