package tiles

import (
	"math"
	"slices"
	"sync"

	"tungnha/coverage"
	"tungnha/coverage/rules"
	"tungnha/data"
)

// A field is one property that features of a layer may have.
type field struct{ name, description string }

// The fields that the count of a cell or an area is written into, in this order, from some
// first key on. Skills follow, perSkill fields each.
const (
	keyHouseholds = iota
	keyAttempted
	keyContacted
	keyReached
	keyRevisitDue
	keyVisits
	keyLastVisit
	keyDaysSinceVisit
	keyCoverage
	keyAttemptRate
	keySuccessRate
	keySuppressed
	keyFlags
	keyNoTeam
	keyUnvisited
	keyBarelyVisited
	keyLowCoverage
	keyStale
	keyRegistryGap
	keyLowUptake
	keySkills
)

const (
	skillAssessed = iota
	skillShown
	skillUptake
	skillLow
	skillTooFew
	perSkill
)

// lowUptake has the bits of all skills.
const lowUptake = rules.FlagLowUptake * (1<<data.MaxSkills - 1)

// countFields returns the fields of a count.
func countFields(skills data.Skills) []field {
	fields := []field{
		keyHouseholds:     {"households", "Number: eligible households on the last day"},
		keyAttempted:      {"attempted", "Number: households visited in the window, whatever the outcome"},
		keyContacted:      {"contacted", "Number: households met in the window"},
		keyReached:        {"reached", "Number: households with a completed visit in the window"},
		keyRevisitDue:     {"revisit_due", "Number: households to come back to"},
		keyVisits:         {"visits", "Number: visits in the window"},
		keyLastVisit:      {"last_visit", "String: day of the latest visit, YYYY-MM-DD"},
		keyDaysSinceVisit: {"days_since_visit", "Number: days from the latest visit to the last day"},
		keyCoverage:       {"coverage", "Number: reached / households, 0 to 1; absent: no data"},
		keyAttemptRate:    {"attempt_rate", "Number: attempted / households, 0 to 1; absent: no data"},
		keySuccessRate:    {"success_rate", "Number: reached / contacted, 0 to 1; absent: no data"},
		keySuppressed:     {"suppressed", "Boolean: true where small counts are kept back"},
		keyFlags:          {"flags", "String: the flags raised, divided by semicolons"},
		keyNoTeam:         {"no_team", "Boolean: true where no team serves it"},
		keyUnvisited:      {"unvisited", "Boolean: true where nobody came in the window"},
		keyBarelyVisited:  {"barely_visited", "Boolean: true where few households were visited"},
		keyLowCoverage:    {"low_coverage", "Boolean: true where coverage is low"},
		keyStale:          {"stale", "Boolean: true where the latest visit is long ago"},
		keyRegistryGap:    {"registry_gap", "Boolean: true where the register disagrees with the declared number"},
		keyLowUptake:      {"low_uptake", "Boolean: true where uptake of any skill is low"},
	}
	for _, s := range skills {
		fields = append(fields,
			field{"assessed_" + s.Key, "Number: households in which it was looked at: " + s.EN},
			field{"shown_" + s.Key, "Number: those of them that showed it: " + s.EN},
			field{"uptake_" + s.Key, "Number: shown / assessed, 0 to 1; absent: no data"},
			field{"low_uptake_" + s.Key, "Boolean: true where uptake is low: " + s.EN},
			field{"too_few_data_" + s.Key, "Boolean: true where too few were assessed to tell: " + s.EN},
		)
	}
	return fields
}

var cellFields = []field{{"h3", "String: H3 index of the cell"}}

// The fields of a cell after those of its count, where they are asked for.
const (
	keySpotScore = iota
	keySpotClass
)

var spotFields = []field{
	keySpotScore: {"gi_z", "Number: Getis-Ord Gi*, how far coverage around the cell is from the mean, in standard deviations; absent: no statistic"},
	keySpotClass: {"hotspot", "String: hot where high coverage stands together beyond chance, cold where low coverage does, else not_significant"},
}

// The last fields of a cell or an area, where they are asked for.
const (
	keyEarlierCoverage = iota
	keyCoverageChange
)

var changeFields = []field{
	keyEarlierCoverage: {"earlier_coverage", "Number: reached / households in the earlier window; absent: no data"},
	keyCoverageChange:  {"coverage_change", "Number: coverage less earlier_coverage, -1 to 1; absent: no data in one of the windows"},
}

