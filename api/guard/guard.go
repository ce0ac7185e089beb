package guard

import (
	"context"
	"math"
	"net/http"
	"strconv"
	"time"

	"tungnha/api/accesslog"
	"tungnha/api/httpx"
	"tungnha/internal/limit"
	"tungnha/internal/problem"
)

// Guard bounds what requests take of a server.
type Guard struct {
	Memory  *limit.Memory // nil: not bounded
	Proxies Proxies
	Clients *Clients
	Pace    Pace
	Clock   func() time.Time
}

// Handler answers with status 429 what is beyond the limits of one address. All other requests get an account of the
// memory in their context, and an answer that is cut when its client stops reading.
func (g *Guard) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		from := g.Proxies.Client(r)
		end, after := g.Clients.Begin(from, g.Clock())
		if end == nil {
			accesslog.Refuse(r.Context(), accesslog.TooManyRequests)
			w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(after.Seconds()))))
			httpx.WriteProblem(w, httpx.Coded(http.StatusTooManyRequests, problem.TooManyRequests()))
			return
		}
		defer end()
		ctx, account := g.Memory.Open(context.WithValue(r.Context(), clientKey{}, from))
		defer account.Close()
		next.ServeHTTP(NewWriter(ctx, w, account, g.Pace), r.WithContext(ctx))
	})
}
