package sample

import (
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"tungnha/data"
	"tungnha/data/sample/calendar"
	"tungnha/geo"
)

// Some hamlets were never reached, some communes lag in one skill, most do not; and those
// who were taught before show more.
func TestProgrammeIsUneven(t *testing.T) {
	p := readProgramme(t, Options{Seed: 1, Households: 30000, Today: day(t, "2026-11-21")})
	hamletOf := map[string]string{}
	for _, h := range p.households {
		hamletOf[h["household_id"]] = h["hamlet_code"]
	}
	visited := map[string]bool{}
	taught := map[string]int{}
	type tally struct{ assessed, shown int }
	byTaught, byCommune := map[int]*tally{}, map[string]*tally{}
	count := func(t *tally, v map[string]string, skill string) *tally {
		if t == nil {
			t = &tally{}
		}
		if strings.Contains(v["assessed"], skill) {
			t.assessed++
		}
		if strings.Contains(v["shown"], skill) {
			t.shown++
		}
		return t
	}
	slices.SortFunc(p.visits, func(a, b map[string]string) int {
		return strings.Compare(a["visited_at"],
			b["visited_at"])
	})
	for _, v := range p.visits {
		id := v["household_id"]
		visited[hamletOf[id]] = true
		commune, _, _ := strings.Cut(id, "-")
		for _, skill := range []string{"public_services", "shopping", "payment", "safety", "local"} {
			byCommune[commune+skill] = count(byCommune[commune+skill], v, skill)
			byTaught[taught[id]] = count(byTaught[taught[id]], v, skill)
		}
		if v["outcome"] == "completed" {
			taught[id]++
		}
	}
	if n := len(p.hamlets) - len(visited); n < 1 || n > len(p.hamlets)/5 {
		t.Errorf("%d of %d hamlets were never visited", n, len(p.hamlets))
	}
	low := 0
	for _, c := range byCommune {
		if c.assessed > 200 && float64(c.shown)/float64(c.assessed) < 0.45 {
			low++
		}
	}
	if low == 0 || low > len(byCommune)/3 {
		t.Errorf("uptake is low in %d of %d skills of communes", low, len(byCommune))
	}
	for n := range 2 {
		before, after := byTaught[n], byTaught[n+1]
		if a, b := float64(before.shown)/float64(before.assessed),
			float64(after.shown)/float64(after.assessed); b < a+0.02 {
			t.Errorf("after %d completed visits %.3f show a skill, after %d %.3f: want it to grow", n, a, n+1, b)
		}
	}
}

func TestProvinceProgramme(t *testing.T) {
	for _, seed := range []uint64{1, 2} {
		readProgramme(t, Options{Seed: seed, Households: 30000, Today: day(t, "2026-11-21")}).check(t)
	}
}

// programme is a sample as it was read back.
type programme struct {
	areas   []data.Area
	locator *geo.Locator
	index   map[string]int // of communes in the locator, by code
	today   data.Date
	report  Report

	hamlets, households, teams, visits []map[string]string
}

func readProgramme(t *testing.T, opt Options) *programme {
	dir, report := write(t, opt)
	p := &programme{areas: opt.Areas, index: map[string]int{}, today: opt.Today, report: report}
	if p.areas == nil {
		p.areas = Province(opt.Seed)
	}
	var shapes []orb.MultiPolygon
	for _, a := range p.areas {
		if a.Level == data.Commune && a.Geometry != nil {
			p.index[a.Code] = len(shapes)
			shapes = append(shapes, a.Geometry)
		}
	}
	p.locator = geo.NewLocator(shapes)
	p.hamlets, p.households = rows(t, dir, "hamlets.csv"), rows(t, dir, "households.csv")
	p.teams, p.visits = rows(t, dir, "teams.csv"), rows(t, dir, "visits.csv")
	return p
}

func (p *programme) check(t *testing.T) {
	t.Run("counts", func(t *testing.T) {
		got := Report{p.report.Areas, len(p.hamlets), len(p.households), len(p.teams), len(p.visits)}
		if got != p.report {
			t.Errorf("files hold %+v, the report says %+v", got, p.report)
		}
	})
	t.Run("hamlets", p.checkHamlets)
	t.Run("households", p.checkHouseholds)
	t.Run("teams", p.checkTeams)
	t.Run("visits", p.checkVisits)
	t.Run("clustered", p.checkClustered)
}

