package tiles

import (
	"cmp"
	"math"
	"slices"
	"sync"

	"tungnha/coverage"
	"tungnha/coverage/rules"
	"tungnha/data"
	"tungnha/tiles/mvt"
)

// A field is one property that features of a layer may have.
type field struct{ name, description string }

// countSchema describes how the count of a cell or an area is written: its fields, numbered from the first of the
// count, and which of them contains what. It is made from the registry of measures, once for many tiles.
type countSchema struct {
	config     *rules.Config
	fields     []field
	properties []property
	flags      uint8 // the key of the text of all flags
	raised     []raisedFlag
}

// property is a measure on its way into tiles.
type property struct {
	key         uint8
	kind        rules.Kind
	part, whole rules.Number
	hide        rules.Hidden
}

// suppressedProperty is the kind of the property that is true where anything is hidden.
const suppressedProperty rules.Kind = 255

// raisedFlag is the key that is true where any of the flags is raised.
type raisedFlag struct {
	key   uint8
	flags rules.Flags
}

func newCountSchema(config *rules.Config) *countSchema {
	s := &countSchema{config: config}
	add := func(name, description string) uint8 {
		s.fields = append(s.fields, field{name, description})
		return uint8(len(s.fields) - 1)
	}
	measures := config.Measures()
	measured := func(skill int) {
		for i := range measures {
			if m := &measures[i]; m.Skill == skill && m.In&rules.InTiles != 0 {
				s.properties = append(s.properties, property{add(m.Key, m.Tile), m.Kind, m.Part, m.Whole, m.Hide})
			}
		}
	}
	measured(-1)
	s.properties = append(s.properties, property{
		key: add("suppressed", "Boolean: true where small counts are kept back"), kind: suppressedProperty})
	s.flags = add("flags", "String: the flags raised, divided by semicolons")
	kinds := slices.SortedFunc(slices.Values(rules.Severity[:]), func(a, b rules.FlagKind) int {
		return cmp.Compare(a.Flags&-a.Flags, b.Flags&-b.Flags)
	})
	for _, kind := range kinds {
		if description := cmp.Or(kind.TileAny, kind.Tile); description != "" &&
			(kind.TileAny != "" || !kind.OfSkills()) {
			s.raised = append(s.raised, raisedFlag{add(kind.Name, description), kind.Flags})
		}
	}
	for i, skill := range config.Skills {
		measured(i)
		for _, kind := range kinds {
			if kind.OfSkills() && kind.Tile != "" {
				key := add(kind.Name+"_"+skill.Key, kind.Tile+": "+skill.EN)
				s.raised = append(s.raised, raisedFlag{key, kind.Flags & -kind.Flags << i})
			}
		}
	}
	return s
}

// countFields returns the fields of a count.
func countFields(skills data.Skills) []field {
	return newCountSchema(&rules.Config{Skills: skills}).fields
}

// measureFields returns the fields of the measures that some layers have besides their counts, numbered from 0, and
// how they are written.
func measureFields(in rules.Layers) ([]field, []property) {
	var fields []field
	var properties []property
	measures := new(rules.Config).Measures()
	for i := range measures {
		if m := &measures[i]; m.In&in != 0 {
			properties = append(properties, property{uint8(len(fields)), m.Kind, m.Part, m.Whole, m.Hide})
			fields = append(fields, field{m.Key, m.Tile})
		}
	}
	return fields, properties
}

// The last fields of a cell or an area, where they are requested.
var changeFields, changeProperties = measureFields(rules.InChangeTiles)

// variantFields returns the last fields of cells and areas, where they are requested.
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

// schemas keeps the names of the fields of each schema, and how counts are written. A program has one configuration,
// so they are few.
type schemas struct {
	kept   sync.Map // of []string by schema
	counts sync.Map // of *countSchema by *rules.Config
}

func (s *schemas) keys(of schema) []string {
	if kept, ok := s.kept.Load(of); ok {
		return kept.([]string)
	}
	keys := names(of.layer.fields(of.config.Skills, of.variant))
	s.kept.Store(of, keys)
	return keys
}

