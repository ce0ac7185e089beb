// Package httpx contains the parts of HTTP that all rooms of the API share: entity tags and
// conditional requests, content codings, answers that stream or are sent in ranges, and problem
// documents. It is independent of the data.
package httpx

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
)

// hashLength is 96 bits of SHA-256: of the bodies that one address has had, 2^48 would have to be
// compared for an even chance that two share a tag.
const hashLength = 12

// Hash returns 24 hexadecimal digits that name content, for entity tags and versions.
func Hash(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:hashLength])
}

// ETag returns the strong entity tag of a body, with its quotes: equal tags mean equal bytes.
func ETag(body []byte) string { return `"` + Hash(body) + `"` }

// WeakETag returns the weak entity tag of content that a middleware may still compress: equal
// tags mean equal content, not equal bytes.
func WeakETag(content []byte) string { return `W/"` + Hash(content) + `"` }

// Matches reports whether one of the tags of an If-None-Match header is the tag, by the weak
// comparison of RFC 9110, 8.8.3.2. The star, which means any answer at all,
// never matches: only the finished answer has a tag.
func Matches(header, tag string) bool {
	tag = strings.TrimPrefix(tag, "W/")
	for t := range strings.SplitSeq(header, ",") {
		if strings.TrimPrefix(strings.TrimSpace(t), "W/") == tag {
			return true
		}
	}
	return false
}

// NotModified sets the tag of an answer, and answers with status 304 where the client has that
// answer already. It reports whether it did.
func NotModified(w http.ResponseWriter, r *http.Request, tag string) bool {
	w.Header().Set("ETag", tag)
	if !Matches(r.Header.Get("If-None-Match"), tag) {
		return false
	}
	w.WriteHeader(http.StatusNotModified)
	return true
}

// Conditional is a middleware for answers whose tag is known before they are made, so that a
// repeated question costs nothing. tagOf returns the tag of the answer to a request, with its
// quotes; empty where there is none.
func Conditional(tagOf func(*http.Request) string) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			var tag string
			if r.Method == http.MethodGet || r.Method == http.MethodHead {
				tag = tagOf(r)
			}
			if tag == "" {
				next.ServeHTTP(w, r)
				return
			}
			if Matches(r.Header.Get("If-None-Match"), tag) {
				w.Header().Set("ETag", tag)
				w.Header().Set("Cache-Control", "no-cache")
				w.WriteHeader(http.StatusNotModified)
				return
			}
			next.ServeHTTP(&tagged{ResponseWriter: w, tag: tag}, r)
		})
	}
}

// tagged gives an answer its tag if it turns out to be one and not a problem.
type tagged struct {
	http.ResponseWriter
	tag   string
	begun bool
}

func (t *tagged) WriteHeader(status int) {
	if !t.begun && status >= 200 {
		t.begun = true
		h := t.Header()
		if status == http.StatusOK {
			h.Set("ETag", t.tag)
			h.Set("Cache-Control", "no-cache")
		} else if h.Get("Cache-Control") == "" {
			h.Set("Cache-Control", "no-store")
		}
	}
	t.ResponseWriter.WriteHeader(status)
}

func (t *tagged) Write(b []byte) (int, error) {
	if !t.begun {
		t.WriteHeader(http.StatusOK)
	}
	return t.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (t *tagged) Unwrap() http.ResponseWriter { return t.ResponseWriter }