func (p *programme) checkHamlets(t *testing.T) {
	size := map[string]int{}
	for _, h := range p.households {
		size[h["hamlet_code"]]++
	}
	inCommune := map[string]int{}
	for _, h := range p.hamlets {
		inCommune[h["parent"]] += size[h["code"]]
	}
	names, codes := map[string]bool{}, map[string]bool{}
	gaps, missing := 0, 0
	for _, h := range p.hamlets {
		code, parent := h["code"], h["parent"]
		if _, ok := p.index[parent]; !ok || !strings.HasPrefix(code, parent) || len(code) != len(parent)+3 {
			t.Errorf("hamlet %s of commune %s", code, parent)
		}
		if codes[code] || names[parent+h["name"]] {
			t.Errorf("hamlet %s %s stands twice", code, h["name"])
		}
		codes[code], names[parent+h["name"]] = true, true
		if n := size[code]; (n < 80 || n > 450) && inCommune[parent] > 160 {
			t.Errorf("hamlet %s has %d households", code, n)
		}
		if !strings.HasPrefix(h["name"], h["kind"]+" ") {
			t.Errorf("%s %q is of the kind %q", code, h["name"], h["kind"])
		}
		declared, err := strconv.Atoi(h["declared_households"])
		if err != nil {
			missing++
		} else if share := float64(size[code]) / float64(declared); share < 0.8 || share > 1.05 {
			gaps++
		}
	}
	n := len(p.hamlets)
	if gaps == 0 || gaps > n/5 || missing == 0 || missing > n/10 {
		t.Errorf("of %d hamlets %d have a registry gap and %d declare nothing", n, gaps, missing)
	}
}

func (p *programme) checkHouseholds(t *testing.T) {
	known := map[string]bool{}
	for _, h := range p.hamlets {
		known[h["code"]] = true
	}
	ids := map[string]bool{}
	at := map[orb.Point]int{}
	outside, without, removed, during := 0, 0, 0, 0
	for _, h := range p.households {
		id := h["household_id"]
		if ids[id] {
			t.Errorf("household %s stands twice", id)
		}
		ids[id] = true
		point := pointOf(t, h)
		at[point]++
		commune, _, _ := strings.Cut(id, "-")
		m := p.locator.Locate(point)
		if m.Area != p.index[commune] || m.Snapped {
			outside++
			if d := p.locator.Distance(point, p.index[commune]); d > 20 {
				t.Errorf("household %s lies %.0f m outside its commune", id, d)
			}
		}
		if h["hamlet_code"] == "" {
			without++
		} else if !known[h["hamlet_code"]] || !strings.HasPrefix(h["hamlet_code"], commune) {
			t.Errorf("household %s declares hamlet %s", id, h["hamlet_code"])
		}
		registered, gone := day(t, h["registered_on"]), day(t, h["removed_on"])
		if gone != data.NoDate {
			removed++
			if gone <= registered || gone > p.today {
				t.Errorf("household %s: registered on %s, removed on %s", id, registered, gone)
			}
		}
		if registered > p.today-calendar.Days {
			during++
		}
	}
	shared := 0
	for _, n := range at {
		if n > 1 {
			shared += n
			if n < 10 {
				t.Errorf("%d households at one point are no block of flats", n)
			}
		}
	}
	share := func(name string, n int, low, high float64) {
		if got := float64(n) / float64(len(p.households)); got < low || got > high {
			t.Errorf("%s: %.4f of the households, want %.4f to %.4f", name, got, low, high)
		}
	}
	share("outside their commune", outside, 0.001, 0.004)
	share("without a hamlet code", without, 0.003, 0.007)
	share("removed", removed, 0.003, 0.02)
	share("registered during the programme", during, 0.01, 0.08)
	share("in blocks of flats", shared, 0, 0.08)
}

func pointOf(t *testing.T, h map[string]string) orb.Point {
	t.Helper()
	lon, err1 := strconv.ParseFloat(h["lon"], 64)
	lat, err2 := strconv.ParseFloat(h["lat"], 64)
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	return orb.Point{lon, lat}
}

func (p *programme) checkTeams(t *testing.T) {
	serving := map[string]int{}
	two, sum := 0, 0
	for _, team := range p.teams {
		hamlets := strings.Split(team["hamlet_codes"], ";")
		if len(hamlets) > 2 {
			t.Errorf("team %s serves %d hamlets", team["team_id"], len(hamlets))
		}
		if len(hamlets) == 2 {
			two++
		}
		for _, code := range hamlets {
			if !strings.HasPrefix(code, team["commune_code"]) {
				t.Errorf("team %s of commune %s serves %s", team["team_id"], team["commune_code"], code)
			}
			if team["dissolved_on"] == "" {
				serving[code]++
			}
		}
		if !strings.HasPrefix(team["name"], "Tổ công nghệ số cộng đồng ") {
			t.Errorf("team %s is called %q", team["team_id"], team["name"])
		}
		if n, err := strconv.Atoi(team["members"]); err == nil {
			sum += n
			if n < 3 || n > 11 {
				t.Errorf("team %s has %d members", team["team_id"], n)
			}
		}
	}
	if mean := float64(sum) / float64(len(p.teams)); mean < 6 || mean > 7.2 {
		t.Errorf("%.2f members a team", mean)
	}
	if without := 1 - float64(len(serving))/float64(len(p.hamlets)); without < 0.005 || without > 0.2 {
		t.Errorf("%.3f of the hamlets have no team", without)
	}
	if two == 0 || two > len(p.teams)/3 {
		t.Errorf("%d of %d teams serve two hamlets", two, len(p.teams))
	}
}

