package httpx

import "net/http"

// Private is the Cache-Control of an answer with households or exact counts: neither a proxy nor a browser stores it.
const Private = "private, no-store"

// KeepOut is a middleware: answers to requests that are private get Private as their Cache-Control, whatever their
// handlers set, also those of status 304 and of errors. Routes that answer everybody the same opt out with Keepable,
// so that a new route is never stored by mistake.
func KeepOut(private func(*http.Request) bool) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if private(r) {
				w = &unstored{ResponseWriter: w}
			}
			next.ServeHTTP(w, r)
		})
	}
}

// Keepable is a middleware for routes whose answers depend on nothing that only some may see: they may be stored as
// their handlers say.
func Keepable(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for at := w; at != nil; {
			if u, ok := at.(*unstored); ok {
				u.keepable = true
				break
			}
			wrapper, ok := at.(interface{ Unwrap() http.ResponseWriter })
			if !ok {
				break
			}
			at = wrapper.Unwrap()
		}
		next.ServeHTTP(w, r)
	})
}

// unstored is an answer whose Cache-Control is set when its status is.
type unstored struct {
	http.ResponseWriter
	keepable, begun bool
}

func (u *unstored) WriteHeader(status int) {
	if !u.begun && status >= 200 {
		u.begun = true
		if !u.keepable {
			u.Header().Set("Cache-Control", Private)
		}
	}
	u.ResponseWriter.WriteHeader(status)
}

func (u *unstored) Write(b []byte) (int, error) {
	if !u.begun {
		u.WriteHeader(http.StatusOK)
	}
	return u.ResponseWriter.Write(b)
}

// Flush sends what is buffered.
func (u *unstored) Flush() { _ = http.NewResponseController(u.ResponseWriter).Flush() }

// Unwrap lets http.ResponseController reach the connection.
func (u *unstored) Unwrap() http.ResponseWriter { return u.ResponseWriter }

// Values of Cross-Origin-Resource-Policy: which sites' pages may include an answer without CORS, as an image or a
// script, which brings its bytes into their process (Spectre).
const (
	SameOrigin  = "same-origin"
	CrossOrigin = "cross-origin"
)

// SetIsolation sets the headers that every answer has: no guessing of types, and the pages of which sites may include
// it.
func SetIsolation(h http.Header, resourcePolicy string) {
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cross-Origin-Resource-Policy", resourcePolicy)
}
