package api

import (
	"cmp"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"tungnha/api/accesslog"
	"tungnha/api/httpx"
	"tungnha/api/request"
	"tungnha/coverage"
)

// observe measures each request by the pattern of its route, never by its path: paths are
// without number, and so are the methods that a client may think of. Then the request gets its lines in the log.
func (s *Server) observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		s.metrics.UnderWay.Add(1)
		ww := middleware.NewWrapResponseWriter(w, r.ProtoMajor)
		cut := true // after a panic, with which a handler ends the connection
		defer func() {
			s.metrics.UnderWay.Add(-1)
			e := accesslog.From(r.Context())
			e.Route, e.Status, e.Bytes = chi.RouteContext(r.Context()).RoutePattern(), ww.Status(), ww.BytesWritten()
			if e.Cut = cut; e.Status == 0 && !cut {
				e.Status = http.StatusOK
			}
			e.Took = time.Since(start)
			status := noStatus
			if e.Status > 0 {
				status = strconv.Itoa(e.Status)
			}
			s.metrics.Requests.WithLabelValues(cmp.Or(e.Route, "none"), accesslog.Method(r.Method), status).
				Observe(e.Took.Seconds())
			s.access.Write(r, e)
		}()
		next.ServeHTTP(ww, r)
		cut = false
	})
}

// noStatus is what the metrics have in place of the status of an answer that was not sent.
const noStatus = "none"

// recover turns a panic into a 500 and a line in the log.
func (s *Server) recover(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			v := recover()
			if v == nil {
				return
			}
			if v == http.ErrAbortHandler {
				panic(v) // how a handler makes the server cut the connection
			}
			id := request.ID(r.Context())
			s.log.LogAttrs(r.Context(), slog.LevelError, "handler panicked", slog.String("request", id),
				slog.Any("panic", v), slog.String("stack", string(debug.Stack())))
			if ww, ok := w.(middleware.WrapResponseWriter); ok && ww.Status() != 0 {
				panic(http.ErrAbortHandler) // the answer has begun: cut it rather than end it as if it were whole
			}
			p := httpx.Problem(http.StatusInternalServerError,
				"something went wrong; the log of the server says what, under this instance")
			p.Instance = "urn:tungnha:request:" + id
			httpx.WriteProblem(w, p)
		}()
		next.ServeHTTP(w, r)
	})
}

// policy lets the page load from this server alone. MapLibre's worker is a file of this server
// (setWorkerUrl in web/src/map/controller.ts), so workers from blobs are not needed.
var policy = strings.Join([]string{
	"default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'",
	"img-src 'self' data: blob:", "font-src 'self'", "worker-src 'self'",
	"manifest-src 'self'", "base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'",
}, "; ")

// secure sets the headers that every answer carries. Tiles are never shown as a page, so
// headers about pages would only make them longer.
func (s *Server) secure(next http.Handler) http.Handler {
	resourcePolicy := httpx.SameOrigin
	if slices.Contains(s.config.Origins, everyOrigin) { // then households are hidden, see routes
		resourcePolicy = httpx.CrossOrigin
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		httpx.SetIsolation(h, resourcePolicy)
		if strings.HasPrefix(r.URL.Path, "/tiles/") && strings.HasSuffix(r.URL.Path, ".mvt") {
			next.ServeHTTP(w, r)
			return
		}
		h.Set("Content-Security-Policy", policy)
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		next.ServeHTTP(w, r)
	})
}

// everyOrigin, among the origins, lets the pages of all sites read.
const everyOrigin = "*"