// The fields of an area before those of its count.
const (
	keyCode = iota
	keyName
	keyNameEN
	keyLevel
	keyKind
	keyParent
	keyDeclared
	keyRegistryCompleteness
	keyDerived
	keyDerivedHouseholds
	keyDerivedOn
	keyAreaCount
)

var areaFields = []field{
	keyCode:                 {"code", "String: official code"},
	keyName:                 {"name", "String: name"},
	keyNameEN:               {"name_en", "String: name in English"},
	keyLevel:                {"level", "String: province, district, commune or hamlet"},
	keyKind:                 {"kind", "String: Phường, Xã, Thôn and the like"},
	keyParent:               {"parent", "String: code of the area above"},
	keyDeclared:             {"declared_households", "Number: households that the authority declares"},
	keyRegistryCompleteness: {"registry_completeness", "Number: households / declared_households"},
	keyDerived:              {"geometry_derived", "Boolean: true where the shape is made of the cells in which households live"},
	keyDerivedHouseholds:    {"derived_households", "Number: households in the register that the shape is made from"},
	keyDerivedOn:            {"derived_on", "String: the latest day that the register knew of then, YYYY-MM-DD"},
}

// The fields of a flag before those of its area.
const (
	keyFlag = iota
	keySeverity
	keyFlagArea
)

var flagFields = []field{
	keyFlag:     {"flag", "String: the most severe flag raised"},
	keySeverity: {"severity", "Number: its rank, 1 the most severe"},
}

// The fields of a household.
const (
	keyHouseholdID = iota
	keyHouseholdHamlet
	keyHouseholdState
	keyHouseholdVisits
	keyHouseholdLastVisit
	keyHouseholdEligible
	keyHouseholdCount
	keyHouseholdAttempted
	keyHouseholdReached
	keyHouseholdCoverage
)

var householdFields = []field{
	keyHouseholdID:        {"household_id", "String: the register's name for it"},
	keyHouseholdHamlet:    {"hamlet_code", "String: the hamlet it declares"},
	keyHouseholdState:     {"state", "String: reached, revisit_due, contacted, attempted, unvisited or ineligible"},
	keyHouseholdVisits:    {"visits", "Number: visits in the window"},
	keyHouseholdLastVisit: {"last_visit", "String: day of the latest visit, YYYY-MM-DD"},
	keyHouseholdEligible:  {"eligible", "Boolean: true where it counts among the households"},
	keyHouseholdCount:     {"count", "Number: eligible households that the point stands for: 1 or 0 from zoom 14 on, before it those of a cell around the point; a zoom adds up to the total"},
	keyHouseholdAttempted: {"attempted", "Number: of a cell, those of them visited in the window"},
	keyHouseholdReached:   {"reached", "Number: of a cell, those of them with a completed visit in the window"},
	keyHouseholdCoverage:  {"coverage", "Number: of a cell, reached / count, 0 to 1"},
}

// fieldsOf returns the fields of a layer's features; of cells with hot spots, and of cells
// and areas with their change, where they are asked for.
func fieldsOf(layer Layer, skills data.Skills, spots, change bool) []field {
	var more []field
	if spots {
		more = append(more, spotFields...)
	}
	if change {
		more = append(more, changeFields...)
	}
	switch layer {
	case Cells:
		return slices.Concat(cellFields, countFields(skills), more)
	case Areas:
		return slices.Concat(areaFields, countFields(skills), more)
	case Flags:
		return slices.Concat(flagFields, areaFields, countFields(skills))
	case Households:
		return householdFields
	}
	return nil
}

// A schema is what the fields of a layer's features depend on.
type schema struct {
	config        *rules.Config
	layer         Layer
	spots, change bool
}

// schemas keeps the names of the fields of each schema. A program has one configuration, so
// they are few.
type schemas struct{ kept sync.Map } // of []string by schema

func (s *schemas) keys(of schema) []string {
	if kept, ok := s.kept.Load(of); ok {
		return kept.([]string)
	}
	keys := names(fieldsOf(of.layer, of.config.Skills, of.spots, of.change))
	s.kept.Store(of, keys)
	return keys
}

func names(fields []field) []string {
	keys := make([]string, len(fields))
	for i, f := range fields {
		keys[i] = f.name
	}
	return keys
}

