package api

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"log/slog"
	"net/http"

	"tungnha/api/request"
	"tungnha/coverage"
	"tungnha/coverage/rules"
)

// identify makes the context of each request. Accounts will change this function alone. What
// is answered without making anything is answered here.
func (s *Server) identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		viewer, live := s.viewerOf(r), s.data.Load()
		var view *coverage.View
		if live != nil {
			view = live.Index().For(viewer)
			// Where every request is logged, and where the data are older than they should be, an
			// answer is more than its tile.
			if s.age(live.Freshness()) == 0 && !s.log.Enabled(r.Context(), slog.LevelDebug) &&
				s.tiles.Fast.Answer(w, r, view) {
				return
			}
		}
		a := &request.Context{ID: request.NewID(), Viewer: viewer, Live: live, View: view, Today: s.today(),
			PublicURL: s.config.PublicURL, CacheSalt: s.cacheSalt}
		w.Header()[request.IDHeader] = []string{a.ID}
		next.ServeHTTP(w, r.WithContext(request.With(r.Context(), a)))
	})
}

// viewerOf returns who makes a request.
func (s *Server) viewerOf(r *http.Request) coverage.Viewer {
	if s.identifyViewer != nil {
		return s.identifyViewer(r)
	}
	return s.everybody()
}

// everybody is what the server's switches let everybody see.
func (s *Server) everybody() coverage.Viewer {
	return coverage.Viewer{Households: s.config.Households, SmallCounts: s.config.Households}
}

// wholeScope refuses requests of viewers with a scope: what the routes behind it do or report is
// of the programme as a whole.
func (s *Server) wholeScope(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(request.Viewer(r.Context()).Scope) > 0 {
			s.fail(w, r, coverage.ErrOutOfScope)
			return
		}
		next.ServeHTTP(w, r)
	})
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
