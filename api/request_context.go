package api

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"net/http"
	"strconv"

	"tungnha/coverage"
	"tungnha/coverage/rules"
	"tungnha/data"
)

// requestContext is what one request is answered with: who asks, and the state of the data that
// every part of the answer comes from. It is made once, at the edge.
type requestContext struct {
	id     string
	viewer coverage.Viewer
	live   *coverage.Live  // nil until the data are read
	index  *coverage.Index // nil until the data are read
	today  data.Date
}

type requestContextKey struct{}

// requestIDHeader bears the id under which the log tells of a request.
const requestIDHeader = "X-Request-Id"

// identify makes the context of each request. Accounts will change this function alone. What
// is answered without making anything is answered here.
func (s *Server) identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		viewer, live := s.viewer(), s.data.Load()
		var index *coverage.Index
		if live != nil {
			if index = live.Index(); s.answerReady(w, r, viewer, live, index) {
				return
			}
		}
		a := &requestContext{id: newRequestID(), viewer: viewer, live: live, index: index, today: s.today()}
		w.Header()[requestIDHeader] = []string{a.id}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), requestContextKey{}, a)))
	})
}

// viewer is what the server's switches let everybody see.
func (s *Server) viewer() coverage.Viewer {
	return coverage.Viewer{Households: s.config.Households, SmallCounts: s.config.Households}
}

// fromContext returns the context of a request that needs data.
func fromContext(ctx context.Context) (*requestContext, error) {
	a := ctx.Value(requestContextKey{}).(*requestContext)
	if a.index == nil {
		return nil, errLoading
	}
	return a, nil
}

func requestID(ctx context.Context) string {
	if a, ok := ctx.Value(requestContextKey{}).(*requestContext); ok {
		return a.id
	}
	return ""
}

// newRequestID need not be hard to guess, only unlikely to come twice.
func newRequestID() string {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], rand.Uint64())
	var text [16]byte
	hex.Encode(text[:], b[:])
	return string(text[:])
}

// version names the state of the data and how this server shows them to the viewer. What
// carries it in its address may be kept for ever.
func (s *Server) version(a *requestContext) string {
	text := append(make([]byte, 0, 128), s.cacheSalt...)
	text = strconv.AppendBool(append(text, 0), a.viewer.Households)
	text = strconv.AppendBool(append(text, ' '), a.viewer.SmallCounts)
	for _, code := range a.viewer.Scope {
		text = append(append(text, 0), code...)
	}
	h := fnv.New32a()
	h.Write(text)
	return a.index.Version() + "-" + hex.EncodeToString(h.Sum(text[:0]))
}

// etag names an answer without making it: the same data, day, viewer and URL give the same
// bytes, and so does the same program under the same settings.
func (s *Server) etag(a *requestContext, r *http.Request) string {
	h := fnv.New64a()
	fmt.Fprintf(h, "%s\x00%d\x00%v\x00%s\x00%s", s.cacheSalt, a.today, a.viewer, r.URL.Path, r.URL.RawQuery)
	return fmt.Sprintf(`W/"%s-%x"`, a.index.Version(), h.Sum64())
}

func cacheSaltOf(config *Config, of *rules.Config) string {
	basemap := ""
	if config.Basemap != nil {
		basemap = config.Basemap.Version
	}
	text, err := json.Marshal(struct {
		Build, Programme, Basemap string
		Sample                    bool
		Of                        *rules.Config
	}{config.Build, config.Programme, basemap, config.Sample, of})
	if err != nil {
		panic(err) // a Config is made of strings and numbers
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}