func (p *programme) checkVisits(t *testing.T) {
	households, teams := map[string]data.Date{}, map[string]data.Date{}
	for _, h := range p.households {
		households[h["household_id"]] = day(t, h["registered_on"])
	}
	for _, team := range p.teams {
		teams[team["team_id"]] = day(t, team["formed_on"])
	}
	ids := map[string]bool{}
	outcomes := map[data.Outcome]int{}
	ever, recent := map[string]bool{}, map[string]bool{}
	sameDay, perDay := 0, map[string]int{}
	for _, v := range p.visits {
		id := v["visit_id"]
		if ids[id] {
			t.Fatalf("visit %s stands twice", id)
		}
		ids[id] = true
		registered, ok := households[v["household_id"]]
		formed, ok2 := teams[v["team_id"]]
		if !ok || !ok2 {
			t.Fatalf("visit %s: household %s, team %s", id, v["household_id"], v["team_id"])
		}
		at, err := time.Parse(time.RFC3339, v["visited_at"])
		if err != nil || !strings.HasSuffix(v["visited_at"], "+07:00") {
			t.Fatalf("visit %s at %s: %v", id, v["visited_at"], err)
		}
		on := data.DateOf(at)
		if on >= p.today || on <= p.today-calendar.Days || on < registered || on < formed {
			t.Errorf("visit %s on %s: household registered on %s, team formed on %s", id, on, registered, formed)
		}
		outcome, err := data.ParseOutcome(v["outcome"])
		if err != nil {
			t.Fatal(err)
		}
		outcomes[outcome]++
		assessed := strings.Split(v["assessed"], ";")
		for _, key := range strings.Split(v["shown"], ";") {
			if key != "" && !slices.Contains(assessed, key) {
				t.Errorf("visit %s shows %s, which was not assessed", id, key)
			}
		}
		if outcome == data.Completed {
			ever[v["household_id"]] = true
			if on > p.today-90 {
				recent[v["household_id"]] = true
			}
		}
		key := v["household_id"] + on.String()
		if perDay[key]++; perDay[key] == 2 {
			sameDay++
		}
	}
	if len(outcomes) != 7 {
		t.Errorf("outcomes %v, want all seven", outcomes)
	}
	if sameDay == 0 || sameDay > len(p.visits)/50 {
		t.Errorf("%d households were reported twice on one day, of %d visits", sameDay, len(p.visits))
	}
	n := float64(len(p.households))
	within := func(name string, got, low, high float64) {
		if got < low || got > high {
			t.Errorf("%s: %.3f, want %.3f to %.3f", name, got, low, high)
		}
	}
	within("visits a household", float64(len(p.visits))/n, 2.2, 3.5)
	within("ever reached", float64(len(ever))/n, 0.5, 0.78)
	within("reached in 90 days", float64(len(recent))/n, 0.13, 0.36)
	within("completed", float64(outcomes[data.Completed])/float64(len(p.visits)), 0.35, 0.65)
}

// checkClustered compares the mean distance to the nearest neighbour with what it would be
// were the households strewn evenly over their commune (Clark and Evans, 1954: 1 there),
// and sees whether neighbours belong to the same hamlet.
func (p *programme) checkClustered(t *testing.T) {
	byCommune := map[string][]xy{}
	hamletOf := map[string][]string{}
	planes := map[string]plane{}
	for _, h := range p.households {
		code, _, _ := strings.Cut(h["household_id"], "-")
		hamletOf[code] = append(hamletOf[code], h["hamlet_code"])
		point := pointOf(t, h)
		if _, ok := planes[code]; !ok {
			planes[code] = planeAt(point)
		}
		byCommune[code] = append(byCommune[code], planes[code].xy(point))
	}
	checked := 0
	for _, a := range p.areas {
		homes := byCommune[a.Code]
		if len(homes) < 300 || len(homes) > 5000 {
			continue
		}
		sum, together := 0.0, 0
		for i, h := range homes {
			least, nearest := math.Inf(1), 0
			for j, o := range homes {
				if d := h.dist(o); i != j && d < least {
					least, nearest = d, j
				}
			}
			sum += least
			if hamletOf[a.Code][i] == hamletOf[a.Code][nearest] {
				together++
			}
		}
		if share := float64(together) / float64(len(homes)); share < 0.9 {
			t.Errorf("%s (%s): only %.2f of the households belong to the hamlet of their nearest neighbour", a.Name,
				a.Kind, share)
		}
		km2 := 0.0
		for _, polygon := range a.Geometry {
			km2 += polygonKm2(polygon)
		}
		even := 0.5 * math.Sqrt(km2*1e6/float64(len(homes)))
		index := sum / float64(len(homes)) / even
		if index > 0.75 {
			t.Errorf("%s (%s): nearest-neighbour index %.2f with %d households", a.Name, a.Kind, index, len(homes))
		}
		checked++
		if checked == 25 {
			break
		}
	}
	if checked == 0 {
		t.Error("no commune was checked")
	}
}