// newCrossOrigin refuses posts that a browser sends for another site, and lets the
// pages of the given origins read, and post.
func newCrossOrigin(origins []string) (func(http.Handler) http.Handler, error) {
	protection := http.NewCrossOriginProtection()
	for _, o := range origins {
		if o == everyOrigin {
			continue
		}
		if err := protection.AddTrustedOrigin(o); err != nil {
			return nil, fmt.Errorf("origin %q: %w", o, err)
		}
	}
	protection.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		accesslog.Refuse(r.Context(), accesslog.CrossOrigin)
		httpx.WriteProblem(w, httpx.Problem(http.StatusForbidden, "a page of another site may not post here"))
	}))
	return func(next http.Handler) http.Handler {
		next = protection.Handler(next)
		if len(origins) == 0 {
			return next
		}
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			h := w.Header()
			h.Add("Vary", "Origin")
			origin, methods := r.Header.Get("Origin"), "GET, HEAD, POST"
			named := slices.Contains(origins, origin)
			if !named && slices.Contains(origins, everyOrigin) {
				origin, methods = everyOrigin, "GET, HEAD"
			}
			if named || origin == everyOrigin {
				h.Set("Access-Control-Allow-Origin", origin)
				h.Set("Access-Control-Expose-Headers", "Age, Content-Crs, ETag, Link, X-Request-Id")
				if r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != "" {
					h.Set("Access-Control-Allow-Methods", methods)
					h.Set("Access-Control-Allow-Headers", "Content-Type, If-None-Match, If-Range, Prefer, Range")
					h.Set("Access-Control-Max-Age", "600")
					w.WriteHeader(http.StatusNoContent)
					return
				}
			}
			next.ServeHTTP(w, r)
		})
	}, nil
}

// tagOf is the tag of the answer to a request that the data, the day, the viewer and the address
// determine; empty while there are no data.
func tagOf(r *http.Request) string {
	a, err := request.From(r.Context())
	if err != nil {
		return ""
	}
	return a.ETag(r)
}

// strictQuery refuses queries that the typed routes would read half of.
func (s *Server) strictQuery(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := request.ParseQuery(r); err != nil {
			s.fail(w, r, err)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// identify makes the context of each request. Accounts will change this function alone. What
// is answered without making anything is answered here.
func (s *Server) identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.config.Hosts != nil && !s.config.Hosts.Allow(r) {
			s.refuseHost(w, r)
			return
		}
		viewer, live := s.viewerOf(r), s.data.Load()
		kind := kindOf(&viewer)
		var view *coverage.View
		if live != nil {
			view = live.Index().For(viewer)
			// Where the data are older than they should be, an answer is more than its tile.
			if s.age(live.Freshness()) == 0 {
				if bytes, took, ok := s.tiles.Fast.Answer(w, r, view); ok {
					s.config.Memory.Seen()
					s.access.Tally(r, &accesslog.Entry{Viewer: kind, Route: tileRoute, Bytes: bytes, Took: took})
					return
				}
			}
		}
		a := &request.Context{ID: request.NewID(), Client: s.config.Proxies.Group(r), Viewer: viewer,
			Live: live, View: view, Today: s.today(), PublicURL: s.config.PublicURL, CacheSalt: s.cacheSalt}
		if view != nil {
			a.Viewer, a.Today = view.Viewer(), view.Today()
		}
		entry := &accesslog.Entry{ID: a.ID, Viewer: kind}
		w.Header()[request.IDHeader] = []string{a.ID}
		next.ServeHTTP(w, r.WithContext(accesslog.With(request.With(r.Context(), a), entry)))
	})
}

// kindOf returns what the log calls a viewer.
func kindOf(v *coverage.Viewer) string {
	switch {
	case len(v.Scope) > 0:
		return "scope"
	case v.Households || v.SmallCounts:
		return "operator"
	}
	return "public"
}

// refuseHost answers a request that calls the server by a name that it does not have.
func (s *Server) refuseHost(w http.ResponseWriter, r *http.Request) {
	ww := middleware.NewWrapResponseWriter(w, r.ProtoMajor)
	httpx.SetIsolation(ww.Header(), httpx.SameOrigin)
	httpx.WriteProblem(ww, httpx.Misdirected())
	s.access.Write(r, &accesslog.Entry{Viewer: "none", Status: ww.Status(), Bytes: ww.BytesWritten(),
		Refusal: accesslog.Host})
}

// exact reports whether a request is of somebody who may see households or exact counts.
func exact(r *http.Request) bool { return request.Viewer(r.Context()).SmallCounts }

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
