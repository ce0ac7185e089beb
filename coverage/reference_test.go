package coverage

import (
	"cmp"
	"maps"
	"slices"

	"github.com/paulmach/orb"

	"tungnha/coverage/internal/fixture"
	"tungnha/coverage/rules"
	"tungnha/data"
	"tungnha/geo"
)

// The reference computes what docs/indicators.md defines, sentence by sentence, household by
// household, with no thought of speed and nothing of the engine's but the types of its
// answers.

// refVisit is a visit after the reports of one day were merged.
type refVisit struct {
	day     data.Date
	outcome data.Outcome
}

// merged makes one visit of a day's reports, with the best outcome of the day.
func merged(reports []data.Visit) []refVisit {
	best := make(map[data.Date]data.Outcome)
	for _, r := range reports {
		best[r.Day()] = max(best[r.Day()], r.Outcome)
	}
	var visits []refVisit
	for day, outcome := range best {
		visits = append(visits, refVisit{day, outcome})
	}
	slices.SortFunc(visits, func(a, b refVisit) int { return cmp.Compare(a.day, b.day) })
	return visits
}

// reference is a programme as the definitions see it.
type reference struct {
	areas      []data.Area // those valid on the day of the boundaries
	teams      []data.Team
	households []data.Household
	reports    map[string][]data.Visit // by household, by visited_at, then visit_id
	config     *rules.Config
	viewer     []string          // codes of the viewer's scope
	commune    map[string]string // the commune whose polygon contains the household's point
}

func newReference(m *memory, config *rules.Config, boundaries data.Date) *reference {
	r := &reference{teams: m.Teams, households: m.Households, config: config,
		reports: make(map[string][]data.Visit), commune: make(map[string]string)}
	for _, a := range m.Areas {
		from, to := lifeOf(m.Areas, a)
		if (from == data.NoDate || from <= boundaries) && (to == data.NoDate || to >= boundaries) {
			r.areas = append(r.areas, a)
		}
	}
	for _, v := range m.Visits {
		r.reports[v.HouseholdID] = append(r.reports[v.HouseholdID], v)
	}
	for id := range r.reports {
		fixture.SortVisits(r.reports[id])
	}
	var communes []data.Area
	var shapes []orb.MultiPolygon
	for _, a := range r.areas {
		if a.Level == data.Commune {
			communes = append(communes, a)
			shapes = append(shapes, a.Geometry)
		}
	}
	locator := geo.NewLocator(shapes)
	for _, h := range r.households {
		if m := locator.Locate(h.Point); m.Area >= 0 {
			r.commune[h.ID] = communes[m.Area].Code
		}
	}
	return r
}

// lifeOf returns the first and the last day of an area: what is not given is that of the
// latest area above it whose days meet its own.
func lifeOf(areas []data.Area, a data.Area) (from, to data.Date) {
	from, to = a.ValidFrom, a.ValidTo
	latest := data.Date(-1)
	for _, p := range areas {
		if p.Code != a.Parent || p.Level.Rank() >= a.Level.Rank() {
			continue
		}
		begin, end := lifeOf(areas, p)
		apart := end != data.NoDate && end < a.ValidFrom || a.ValidTo != data.NoDate && a.ValidTo < begin
		if apart || begin <= latest {
			continue
		}
		latest = begin
		if a.ValidFrom == data.NoDate {
			from = begin
		}
		if a.ValidTo == data.NoDate {
			to = end
		}
	}
	return from, to
}

func (r *reference) area(code string) *data.Area {
	for i := range r.areas {
		if r.areas[i].Code == code && code != "" {
			return &r.areas[i]
		}
	}
	return nil
}

// home is the area that the household belongs to: its hamlet, else its commune, else none.
func (r *reference) home(h *data.Household) *data.Area {
	if a := r.area(h.HamletCode); a != nil && a.Level == data.Hamlet {
		return a
	}
	return r.area(r.commune[h.ID])
}

// chain lists the area and those above it.
func (r *reference) chain(a *data.Area) []*data.Area {
	var chain []*data.Area
	for ; a != nil; a = r.area(a.Parent) {
		chain = append(chain, a)
	}
	return chain
}

// at returns the key of the household at the level: "" where it belongs to no such area.
func (r *reference) at(h *data.Household, level data.Level) string {
	for _, a := range r.chain(r.home(h)) {
		if a.Level == level {
			return a.Code
		}
	}
	return ""
}

// inside reports whether the area is one of the codes or below one.
func (r *reference) inside(a *data.Area, codes []string) bool {
	if len(codes) == 0 {
		return true
	}
	return slices.ContainsFunc(r.chain(a), func(a *data.Area) bool { return slices.Contains(codes, a.Code) })
}

