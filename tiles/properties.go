package tiles

import (
	"math"
	"sync"

	"tungnha/coverage"
	"tungnha/coverage/rules"
	"tungnha/data"
	"tungnha/tiles/mvt"
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

// The last fields of a cell or an area, where they are asked for.
const (
	keyEarlierCoverage = iota
	keyCoverageChange
)

var changeFields = []field{
	keyEarlierCoverage: {"earlier_coverage", "Number: reached / households in the earlier window; absent: no data"},
	keyCoverageChange:  {"coverage_change", "Number: coverage less earlier_coverage, -1 to 1; absent: no data in one of the windows"},
}

// variantFields returns the last fields of cells and areas, where they are asked for.
func variantFields(with variant) []field {
	var fields []field
	if with.spots {
		fields = append(fields, spotFields...)
	}
	if with.change {
		fields = append(fields, changeFields...)
	}
	return fields
}

// schemas keeps the names of the fields of each schema. A program has one configuration, so
// they are few.
type schemas struct{ kept sync.Map } // of []string by schema

func (s *schemas) keys(of schema) []string {
	if kept, ok := s.kept.Load(of); ok {
		return kept.([]string)
	}
	keys := names(of.layer.fields(of.config.Skills, of.variant))
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
func (d *tileEncoder) count(first int, result *coverage.Result, row *coverage.Row) {
	if row.Hidden != 0 {
		d.shownCount(first, result, row)
		return
	}
	// What follows is shownCount for a count of which nothing is hidden, as nearly all are:
	// a tile has tens of thousands of these properties.
	tags, values := d.mvt.Tags, &d.mvt.Values
	tags = mvt.AppendTag(tags, first+keyHouseholds, values.Uint(row.Households))
	tags = mvt.AppendTag(tags, first+keyAttempted, values.Uint(row.Attempted))
	tags = mvt.AppendTag(tags, first+keyContacted, values.Uint(row.Contacted))
	tags = mvt.AppendTag(tags, first+keyReached, values.Uint(row.Reached))
	tags = mvt.AppendTag(tags, first+keyRevisitDue, values.Uint(row.RevisitDue))
	d.mvt.Tags = mvt.AppendTag(tags, first+keyVisits, values.Uint(row.Visits))
	d.lastVisit(first, result, row)
	tags = d.mvt.Tags
	if row.Households > 0 {
		tags = mvt.AppendTag(tags, first+keyCoverage, values.Ratio(row.Reached, row.Households))
		tags = mvt.AppendTag(tags, first+keyAttemptRate, values.Ratio(row.Attempted, row.Households))
	}
	if row.Contacted > 0 {
		tags = mvt.AppendTag(tags, first+keySuccessRate, values.Ratio(row.Reached, row.Contacted))
	}
	key := first + keySkills
	for i := range result.Config.Skills {
		assessed, shown := row.Assessed[i], row.Shown[i]
		tags = mvt.AppendTag(tags, key+skillAssessed, values.Uint(assessed))
		tags = mvt.AppendTag(tags, key+skillShown, values.Uint(shown))
		if assessed > 0 {
			tags = mvt.AppendTag(tags, key+skillUptake, values.Ratio(shown, assessed))
		}
		key += perSkill
	}
	d.mvt.Tags = tags
	d.rowFlags(first, result.Config, row.Flags)
}

// shownCount is count where some of it may be hidden.
func (d *tileEncoder) shownCount(first int, result *coverage.Result, row *coverage.Row) {
	hidden := row.Hidden
	number := func(key int, hide rules.Hidden, n uint32) {
		if hidden&hide == 0 {
			d.mvt.Tag(first+key, d.mvt.Values.Uint(uint32(n)))
		}
	}
	number(keyHouseholds, rules.HiddenHouseholds, row.Households)
	number(keyAttempted, rules.HiddenAttempted, row.Attempted)
	number(keyContacted, rules.HiddenContacted, row.Contacted)
	number(keyReached, rules.HiddenReached, row.Reached)
	number(keyRevisitDue, rules.HiddenRevisitDue, row.RevisitDue)
	number(keyVisits, 0, row.Visits)
	d.lastVisit(first, result, row)

	rate := func(key int, hide rules.Hidden, part, whole uint32) {
		if hidden&hide == 0 && whole > 0 {
			d.mvt.Tag(first+key, d.mvt.Values.Ratio(part, whole))
		}
	}
	rate(keyCoverage, rules.HiddenReached|rules.HiddenHouseholds, row.Reached, row.Households)
	rate(keyAttemptRate, rules.HiddenAttempted|rules.HiddenHouseholds, row.Attempted, row.Households)
	rate(keySuccessRate, rules.HiddenReached|rules.HiddenContacted, row.Reached, row.Contacted)
	if hidden != 0 {
		d.mvt.Tag(first+keySuppressed, d.mvt.Values.True())
	}
	for i := range result.Config.Skills {
		key := keySkills + i*perSkill
		assessed, shown := rules.HiddenAssessed<<i, rules.HiddenShown<<i
		number(key+skillAssessed, assessed, row.Assessed[i])
		number(key+skillShown, shown, row.Shown[i])
		rate(key+skillUptake, assessed|shown, row.Shown[i], row.Assessed[i])
	}
	d.rowFlags(first, result.Config, row.Flags)
}

// change writes how coverage moved from an earlier row of the same cell or area, its fields
// from the key first on.
func (d *tileEncoder) change(first int, earlier, row *coverage.Row) {
	const hidden = rules.HiddenReached | rules.HiddenHouseholds
	if earlier.Hidden&hidden != 0 || earlier.Households == 0 {
		return
	}
	d.mvt.Tag(first+keyEarlierCoverage, d.mvt.Values.Ratio(earlier.Reached, earlier.Households))
	if row.Hidden&hidden == 0 && row.Households > 0 {
		now, before := float64(row.Reached)/float64(row.Households), float64(earlier.Reached)/float64(earlier.Households)
		d.mvt.Tag(first+keyCoverageChange, d.mvt.Values.Signed(math.Round((now-before)*mvt.RateSteps)))
	}
}

// lastVisit writes the day of the latest visit and how long ago it was.
func (d *tileEncoder) lastVisit(first int, result *coverage.Result, row *coverage.Row) {
	d.day(first+keyLastVisit, row.LastVisit)
	if row.LastVisit != data.NoDate && row.LastVisit <= result.Query.To {
		d.mvt.Tag(first+keyDaysSinceVisit, d.mvt.Values.Uint(uint32(result.Query.To-row.LastVisit)))
	}
}

func (d *tileEncoder) day(key int, day data.Date) {
	if day != data.NoDate {
		d.mvt.Tag(key, d.mvt.Values.Date(day))
	}
}

// flagged is a combination of flags that was written in the layer, and where its tags stand
// among those kept: most rows have one of a few.
type flagged struct {
	flags    rules.Flags
	from, to int
}

// rowFlags writes the flags of a row as one text, each of those that a style asks for, and those
// of the skills.
func (d *tileEncoder) rowFlags(first int, config *rules.Config, flags rules.Flags) {
	if flags == 0 {
		return
	}
	kept := &d.flagged[uint64(flags)*0x9e3779b97f4a7c15>>58]
	if kept.flags == flags {
		d.mvt.Tags = append(d.mvt.Tags, d.flagTags[kept.from:kept.to]...)
		return
	}
	from := len(d.mvt.Tags)
	d.mvt.Tag(first+keyFlags, d.mvt.Values.Named(mvt.KindFlags, uint64(flags), func(b []byte, n uint64) []byte {
		return config.AppendKeys(b, rules.Flags(n))
	}))
	raised := func(key int, flag rules.Flags) {
		if flags&flag != 0 {
			d.mvt.Tag(first+key, d.mvt.Values.True())
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
	*kept = flagged{flags, len(d.flagTags), len(d.flagTags) + len(d.mvt.Tags) - from}
	d.flagTags = append(d.flagTags, d.mvt.Tags[from:]...)
}
