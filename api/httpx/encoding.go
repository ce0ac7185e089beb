package httpx

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/klauspost/compress/gzhttp"
)

// Accepts reports whether an Accept-Encoding header accepts the content coding of the name.
func Accepts(header, encoding string) bool {
	for part := range strings.SplitSeq(header, ",") {
		name, parameters, _ := strings.Cut(part, ";")
		if !strings.EqualFold(strings.TrimSpace(name), encoding) {
			continue
		}
		q, found := strings.CutPrefix(strings.ReplaceAll(parameters, " ", ""), "q=")
		if !found {
			return true
		}
		weight, err := strconv.ParseFloat(q, 64)
		return err == nil && weight > 0
	}
	return false
}

// NewCompressor returns a middleware that compresses text: with zstd, which is fastest, where the
// client accepts it. Level 5 of gzip gives nearly what 6 does in half the time.
func NewCompressor() (func(http.Handler) http.Handler, error) {
	wrap, err := gzhttp.NewWrapper(gzhttp.MinSize(1400), gzhttp.CompressionLevel(5),
		gzhttp.EnableZstd(true), gzhttp.PreferZstd(true), gzhttp.ContentTypes([]string{
			"application/json", "application/problem+json", "application/geo+json", "application/geo+json-seq",
			"application/x-ndjson", "application/csvm+json", "application/openapi+json", "application/schema+json",
			"application/vnd.oai.openapi+json", "application/x-protobuf",
			"text/css", "text/csv", "text/plain", "text/html",
		}))
	if err != nil {
		return nil, fmt.Errorf("compression: %w", err)
	}
	return func(next http.Handler) http.Handler { return wrap(next) }, nil
}

// WriteEncoded answers with a body that is in a content coding already; an empty encoding is
// none. It sets the tag of the body, and answers with status 304 a client that has it.
func WriteEncoded(w http.ResponseWriter, r *http.Request, mediaType, encoding, tag string, body []byte) {
	if NotModified(w, r, tag) {
		return
	}
	h := w.Header()
	h.Set("Content-Type", mediaType)
	if encoding != "" {
		h.Set("Content-Encoding", encoding)
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.Write(body) // a client that is gone has no use for the error
}