// upTo returns the household's reports up to the day.
func (r *reference) upTo(h *data.Household, to data.Date) []data.Visit {
	var reports []data.Visit
	for _, v := range r.reports[h.ID] {
		if v.Day() <= to {
			reports = append(reports, v)
		}
	}
	return reports
}

func since(visits []refVisit, from data.Date) []refVisit {
	var in []refVisit
	for _, v := range visits {
		if v.day >= from {
			in = append(in, v)
		}
	}
	return in
}

func (r *reference) eligible(h *data.Household, to data.Date) bool {
	if h.RegisteredOn != data.NoDate && h.RegisteredOn > to {
		return false
	}
	if h.RemovedOn != data.NoDate && h.RemovedOn <= to {
		return false
	}
	visits := merged(r.upTo(h, to))
	if len(visits) == 0 {
		return true
	}
	latest := visits[len(visits)-1].outcome
	return latest != data.Moved && latest != data.Ineligible
}

// addWindow counts an eligible household by its visits in the window.
func addWindow(c *rules.Count, in []refVisit) {
	has := func(outcomes ...data.Outcome) bool {
		return slices.ContainsFunc(in, func(v refVisit) bool { return slices.Contains(outcomes, v.outcome) })
	}
	if len(in) == 0 {
		return
	}
	c.Attempted++
	if has(data.Completed, data.Partial, data.Refused) {
		c.Contacted++
	}
	if has(data.Completed) {
		c.Reached++
	} else if latest := in[len(in)-1].outcome; latest == data.Absent || latest == data.Partial {
		c.RevisitDue++
	}
}

func addSkills(c *rules.Count, reports []data.Visit) {
	for skill := range data.MaxSkills {
		for i := len(reports) - 1; i >= 0; i-- {
			if reports[i].Assessed.Has(skill) {
				c.Assessed[skill]++
				if reports[i].Shown.Has(skill) {
					c.Shown[skill]++
				}
				break
			}
		}
	}
}

func (r *reference) add(c *rules.Count, h *data.Household, from, to data.Date) {
	reports := r.upTo(h, to)
	visits := merged(reports)
	in := since(visits, from)
	c.Visits += uint32(len(in))
	if len(visits) > 0 {
		c.LastVisit = max(c.LastVisit, visits[len(visits)-1].day)
	}
	if r.eligible(h, to) {
		c.Households++
		addWindow(c, in)
		addSkills(c, reports)
	}
}

// refRow is a row by its key, spelt out.
type refRow struct {
	rules.Count
	ReachedByAny, ReachedElsewhere uint32
	NewlyReached, ReachedSoFar     uint32
	Work                           *rules.Work
	Flags                          []string
	HamletsFlagged                 map[string]uint32
}

// scope lists the households within the codes: all where there are none.
func (r *reference) scope(codes []string) []*data.Household {
	var in []*data.Household
	for i := range r.households {
		h := &r.households[i]
		if len(codes) == 0 || r.home(h) != nil && r.inside(r.home(h), codes) {
			in = append(in, h)
		}
	}
	return in
}

// count counts the households.
func (r *reference) count(households []*data.Household, q Query) rules.Count {
	var c rules.Count
	for _, h := range households {
		r.add(&c, h, q.From, q.To)
	}
	return c
}

// byArea returns the rows by area, "" being the bucket of no area.
func (r *reference) byArea(q Query, codes []string) map[string]refRow {
	households := r.scope(codes)
	members := make(map[string][]*data.Household)
	for _, h := range households {
		key := r.at(h, q.Level)
		if a := r.area(key); a != nil && !r.inside(a, codes) {
			key = ""
		}
		members[key] = append(members[key], h)
	}
	rows := make(map[string]refRow)
	for i := range r.areas {
		a := &r.areas[i]
		if a.Level != q.Level || !r.inside(a, codes) {
			continue
		}
		row := refRow{Count: r.count(members[a.Code], q)}
		row.Flags = r.areaFlags(a, &row.Count, q)
		if a.Level != data.Hamlet {
			row.HamletsFlagged = r.hamletsFlagged(q, []string{a.Code})
		}
		rows[a.Code] = row
	}
	if len(members[""]) > 0 {
		rows[""] = refRow{Count: r.count(members[""], q), Flags: []string{}, HamletsFlagged: nil}
	}
	return rows
}

func (r *reference) hamletsFlagged(q Query, codes []string) map[string]uint32 {
	flagged := make(map[string]uint32)
	q.Level = data.Hamlet
	for i := range r.areas {
		a := &r.areas[i]
		if a.Level != data.Hamlet || !r.inside(a, codes) {
			continue
		}
		c := r.count(r.scope([]string{a.Code}), q)
		for _, flag := range r.areaFlags(a, &c, q) {
			flagged[flag]++
		}
	}
	return flagged
}

