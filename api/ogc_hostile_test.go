package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"tungnha/data"
)

// TestOGCDisclosure: a viewer who may not see small counts learns nothing of them from filters,
// sorting or parameters. Whatever the query, the answer follows from what is shown.
func TestOGCDisclosure(t *testing.T) {
	s := newTestServer(t, nil)
	shown := ogcItems(t, s, "hamlets")
	hidden := 0
	for _, f := range shown.Features {
		for _, name := range []string{"households", "attempted", "contacted", "reached", "revisit_due"} {
			value := f.Properties[name]
			if value == nil {
				hidden++
			}
			for _, n := range []int{0, 1, 4, 9, 15, 30, 40} {
				for _, op := range []string{"=", "<", ">=", "<>"} {
					want := value != nil && map[string]bool{"=": value.(float64) == float64(n),
						"<":  value.(float64) < float64(n),
						">=": value.(float64) >= float64(n), "<>": value.(float64) != float64(n)}[op]
					for _, filter := range []string{fmt.Sprintf("%s %s %d", name, op, n),
						fmt.Sprintf("NOT (NOT %s %s %d)", name, op, n)} {
						got := slices.Contains(ogcItems(t, s, "hamlets", "filter", filter).ids(), f.ID)
						if got != want {
							t.Fatalf("%s is shown as %v of %s, and %q is %t", name, value, f.ID, filter, got)
						}
					}
				}
				if op := ogcItems(t, s, "hamlets", name, fmt.Sprint(n)); slices.Contains(op.ids(),
					f.ID) != (value == float64(n)) {
					t.Fatalf("%s=%d tells %s, which is shown as %v", name, n, f.ID, value)
				}
			}
		}
	}
	if hidden == 0 {
		t.Error("nothing is kept back: the test shows nothing")
	}
	ogcRefused(t, s, "/collections/households/items", 403, "")
	ogcRefused(t, s, "/collections/households", 403, "")
	ogcRefused(t, s, "/collections/households/queryables", 403, "")
	for _, c := range ogcRead[struct{ Collections []ogcCollection }](t, s, "/collections").Collections {
		if c.ID == "households" {
			t.Error("households are listed where they are not shown")
		}
	}
}

// TestOGCPages turns the pages of a query while visits come in: they are those of one state of
// the data. A cursor from elsewhere is refused.
func TestOGCPages(t *testing.T) {
	s := newTestServer(t, showHouseholds)
	turn := func(collection string, between func(), parameters ...string) (ids []string, versions map[string]bool) {
		versions = map[string]bool{}
		f := ogcItems(t, s, collection, parameters...)
		for {
			ids = append(ids, f.ids()...)
			versions[f.Version] = true
			next := linksOf(f.Links, "next")
			if len(next) == 0 {
				return ids, versions
			}
			between()
			f = ogcFollow[ogcFeatures](t, s, next[0].Href)
		}
	}
	whole := ogcItems(t, s, "households", "limit", "1000").ids()
	for _, parameters := range [][]string{{"limit", "7"}, {"limit", "7", "sortby", "-visits,household_id"},
		{"limit", "7", "filter", "visits >= 0"}} {
		n := 0
		ids, versions := turn("households", func() {
			n++
			post := fmt.Sprintf(
				`[{"visit_id":"p-%s-%d","household_id":"H3-%03d","team_id":"T1","visited_at":"2026-03-30T09:00:00+07:00","outcome":"completed"}]`,
				strings.Join(parameters, ""), n, n)
			if n < 5 {
				postVisits(t, s, post)
			}
		}, parameters...)
		if len(versions) != 1 {
			t.Errorf("%q: the pages are of the versions %v", parameters, versions)
		}
		if len(ids) != len(whole) || !slices.Equal(slices.Sorted(slices.Values(ids)),
			slices.Sorted(slices.Values(whole))) {
			t.Errorf("%q: %d features on all pages, %d in one", parameters, len(ids), len(whole))
		}
	}

	first := ogcItems(t, s, "households", "limit", "7")
	next, err := url.Parse(linksOf(first.Links, "next")[0].Href)
	if err != nil {
		t.Fatal(err)
	}
	cursor := next.Query().Get("cursor")
	for query, reason := range map[string]string{
		"cursor=" + cursor + "&sortby=visits":                   "another query",
		"cursor=" + cursor + "&to=2026-03-30":                   "another query",
		"cursor=" + cursor + "&filter=TRUE":                     "another query",
		"cursor=":                                               "none of this server's",
		"cursor=abc":                                            "none of this server's",
		"cursor=" + cursor[:len(cursor)-1] + "_":                "none of this server's",
		"cursor=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA":               "none of this server's",
		"cursor=" + strings.Repeat("A", 5000):                   "none of this server's",
		"cursor=" + url.QueryEscape("'; DROP TABLE visits; --"): "none of this server's",
	} {
		ogcRefused(t, s, "/collections/households/items?"+query, 400, "query.cursor")
		if p := read[struct{ Detail string }](t, get(s, "/ogc/collections/households/items?"+query),
			400); !strings.Contains(p.Detail, reason) {
			t.Errorf("%.80s: %q, want %q in it", query, p.Detail, reason)
		}
	}
	ogcRefused(t, s, "/collections/areas/items?cursor="+cursor, 400, "query.cursor")
	// The limit and the format of a page are no part of the query.
	if f := ogcItems(t, s, "households", "cursor", cursor, "limit", "3", "crs", latLon); len(f.Features) != 3 ||
		f.Features[0].ID != whole[7] {
		t.Errorf("another limit: %v, want 3 from %s on", f.ids(), whole[7])
	}
	// Another server, or this one after its data have changed and its pages are dropped,
	// does not have that state of the data.
	other := newTestServer(t, showHouseholds)
	postVisits(t, other, visitJSON("", ""))
	postVisits(t, s, visitJSON("", ""))
	ogcRefused(t, other, "/collections/households/items?limit=7&cursor="+cursor, 410, "query.cursor")
}

