package api

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"tungnha/api/admin"
	"tungnha/api/httpx"
	"tungnha/api/request"
	"tungnha/coverage/live"
)

// staleAfter is how long ago the data in memory may have been compared with the database
// before answers report it. It is done every second.
const staleAfter = 5 * time.Second

// age is how long ago the data in memory were last known to be all that the database contains,
// and zero while that is as it should be.
func (s *Server) age(f live.Freshness) time.Duration {
	if age := s.config.Clock().Sub(f.AsOf); age > staleAfter {
		return age
	}
	return 0
}

// ageHeader adds to every answer from data that are older than they should be the header
// that HTTP has for it: seconds since they were last compared with their origin.
func (s *Server) ageHeader(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a, err := request.From(r.Context())
		if err == nil && r.Method != http.MethodPost {
			if age := s.age(a.Live.Freshness()); age > 0 {
				w.Header().Set("Age", strconv.Itoa(int(age.Seconds())))
			}
		}
		next.ServeHTTP(w, r)
	})
}

// getReady reports whether the data are there, how old they are where that is not as it should be, and whether visits
// are taken. For reads, and where it is not asked for what, the server is ready all the same; for=writes gets 503
// where a post of visits would be refused.
func (s *Server) getReady(w http.ResponseWriter, r *http.Request) {
	a, err := request.From(r.Context())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	purpose := r.URL.Query().Get("for")
	text, status := "ready\n", http.StatusOK
	switch purpose {
	case "", "reads":
	case "writes":
		text = "ready for writes\n"
	default:
		httpx.WritePlain(w, http.StatusBadRequest, "for: want reads or writes\n")
		return
	}
	why := admin.WhyUnwritable(a.Live.Writable())
	if purpose == "writes" && !s.config.OpenVisits {
		why = "this server was started without --open-visits"
	}
	if why != "" {
		if purpose == "writes" {
			text, status = "not ready for writes\n", http.StatusServiceUnavailable
			w.Header().Set("Retry-After", "2")
		}
		text += "no visits are taken: " + why + "\n"
	}
	f := a.Live.Freshness()
	if age := s.age(f); age > 0 {
		reason := "newer data are being read"
		if f.Err != nil {
			reason = "the database cannot be read, and visits may be refused"
		}
		text += fmt.Sprintf("stale: the data are as of %s, %d s ago; %s\n", f.AsOf.UTC().Format(time.RFC3339),
			int(age.Seconds()), reason)
	}
	if f.Altered != nil {
		text += "altered: another program has changed the records, noticed at " + f.Altered.NoticedAt +
			"; they are served as they are now: see the log of this server, and tungnha check\n"
	}
	httpx.WritePlain(w, status, text)
}
