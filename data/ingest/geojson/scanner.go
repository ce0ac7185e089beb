package geojson

import (
	"bytes"
	"io"
	"strings"

	"tungnha/data/ingest/scan"
	"tungnha/internal/problem"
)

// maxFeature is the greatest length of one GeoJSON feature in bytes: about two million
// vertices. The longest commune of Việt Nam has a hundredth of that.
const maxFeature = 32 << 20

// Scanner cuts a JSON file into its features without reading the whole of it: those of a
// FeatureCollection, of an array, or one after the other (a line each, with or without the record
// separators of RFC 8142). It reads brackets and strings only; whether a feature is valid JSON is
// found out when it is read.
type Scanner struct {
	src   *scan.Buffer
	state scannerState
	comma bool // a comma came last inside a list
	first bool // no element of the list has come yet
}

// NewScanner returns a scanner of what src has not used yet.
func NewScanner(src *scan.Buffer) *Scanner { return &Scanner{src: src} }

type scannerState uint8

const (
	between      scannerState = iota // values of the top level
	inCollection                     // inside the features of a FeatureCollection
	inArray                          // inside an array at the top level
)

// RecordSeparator is the byte in front of each feature of a GeoJSON text sequence (RFC 8142).
const RecordSeparator = 0x1e

// Next returns the next feature, valid until the next call, with the line it begins on; io.EOF after
// the last.
func (f *Scanner) Next() (raw []byte, line int, err error) {
	for {
		c, err := f.peek()
		if err == io.EOF && f.state == between {
			return nil, 0, io.EOF
		}
		if err != nil {
			return nil, 0, f.broken(err)
		}
		if f.state == between {
			switch c {
			case RecordSeparator:
				f.src.Skip(1)
				continue
			case '[':
				f.src.Skip(1)
				f.state, f.first = inArray, true
				continue
			case '{':
				if raw, line, err := f.object(); raw != nil || err != nil {
					return raw, line, err
				}
				continue
			}
			return nil, 0, f.unexpected("geojson_object")
		}
		switch {
		case c == ']' && !f.comma:
			f.src.Skip(1)
			if err := f.endList(); err != nil {
				return nil, 0, err
			}
			continue
		case c == ',' && !f.comma && !f.first:
			f.src.Skip(1)
			f.comma = true
			continue
		case c != '{' || !f.comma && !f.first:
			return nil, 0, f.unexpected("feature")
		}
		f.comma, f.first = false, false
		return f.value(0)
	}
}

// value returns the value that begins at the first unread byte and ends behind it.
func (f *Scanner) value(from int) (raw []byte, line int, err error) {
	end, err := f.frame(from)
	if err != nil {
		return nil, 0, err
	}
	line = f.src.Line()
	raw = f.src.Unread()[:end]
	f.src.Skip(end)
	return raw, line, nil
}

// object reads an object of the top level up to its features, and returns it whole where
// it has none.
func (f *Scanner) object() (raw []byte, line int, err error) {
	at := 1
	for {
		if at, err = f.space(at); err != nil {
			return nil, 0, f.broken(err)
		}
		switch f.src.Unread()[at] {
		case '}':
			return f.value(0)
		case ',':
			at++
			continue
		case '"':
		default:
			return f.value(0) // not sound: its reader reports it better
		}
		name, value, err := f.member(at)
		if err != nil {
			return nil, 0, err
		}
		if name == `"features"` && f.src.Unread()[value] == '[' {
			f.src.Skip(value + 1)
			f.state, f.first = inCollection, true
			return nil, 0, nil
		}
		if at, err = f.frame(value); err != nil {
			return nil, 0, err
		}
		if err := checkReferenceSystem(name, f.src.Unread()[value:at]); err != nil {
			return nil, 0, err
		}
	}
}

// endList reads what follows the features in their collection.
func (f *Scanner) endList() error {
	inObject := f.state == inCollection
	f.state = between
	for inObject {
		c, err := f.peek()
		if err != nil {
			return f.broken(err)
		}
		switch c {
		case '}':
			f.src.Skip(1)
			return nil
		case ',':
			f.src.Skip(1)
			continue
		case '"':
		default:
			return f.unexpected("end_of_collection")
		}
		name, value, err := f.member(0)
		if err != nil {
			return err
		}
		end, err := f.frame(value)
		if err != nil {
			return err
		}
		if err := checkReferenceSystem(name, f.src.Unread()[value:end]); err != nil {
			return err
		}
		f.src.Skip(end)
	}
	return nil
}

