package httpx

import (
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Composed brings the letters of an address into Normalization Form C, as those of all records are: a code that a phone
// or a Mac writes with its accents as letters of their own is the same code.
func Composed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path, query := composePath(r.URL), composeQuery(r.URL.RawQuery)
		if path != r.URL.EscapedPath() || query != r.URL.RawQuery {
			composed := *r.URL
			composed.RawQuery = query
			if text, err := url.PathUnescape(path); err == nil {
				composed.Path, composed.RawPath = text, path
			}
			if composed.RawPath == (&url.URL{Path: composed.Path}).EscapedPath() {
				composed.RawPath = "" // as url.Parse has it
			}
			r = r.WithContext(r.Context())
			r.URL = &composed
		}
		next.ServeHTTP(w, r)
	})
}

func composePath(u *url.URL) string {
	escaped := u.EscapedPath()
	if isASCII(u.Path) {
		return escaped
	}
	segments := strings.Split(escaped, "/")
	for i, segment := range segments {
		if text, err := url.PathUnescape(segment); err == nil && !norm.NFC.IsNormalString(text) {
			segments[i] = url.PathEscape(norm.NFC.String(text))
		}
	}
	return strings.Join(segments, "/")
}

func composeQuery(raw string) string {
	if isASCII(raw) && !strings.Contains(raw, "%C") && !strings.Contains(raw, "%c") {
		return raw // the letters of UTF-8 that compose begin with 0xcc or 0xcd
	}
	parameters := strings.Split(raw, "&")
	for i, parameter := range parameters {
		name, value, given := strings.Cut(parameter, "=")
		if text, err := url.QueryUnescape(value); given && err == nil && !norm.NFC.IsNormalString(text) {
			parameters[i] = name + "=" + url.QueryEscape(norm.NFC.String(text))
		}
	}
	return strings.Join(parameters, "&")
}

func isASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
