package scan

import "strings"

// What spreadsheets make of texts.

// IsMangled reports whether s is what a spreadsheet makes of a code of digits: 2.0194E+04,
// 20194.0, or with a comma.
func IsMangled(s string) bool {
	i := CountDigits(s)
	if i == 0 || i == len(s) {
		return false
	}
	rest := s[i:]
	fraction := 0
	if rest[0] == '.' || rest[0] == ',' {
		fraction = CountDigits(rest[1:])
		if fraction == 0 {
			return false
		}
		if 1+fraction == len(rest) {
			return strings.Trim(rest[1:], "0") == ""
		}
		rest = rest[1+fraction:]
	}
	if rest[0] != 'E' && rest[0] != 'e' {
		return false
	}
	rest = rest[1:]
	signed := rest != "" && (rest[0] == '+' || rest[0] == '-')
	if signed {
		rest = rest[1:]
	}
	// 12E4 alone may well be an id: spreadsheets write a fraction or the sign.
	return rest != "" && CountDigits(rest) == len(rest) && (signed || fraction > 0)
}

// WithoutApostrophe takes away the apostrophe in front of a text that a spreadsheet would run as a formula, as our own
// exports have it.
func WithoutApostrophe(s string) string {
	if s == "" || s[0] != '\'' {
		return s
	}
	if rest := strings.TrimLeft(s, "'"); rest == "" || strings.IndexByte("=+-@\t\r", rest[0]) < 0 {
		return s
	}
	return s[1:]
}

// AppendQuoted appends one field of a file whose columns the separator divides.
func AppendQuoted(dst []byte, s string, separator byte) []byte {
	if !needsQuotes(s, separator) {
		return append(dst, s...)
	}
	dst = append(dst, '"')
	for i := 0; i < len(s); i++ {
		if s[i] == '"' {
			dst = append(dst, '"')
		}
		dst = append(dst, s[i])
	}
	return append(dst, '"')
}

func needsQuotes(s string, separator byte) bool {
	if s == "" {
		return false
	}
	if s[0] == ' ' || s[0] == '\t' || s[len(s)-1] == ' ' || s[len(s)-1] == '\t' {
		return true // some readers trim what is not quoted
	}
	for i := 0; i < len(s); i++ {
		if c := s[i]; c == separator || c == '"' || c == '\n' || c == '\r' {
			return true
		}
	}
	return false
}