func postVisits(t testing.TB, s *Server, body string) {
	t.Helper()
	if !strings.HasPrefix(body, "[") {
		body = "[" + body + "]"
	}
	var visits []struct {
		ID        string    `json:"visit_id"`
		Household string    `json:"household_id"`
		Team      string    `json:"team_id"`
		At        time.Time `json:"visited_at"`
	}
	if err := json.Unmarshal([]byte(body), &visits); err != nil {
		t.Fatal(err)
	}
	var posts []data.Visit
	for _, v := range visits {
		posts = append(posts, data.Visit{ID: v.ID, HouseholdID: v.Household, TeamID: v.Team, At: v.At,
			Outcome: data.Completed})
	}
	if _, err := s.data.Load().Post(context.Background(), posts); err != nil {
		t.Fatal(err)
	}
}

// TestOGCHostile sends what must not hurt: each is answered with a problem.
func TestOGCHostile(t *testing.T) {
	s := newTestServer(t, showHouseholds)
	for _, filter := range []string{
		"1=1; DROP TABLE visits", "name = '' OR ''='", "name = 'x' UNION SELECT * FROM households", "pg_sleep(10) = 1",
		"name = 'a'--",
		strings.Repeat("(", 5000), strings.Repeat("NOT ", 4000) + "TRUE", strings.Repeat("CASEI(", 2000) + "name",
		strings.Repeat("(", 33) + "TRUE" + strings.Repeat(")", 33),
		"households IN (" + strings.Repeat("1,", 5000) + "1)", "households IN (" + strings.Repeat("1,", 100000) + "1)",
		"S_INTERSECTS(geometry, BBOX(NaN,NaN,NaN,NaN))", "S_INTERSECTS(geometry, MULTIPOINT(" +
			strings.Repeat("1 1,", 3000) + "1 1))",
		"S_INTERSECTS(geometry, POINT(1e308 1e308))", "households = 1e999", "name = '\x00'", "name = '\xff\xfe'",
		"households = 0x10", "\u202e = 1",
		`{"op":"and","args":[` + strings.Repeat(`{"op":"not","args":[`, 40) + "true" + strings.Repeat("]}", 40) +
			",true]}", strings.Repeat("[", 16000), `{"op":`,
		`{"op":"in","args":[{"property":"households"},[` + strings.Repeat("1,", 3000) + `1]]}`, " ",
	} {
		ogcRefused(t, s, "/collections/areas/items?filter="+url.QueryEscape(filter), 400, "query.filter")
	}
	for path, location := range map[string]string{
		"/collections/areas/items?name=" + strings.Repeat("a", 2000):        "query.name",
		"/collections/areas/items?parent=" + strings.Repeat("9", 2000):      "query.parent",
		"/collections/areas/items?datetime=" + strings.Repeat("2", 2000):    "query.datetime",
		"/collections/areas/items?bbox=" + strings.Repeat("1,", 2000) + "1": "query.bbox",
		"/collections/areas/items?households=NaN":                           "query.households",
		"/collections/cells/items?resolution=99999999999999999999":          "query.resolution",
		"/collections/flags/items?kind=" + strings.Repeat("no_team:", 500):  "query.kind",
		"/collections/areas/items?sortby=" + strings.Repeat("%27", 200):     "query.sortby",
		"/collections/areas/items?crs=javascript:alert(1)":                  "query.crs",
	} {
		ogcRefused(t, s, path, 400, location)
	}
	ogcRefused(t, s, "/collections/cells/items/8fffffffffffffff", 404, "")
	ogcRefused(t, s, "/collections/cells/items/..%2f..%2fetc%2fpasswd", 404, "")
	if page := ogcPage(t, s, "/collections/areas/items?f=html&name="+url.QueryEscape(
		"<script>alert(1)</script>")); strings.Contains(page, "<script") {
		t.Error("a page repeats a script that it was given")
	}
}

// FuzzCursor gives any cursor: it is a page, or refused with a problem.
func FuzzCursor(f *testing.F) {
	s := newTestServer(f, nil)
	first := ogcItems(f, s, "hamlets", "limit", "1")
	next, err := url.Parse(linksOf(first.Links, "next")[0].Href)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(next.Query().Get("cursor"))
	f.Add("")
	f.Add("AAAA")
	f.Fuzz(func(t *testing.T, cursor string) {
		res := get(s, "/ogc/collections/hamlets/items?limit=1&cursor="+url.QueryEscape(cursor))
		if res.StatusCode != 200 && res.StatusCode != 400 && res.StatusCode != 410 {
			t.Fatalf("%q: %d", cursor, res.StatusCode)
		}
	})
}
