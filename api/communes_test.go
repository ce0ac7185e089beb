package api

import (
	"encoding/json"
	"html"
	"image/png"
	"io"
	"regexp"
	"strings"
	"testing"

	"tungnha/api/svgmap"
)

// headOf reads the tags in the head of a page.
func headOf(t *testing.T, page string) map[string]string {
	t.Helper()
	tags := map[string]string{}
	for _, m := range regexp.MustCompile(
		`<meta (?:name|property)="([^"]+)" content="([^"]*)" />`).FindAllStringSubmatch(page, -1) {
		tags[m[1]] = html.UnescapeString(m[2])
	}
	if m := regexp.MustCompile(`<title>([^<]*)</title>`).FindAllStringSubmatch(page, -1); len(m) == 1 {
		tags["title"] = html.UnescapeString(m[0][1])
	}
	return tags
}

func page(t *testing.T, s *Server, url string, headers ...string) map[string]string {
	t.Helper()
	res := get(s, url, headers...)
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != 200 {
		t.Fatalf("%s: status %d, error %v: %s", url, res.StatusCode, err, body)
	}
	if tag := res.Header.Get("ETag"); tag == "" || get(s, url, "If-None-Match", tag).StatusCode != 304 {
		t.Errorf("%s: with its own tag it is sent again", url)
	}
	return headOf(t, string(body))
}

func TestLinkPreview(t *testing.T) {
	s := newTestServer(t, func(c *Config) { c.PublicURL, c.Households = "https://map.example.vn/", true })
	for _, c := range []struct{ url, title, description string }{
		{"/communes/20101", "Phường Hòa Khánh · Từng Nhà", "Dữ liệu mẫu. 56,7\u00a0%: 34 trên 60 hộ đã được hướng " +
			"dẫn xong (01/01/2026 – 31/03/2026). 1 thôn, tổ mới đến rất ít."},
		{"/communes/20101?lang=en&period=30d", "Hòa Khánh Ward · Từng Nhà",
			"Sample data. 50.0%: 30 of 60 households taught (2 Mar 2026 – 31 Mar 2026). 1 hamlet not visited."},
		{"/communes/20102?period=ever", "Xã Bà Nà · Từng Nhà",
			"Dữ liệu mẫu. 0,0\u00a0%: 0 trên 15 hộ đã được hướng dẫn xong (đến 31/03/2026). 1 thôn, tổ chưa ai đến. " +
				"1 thôn, tổ chưa có tổ."},
	} {
		tags := page(t, s, c.url)
		if tags["title"] != c.title || tags["og:title"] != c.title {
			t.Errorf("%s: title %q and %q, want %q", c.url, tags["title"], tags["og:title"], c.title)
		}
		if tags["description"] != c.description || tags["og:description"] != c.description {
			t.Errorf("%s: description\ngot  %q\nwant %q", c.url, tags["og:description"], c.description)
		}
		if tags["og:url"] != "https://map.example.vn"+c.url {
			t.Errorf("%s: og:url %q", c.url, tags["og:url"])
		}
		picture, ok := strings.CutPrefix(tags["og:image"], "https://map.example.vn")
		if !ok {
			t.Fatalf("%s: og:image %q", c.url, tags["og:image"])
		}
		res := get(s, picture)
		config, err := png.DecodeConfig(res.Body)
		if err != nil || config.Width != svgmap.CardWidth || config.Height != svgmap.CardHeight ||
			res.Header.Get("Content-Type") != "image/png" {
			t.Errorf("%s: %s: status %d, %q, %d by %d, error %v", c.url, picture, res.StatusCode,
				res.Header.Get("Content-Type"), config.Width, config.Height, err)
		}
	}
}

// TestLinkPreviewSmall checks that a preview discloses nothing that the page does not.
func TestLinkPreviewSmall(t *testing.T) {
	s := newTestServer(t, nil)
	tags := page(t, s, "/communes/20101?period=2026-01")
	if want := "Dữ liệu mẫu. số nhỏ, không hiển thị (01/01/2026 – 31/01/2026)."; !strings.HasPrefix(
		tags["og:description"], want) {
		t.Errorf("four households were reached: got %q, want %q", tags["og:description"], want)
	}
}

// TestLinkPreviewHostile puts marks of HTML wherever a stranger can.
func TestLinkPreviewHostile(t *testing.T) {
	s := newTestServer(t, func(c *Config) { c.Programme = `"><script>alert(1)</script>` })
	for _, url := range []string{"/communes/20101", `/communes/20101?period="><script>&lang="><script>`,
		"/communes/20101?period=%22%3E%3Cscript%3E", "/communes/20101?%zz"} {
		req := get(s, strings.NewReplacer(`"`, "%22", "<", "%3C", ">", "%3E", "%zz", "%25zz").Replace(url))
		body, _ := io.ReadAll(req.Body)
		if req.StatusCode != 200 || strings.Contains(string(body), "<script>") {
			t.Errorf("%s: status %d, %s", url, req.StatusCode, body)
		}
	}
}

func TestSketch(t *testing.T) {
	s := newTestServer(t, showHouseholds)
	drawn := read[svgmap.Map](t, get(s, "/communes/20101/sketch.json"), 200)
	if len(drawn.Shapes) != 2 || drawn.Shapes[0].Code != "H1" || drawn.Shapes[0].Name != "Tổ dân phố 1" ||
		drawn.Ground == "" {
		t.Errorf("got %+v", drawn)
	}
	if h1, h2 := drawn.Shapes[0].At, drawn.Shapes[1].At; h1[0] >= h2[0] || h1[1] <= h2[1] {
		t.Errorf("H1 is south-west of H2: got %v and %v", h1, h2)
	}
	for url, status := range map[string]int{
		"/communes/H1/sketch.json": 404, "/communes/none/sketch.json": 404, "/communes/none/preview.png": 404,
		"/communes/20101/sketch.json?period=30d": 422, "/communes/20101/sketch.json?boundaries=yesterday": 422,
		"/communes/20101/preview.png?colour=red": 422, "/communes/20101/sketch.json?boundaries=2026-01-01": 200,
	} {
		res := get(s, url)
		if res.StatusCode != status {
			t.Errorf("%s: status %d, want %d", url, res.StatusCode, status)
		}
		if status != 200 {
			var p struct{ Status int }
			if err := json.NewDecoder(res.Body).Decode(&p); err != nil || p.Status != status {
				t.Errorf("%s: problem of status %d, error %v", url, p.Status, err)
			}
		}
	}
}
