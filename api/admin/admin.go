// Package admin answers the operator of a server: its metrics, and how the data in memory compare with the database.
package admin

import (
	"net/http"
	"time"

	"tungnha/api/httpx"
	"tungnha/api/request"
	"tungnha/coverage"
	"tungnha/coverage/live"
	"tungnha/data"
	"tungnha/internal/problem"
)

// Server answers the operator.
type Server struct {
	Live    func() *live.Live // nil until the data are read
	Metrics http.Handler
	Age     func(live.Freshness) time.Duration // how much older the data are than they should be
	Clock   func() time.Time
}

// Handler answers GET /metrics and GET /api/v1/state to whoever reaches it, under the names of hosts alone; nil hosts
// are any. It is for an address that only the operator reaches.
func (s *Server) Handler(hosts *httpx.Hosts) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", s.Metrics)
	mux.HandleFunc("GET /api/v1/state", func(w http.ResponseWriter, r *http.Request) {
		live := s.Live()
		if live == nil {
			httpx.WriteProblem(w, httpx.Problem(http.StatusServiceUnavailable, request.ErrLoading.Error()))
			return
		}
		s.writeState(w, live, live.Index().For(coverage.Operator), data.DateOf(s.Clock()))
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Cache-Control", httpx.Private)
		httpx.SetIsolation(h, httpx.SameOrigin)
		if hosts != nil && !hosts.Allow(r) {
			httpx.WriteProblem(w, httpx.Misdirected())
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// OperatorOnly answers viewers who may not see exact counts with status 403, and how the operator reads next.
func OperatorOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !request.Viewer(r.Context()).SmallCounts {
			httpx.WriteProblem(w, httpx.Coded(http.StatusForbidden, problem.OperatorOnly()))
			return
		}
		next.ServeHTTP(w, r)
	})
}
