package api

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"

	"tungnha/api/request"
	"tungnha/coverage"
	"tungnha/coverage/rules"
)

// requestIDHeader contains the id under which the log names a request.
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
		a := &request.Context{ID: request.NewID(), Viewer: viewer, Live: live, Index: index, Today: s.today(),
			PublicURL: s.config.PublicURL, CacheSalt: s.cacheSalt}
		w.Header()[requestIDHeader] = []string{a.ID}
		next.ServeHTTP(w, r.WithContext(request.With(r.Context(), a)))
	})
}

// viewer is what the server's switches let everybody see.
func (s *Server) viewer() coverage.Viewer {
	return coverage.Viewer{Households: s.config.Households, SmallCounts: s.config.Households}
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