// count writes the count of a row, its fields from the key first on. What is hidden from
// the viewer and rates over nothing are left out.
func (w *writer) count(first int, result *coverage.Result, row *coverage.Row) {
	if row.Hidden != 0 {
		w.shownCount(first, result, row)
		return
	}
	// What follows is shownCount for a count of which nothing is hidden, as nearly all are:
	// a tile has tens of thousands of these properties.
	tags, values := w.tags, &w.values
	tags = appendTag(tags, first+keyHouseholds, values.uint(row.Households))
	tags = appendTag(tags, first+keyAttempted, values.uint(row.Attempted))
	tags = appendTag(tags, first+keyContacted, values.uint(row.Contacted))
	tags = appendTag(tags, first+keyReached, values.uint(row.Reached))
	tags = appendTag(tags, first+keyRevisitDue, values.uint(row.RevisitDue))
	w.tags = appendTag(tags, first+keyVisits, values.uint(row.Visits))
	w.lastVisit(first, result, row)
	tags = w.tags
	if row.Households > 0 {
		tags = appendTag(tags, first+keyCoverage, values.ratio(row.Reached, row.Households))
		tags = appendTag(tags, first+keyAttemptRate, values.ratio(row.Attempted, row.Households))
	}
	if row.Contacted > 0 {
		tags = appendTag(tags, first+keySuccessRate, values.ratio(row.Reached, row.Contacted))
	}
	key := first + keySkills
	for i := range result.Config.Skills {
		assessed, shown := row.Assessed[i], row.Shown[i]
		tags = appendTag(tags, key+skillAssessed, values.uint(assessed))
		tags = appendTag(tags, key+skillShown, values.uint(shown))
		if assessed > 0 {
			tags = appendTag(tags, key+skillUptake, values.ratio(shown, assessed))
		}
		key += perSkill
	}
	w.tags = tags
	w.flags(first, result.Config, row.Flags)
}

// shownCount is count where some of it may be hidden.
func (w *writer) shownCount(first int, result *coverage.Result, row *coverage.Row) {
	hidden := row.Hidden
	number := func(key int, hide rules.Hidden, n uint32) {
		if hidden&hide == 0 {
			w.tag(first+key, w.values.uint(uint32(n)))
		}
	}
	number(keyHouseholds, rules.HiddenHouseholds, row.Households)
	number(keyAttempted, rules.HiddenAttempted, row.Attempted)
	number(keyContacted, rules.HiddenContacted, row.Contacted)
	number(keyReached, rules.HiddenReached, row.Reached)
	number(keyRevisitDue, rules.HiddenRevisitDue, row.RevisitDue)
	number(keyVisits, 0, row.Visits)
	w.lastVisit(first, result, row)

	rate := func(key int, hide rules.Hidden, part, whole uint32) {
		if hidden&hide == 0 && whole > 0 {
			w.tag(first+key, w.values.ratio(part, whole))
		}
	}
	rate(keyCoverage, rules.HiddenReached|rules.HiddenHouseholds, row.Reached, row.Households)
	rate(keyAttemptRate, rules.HiddenAttempted|rules.HiddenHouseholds, row.Attempted, row.Households)
	rate(keySuccessRate, rules.HiddenReached|rules.HiddenContacted, row.Reached, row.Contacted)
	if hidden != 0 {
		w.tag(first+keySuppressed, w.values.yes())
	}
	for i := range result.Config.Skills {
		key := keySkills + i*perSkill
		assessed, shown := rules.HiddenAssessed<<i, rules.HiddenShown<<i
		number(key+skillAssessed, assessed, row.Assessed[i])
		number(key+skillShown, shown, row.Shown[i])
		rate(key+skillUptake, assessed|shown, row.Shown[i], row.Assessed[i])
	}
	w.flags(first, result.Config, row.Flags)
}

// spot writes what a cell's neighbourhood says, its fields from the key first on.
func (w *writer) spot(first int, s *coverage.Spot) {
	if s.Class != coverage.NoSpot {
		w.tag(first+keySpotScore, w.values.score(s.Z))
		w.tag(first+keySpotClass, w.values.named(kindSpot, uint64(s.Class), func(b []byte, n uint64) []byte { return append(b, coverage.SpotClass(n).String()...) }))
	}
}

