package httpx

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestComposed(t *testing.T) {
	for target, want := range map[string]string{
		"/":                                "/",
		"/areas/H1?parent=48&level=a+b":    "/areas/H1?parent=48&level=a+b",
		"/areas/To%CC%82%CC%89-1":          "/areas/T%E1%BB%95-1",
		"/areas/T%E1%BB%95-1":              "/areas/T%E1%BB%95-1",
		"/a%2Fb/To%CC%82%CC%89":            "/a%2Fb/T%E1%BB%95",
		"/a?parent=To%CC%82%CC%89&x=%2B+1": "/a?parent=T%E1%BB%95&x=%2B+1",
		"/a?parent=T%E1%BB%95&x=%C3":       "/a?parent=T%E1%BB%95&x=%C3",
		"/a?x=%cc%8&parent=1":              "/a?x=%cc%8&parent=1",
		"/a?To%CC%82":                      "/a?To%CC%82",
		"/%C3%28":                          "/%C3%28",
	} {
		var got string
		Composed(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			got = r.URL.RequestURI()
			if r.URL.Path == "" {
				t.Errorf("%s: no path", target)
			}
		})).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, target, nil))
		if got != want {
			t.Errorf("%s: got %s, want %s", target, got, want)
		}
	}
}