// member returns the name of the member at a place, with its quotes, and the place of its
// value.
func (f *Scanner) member(at int) (name string, value int, err error) {
	end, err := f.frame(at)
	if err != nil {
		return "", 0, err
	}
	colon, err := f.space(end)
	if err != nil {
		return "", 0, f.broken(err)
	}
	if f.src.Unread()[colon] != ':' {
		f.src.Skip(colon)
		return "", 0, f.unexpected("colon")
	}
	name = string(f.src.Unread()[at:end])
	if value, err = f.space(colon + 1); err != nil {
		return "", 0, f.broken(err)
	}
	return name, value, nil
}

// checkReferenceSystem refuses the old crs member where it names another system than
// longitude and latitude on WGS 84.
func checkReferenceSystem(name string, value []byte) error {
	if name != `"crs"` || bytes.Equal(value, []byte("null")) || bytes.Contains(value, []byte("CRS84")) ||
		bytes.Contains(value, []byte("4326")) {
		return nil
	}
	s, system := string(value), ""
	var find func(name string, from, depth int) (int, error)
	find = func(name string, from, depth int) (int, error) {
		if s[from] == '{' {
			return EachMember(s, from, depth, find)
		}
		end, err := SkipValue(s, from, depth)
		if err == nil && name == "name" && s[from] == '"' {
			system = Unquote(s[from:end])
		}
		return end, err
	}
	if _, err := EachMember(s, 0, 0, find); err != nil {
		return problem.BrokenReferenceSystem(problem.Of(err))
	}
	return problem.OtherReferenceSystem(system)
}

// peek returns the first unread byte that is not space.
func (f *Scanner) peek() (byte, error) {
	at, err := f.space(0)
	if err != nil {
		return 0, err
	}
	f.src.Skip(at)
	return f.src.Unread()[0], nil
}

// space returns the first place from at on, counted from the first unread byte, that has
// no space. Space in front of a value is used up, so that it may be longer than a feature.
func (f *Scanner) space(at int) (int, error) {
	for {
		unread := f.src.Unread()
		for ; at < len(unread); at++ {
			if c := unread[at]; c != ' ' && c != '\n' && c != '\r' && c != '\t' {
				return at, nil
			}
		}
		if isSpace(unread) {
			f.src.Skip(len(unread))
			at = 0
		}
		if err := f.src.Fill(maxFeature); err != nil {
			return 0, err
		}
	}
}

func isSpace(b []byte) bool {
	for _, c := range b {
		if c != ' ' && c != '\n' && c != '\r' && c != '\t' {
			return false
		}
	}
	return true
}

// frame returns the place behind the value that begins at a place, counted from the first
// unread byte.
func (f *Scanner) frame(at int) (end int, err error) {
	depth := 0
	inString := false
	i := at
	for {
		unread := f.src.Unread()
		for i < len(unread) {
			c := unread[i]
			if inString {
				switch c {
				case '\\':
					i++ // whatever it escapes
				case '"':
					inString = false
					if depth == 0 {
						return i + 1, nil
					}
				}
				i++
				continue
			}
			switch c {
			case '"':
				inString = true
			case '{', '[':
				depth++
			case '}', ']':
				if depth == 0 {
					return i, nil // a bare word ends before it
				}
				if depth--; depth == 0 {
					return i + 1, nil
				}
			case ',', ' ', '\n', '\r', '\t':
				if depth == 0 && i > at {
					return i, nil
				}
			}
			i++
		}
		if err := f.src.Fill(maxFeature); err != nil {
			return 0, f.broken(err)
		}
	}
}

// broken is the error where a file ends too early, or what is too long.
func (f *Scanner) broken(err error) error {
	switch err {
	case io.EOF:
		offset, line := f.src.End()
		return problem.BreaksOff(int(offset), line)
	case scan.ErrTooLong:
		return problem.InLine(f.src.Line(), problem.LongFeature(maxFeature))
	}
	return err
}

func (f *Scanner) unexpected(want string) error {
	const shown = 20
	for len(f.src.Unread()) < shown {
		if err := f.src.Fill(maxFeature); err != nil {
			break // there is no more to show
		}
	}
	rest := string(f.src.Unread()[:min(shown, len(f.src.Unread()))])
	if i := strings.IndexAny(rest, " \n\r\t,"); i >= 0 {
		rest = rest[:max(i, 1)]
	}
	return problem.InLine(f.src.Line(), problem.Unexpected(strings.ToValidUTF8(rest, "?"), want))
}