// change writes how coverage moved from an earlier row of the same cell or area, its fields
// from the key first on.
func (w *writer) change(first int, earlier, row *coverage.Row) {
	const hidden = rules.HiddenReached | rules.HiddenHouseholds
	if earlier.Hidden&hidden != 0 || earlier.Households == 0 {
		return
	}
	w.tag(first+keyEarlierCoverage, w.values.ratio(earlier.Reached, earlier.Households))
	if row.Hidden&hidden == 0 && row.Households > 0 {
		now, before := float64(row.Reached)/float64(row.Households), float64(earlier.Reached)/float64(earlier.Households)
		w.tag(first+keyCoverageChange, w.values.signed(math.Round((now-before)*rateSteps)))
	}
}

// lastVisit writes the day of the latest visit and how long ago it was.
func (w *writer) lastVisit(first int, result *coverage.Result, row *coverage.Row) {
	w.day(first+keyLastVisit, row.LastVisit)
	if row.LastVisit != data.NoDate && row.LastVisit <= result.Query.To {
		w.tag(first+keyDaysSinceVisit, w.values.uint(uint32(result.Query.To-row.LastVisit)))
	}
}

func (w *writer) day(key int, day data.Date) {
	if day != data.NoDate {
		w.tag(key, w.values.date(day))
	}
}

// flagged is a combination of flags that was written in the layer, and where its tags stand
// among those kept: most rows have one of a few.
type flagged struct {
	flags    rules.Flags
	from, to int
}

// flags writes the flags of a row as one text, each of those that a style asks for, and those
// of the skills.
func (w *writer) flags(first int, config *rules.Config, flags rules.Flags) {
	if flags == 0 {
		return
	}
	kept := &w.flagged[uint64(flags)*0x9e3779b97f4a7c15>>58]
	if kept.flags == flags {
		w.tags = append(w.tags, w.flagTags[kept.from:kept.to]...)
		return
	}
	from := len(w.tags)
	w.tag(first+keyFlags, w.values.named(kindFlags, uint64(flags), func(b []byte, n uint64) []byte {
		return config.AppendKeys(b, rules.Flags(n))
	}))
	raised := func(key int, flag rules.Flags) {
		if flags&flag != 0 {
			w.tag(first+key, w.values.yes())
		}
	}
	raised(keyNoTeam, rules.FlagNoTeam)
	raised(keyUnvisited, rules.FlagUnvisited)
	raised(keyBarelyVisited, rules.FlagBarelyVisited)
	raised(keyLowCoverage, rules.FlagLowCoverage)
	raised(keyStale, rules.FlagStale)
	raised(keyRegistryGap, rules.FlagRegistryGap)
	raised(keyLowUptake, lowUptake)
	for i := range config.Skills {
		key := keySkills + i*perSkill
		raised(key+skillLow, rules.FlagLowUptake<<i)
		raised(key+skillTooFew, rules.FlagTooFewData<<i)
	}
	*kept = flagged{flags, len(w.flagTags), len(w.flagTags) + len(w.tags) - from}
	w.flagTags = append(w.flagTags, w.tags[from:]...)
}

// area writes what an area is and its count, its fields from the key first on.
func (d *drawing) area(first int, result *coverage.Result, row *coverage.Row, shapes *shapes) {
	w, area := &d.w, &result.Boundaries.Areas[row.Area]
	text := func(key int, s string) {
		if s != "" {
			w.tag(first+key, w.values.shared(s))
		}
	}
	text(keyCode, area.Code)
	text(keyName, area.Name)
	text(keyNameEN, area.NameEN)
	text(keyLevel, string(area.Level))
	text(keyKind, area.Kind)
	text(keyParent, area.Parent)
	if area.DeclaredHouseholds >= 0 {
		w.tag(first+keyDeclared, w.values.uint(uint32(area.DeclaredHouseholds)))
		if area.DeclaredHouseholds > 0 && row.Hidden&rules.HiddenHouseholds == 0 {
			w.tag(first+keyRegistryCompleteness, w.values.ratio(row.Households, uint32(area.DeclaredHouseholds)))
		}
	}
	if shapes.derived(row.Area) {
		if f := shapes.index.HamletFootprint(area.Code); f != nil {
			w.tag(first+keyDerived, w.values.yes())
			if n, ok := f.From(row, d.small); ok {
				w.tag(first+keyDerivedHouseholds, w.values.uint(uint32(n)))
			}
			w.day(first+keyDerivedOn, f.On)
		}
	}
	w.count(first+keyAreaCount, result, row)
}