func (r *reference) working(t *data.Team, on data.Date) bool {
	return (t.FormedOn == data.NoDate || t.FormedOn <= on) && (t.DissolvedOn == data.NoDate || t.DissolvedOn > on)
}

// hamletsOn are the hamlets that the team serves on the day: those of the latest of its
// assignments that had begun.
func hamletsOn(t *data.Team, on data.Date) []string {
	if t.History == nil {
		return t.HamletCodes
	}
	var codes []string
	var latest data.Date = -1
	for _, a := range t.History {
		if a.From <= on && a.From > latest {
			latest, codes = a.From, a.HamletCodes
		}
	}
	return codes
}

// served reports whether a team serves the hamlet, or one of the commune's.
func (r *reference) served(a *data.Area, on data.Date) bool {
	for i := range r.teams {
		for _, code := range hamletsOn(&r.teams[i], on) {
			if r.working(&r.teams[i], on) && r.area(code) != nil && r.inside(r.area(code), []string{a.Code}) {
				return true
			}
		}
	}
	return false
}

func (r *reference) areaFlags(a *data.Area, c *rules.Count, q Query) []string {
	flags := []string{}
	if a.Level != data.Hamlet && a.Level != data.Commune {
		return flags
	}
	raise := func(name string, when bool) {
		if when {
			flags = append(flags, name)
		}
	}
	th := r.limits(a)
	raise("no_team", c.Households > 0 && !r.served(a, q.To))
	r.raiseRates(raise, c, th)
	raise("stale", c.LastVisit == data.NoDate || int(q.To-c.LastVisit) > th.StaleDays)
	if a.DeclaredHouseholds > 0 {
		completeness := float64(c.Households) / float64(a.DeclaredHouseholds)
		raise("registry_gap", completeness < th.RegistryLow || completeness > th.RegistryHigh)
	}
	slices.Sort(flags)
	return flags
}

// limits returns the thresholds in the province of the area.
func (r *reference) limits(a *data.Area) rules.Thresholds {
	for ; a != nil; a = r.area(a.Parent) {
		if own, ok := r.config.Provinces[a.Code]; ok && a.Level == data.Province {
			return own
		}
	}
	return r.config.Thresholds
}

// limitsOf returns the thresholds in the province of most of the households.
func (r *reference) limitsOf(households []*data.Household, q Query) rules.Thresholds {
	counts := map[string]int{}
	for _, h := range households {
		code := ""
		for a := r.home(h); a != nil; a = r.area(a.Parent) {
			if a.Level == data.Province {
				code = a.Code
			}
		}
		if counts[code] += 0; r.eligible(h, q.To) {
			counts[code]++
		}
	}
	most := ""
	for i, code := range slices.Sorted(maps.Keys(counts)) {
		if i == 0 || counts[code] > counts[most] {
			most = code
		}
	}
	if own, ok := r.config.Provinces[most]; ok {
		return own
	}
	return r.config.Thresholds
}

func (r *reference) raiseRates(raise func(string, bool), c *rules.Count, th rules.Thresholds) {
	raise("unvisited", c.Households > 0 && c.Attempted == 0)
	attempts := float64(c.Attempted) / float64(c.Households)
	raise("barely_visited", c.Households > 0 && attempts > 0 && attempts <= th.BarelyVisited)
	raise("low_coverage", c.Households > 0 && float64(c.Reached)/float64(c.Households) < th.LowCoverage)
	for i, skill := range r.config.Skills {
		raise("too_few_data:"+skill.Key, c.Households > 0 && int(c.Assessed[i]) < th.MinAssessed)
		if int(c.Assessed[i]) >= th.MinAssessed {
			_, _, high, ok := c.Uptake(i) // rules has a reference of its own for the interval
			raise("low_uptake:"+skill.Key, ok && high < th.LowUptake)
		}
	}
}

// byCell returns the rows by cell.
func (r *reference) byCell(q Query, codes []string) map[string]refRow {
	members := make(map[string][]*data.Household)
	for _, h := range r.scope(codes) {
		base, err := geo.CellAt(h.Point, geo.BaseResolution)
		if err != nil {
			panic(err)
		}
		cell := base.Parent(q.Resolution).String()
		members[cell] = append(members[cell], h)
	}
	rows := make(map[string]refRow)
	for cell, households := range members {
		c := r.count(households, q)
		flags := []string{}
		raise := func(name string, when bool) {
			if when {
				flags = append(flags, name)
			}
		}
		r.raiseRates(raise, &c, r.limitsOf(households, q))
		teamless := true
		for _, h := range households {
			home := r.home(h)
			if r.eligible(h, q.To) && home != nil && home.Level == data.Hamlet && r.served(home, q.To) {
				teamless = false
			}
		}
		raise("no_team", c.Households > 0 && teamless)
		slices.Sort(flags)
		rows[cell] = refRow{Count: c, Flags: flags}
	}
	return rows
}