func (s *schemas) count(config *rules.Config) *countSchema {
	if kept, ok := s.counts.Load(config); ok {
		return kept.(*countSchema)
	}
	made := newCountSchema(config)
	s.counts.Store(config, made)
	return made
}

func names(fields []field) []string {
	keys := make([]string, len(fields))
	for i, f := range fields {
		keys[i] = f.name
	}
	return keys
}

// count writes the count of a row, its fields from the key first on. What is hidden from
// the viewer and rates over nothing are left out. A tile has tens of thousands of these properties.
func (d *tileEncoder) count(first int, result *coverage.Result, row *coverage.Row) {
	if d.counts == nil || d.counts.config != result.Config {
		d.counts = newCountSchema(result.Config)
	}
	n, hidden := &d.numbers, row.Hidden
	n.Set(&row.Count)
	tags, values := d.mvt.Tags, &d.mvt.Values
	for i := range d.counts.properties {
		p := &d.counts.properties[i]
		if hidden&p.hide != 0 {
			continue
		}
		key := first + int(p.key)
		switch p.kind {
		case rules.Counted:
			tags = mvt.AppendTag(tags, key, values.Uint(n[p.part]))
		case rules.Share:
			if whole := n[p.whole]; whole > 0 {
				tags = mvt.AppendTag(tags, key, values.Ratio(n[p.part], whole))
			}
		case rules.Day:
			switch {
			case row.LastVisit == data.NoDate:
			case result.Release != nil:
				tags = mvt.AppendTag(tags, key, values.Named(mvt.KindMonth, uint64(row.LastVisit), appendMonth))
			default:
				tags = mvt.AppendTag(tags, key, values.Date(row.LastVisit))
			}
		case rules.DaysSince:
			if row.LastVisit != data.NoDate && row.LastVisit <= result.Query.To && result.Release == nil {
				tags = mvt.AppendTag(tags, key, values.Uint(uint32(result.Query.To-row.LastVisit)))
			}
		case suppressedProperty:
			if hidden != 0 {
				tags = mvt.AppendTag(tags, key, values.True())
			}
		}
	}
	d.mvt.Tags = tags
	d.rowFlags(first, result.Config, row.Flags)
}

func appendMonth(b []byte, day uint64) []byte {
	return append(b, data.Date(day).MonthName()...)
}

// change writes how coverage moved from an earlier row of the same cell or area, its fields
// from the key first on.
func (d *tileEncoder) change(first int, earlier, row *coverage.Row) {
	now, before := &d.numbers, &d.earlier
	now.Set(&row.Count)
	before.Set(&earlier.Count)
	for i := range changeProperties {
		p := &changeProperties[i]
		key := first + int(p.key)
		switch {
		case earlier.Hidden&p.hide != 0 || before[p.whole] == 0:
		case p.kind == rules.Earlier:
			d.mvt.Tag(key, d.mvt.Values.Ratio(before[p.part], before[p.whole]))
		case row.Hidden&p.hide == 0 && now[p.whole] > 0:
			change := float64(now[p.part])/float64(now[p.whole]) - float64(before[p.part])/float64(before[p.whole])
			d.mvt.Tag(key, d.mvt.Values.Signed(math.Round(change*mvt.RateSteps)))
		}
	}
}

func (d *tileEncoder) day(key int, day data.Date) {
	if day != data.NoDate {
		d.mvt.Tag(key, d.mvt.Values.Date(day))
	}
}

// flagged is a combination of flags that was written in the layer, and where its tags are
// among those kept: most rows have one of a few.
type flagged struct {
	flags    rules.Flags
	from, to int
}

// rowFlags writes the flags of a row as one text, each of those that a style uses, and those
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
	d.mvt.Tag(first+int(d.counts.flags),
		d.mvt.Values.Named(mvt.KindFlags, uint64(flags), func(b []byte, n uint64) []byte {
			return config.AppendKeys(b, rules.Flags(n))
		}))
	for _, r := range d.counts.raised {
		if flags&r.flags != 0 {
			d.mvt.Tag(first+int(r.key), d.mvt.Values.True())
		}
	}
	*kept = flagged{flags, len(d.flagTags), len(d.flagTags) + len(d.mvt.Tags) - from}
	d.flagTags = append(d.flagTags, d.mvt.Tags[from:]...)
}
