package export

import (
	"slices"

	"tungnha/coverage"
	"tungnha/coverage/rules"
)

// dictionaryLayers are the layers by what the dictionary calls them: those of files, and counts by day.
var dictionaryLayers = []struct {
	name string
	by   coverage.By
}{{string(Areas), coverage.ByArea}, {string(Cells), coverage.ByCell}, {string(Teams), coverage.ByTeam},
	{"visits", coverage.ByDay}}

// Dictionary returns every field that files and answers have: those of single layers first, those of the skills last.
// A field that counts households is, in the layer households, whether the one is among them.
func Dictionary(config *rules.Config) []Field {
	var all []Field
	add := func(list []Field, layer string, f *field) []Field {
		i := slices.IndexFunc(list, func(of Field) bool { return of.Name == f.Name })
		if i < 0 {
			i, list = len(list), append(list, f.Field)
		}
		list[i].Layers = append(list[i].Layers, layer)
		if layer == string(Areas) {
			list[i].Layers = append(list[i].Layers, string(Flags))
		}
		return list
	}
	// A skill's fields go behind flags and suppressed, which are the last of a file.
	place := func(f *field) int {
		switch m := f.measure; {
		case m == nil && f.Type == List:
			return 1
		case m != nil && m.Skill >= 0:
			return 2
		case m != nil && m.In&rules.InRows == rules.InRows:
			return 0
		}
		return -1
	}
	for want := -1; want <= 2; want++ {
		for _, layer := range dictionaryLayers {
			fields := fieldsOf(config, layer.by, true, false)
			for i := range fields {
				if place(&fields[i]) == want {
					all = add(all, layer.name, &fields[i])
				}
			}
		}
	}
	// What only households have follows their number.
	at := 1 + slices.IndexFunc(all, func(f Field) bool { return f.Name == "households" })
	for _, f := range householdFields(config) {
		before := len(all)
		if all = add(all, string(Households), &f); len(all) > before {
			last := all[before]
			all = slices.Insert(all[:before], at, last)
			at++
		}
	}
	return all
}

// LayerFields returns the fields of a layer, "visits" for counts by day, in the order of
// its columns, as the viewer gets it; of cells without those of hot spots.
func LayerFields(view *coverage.View, layer string) []Field {
	config, public := view.Config(), view.Release() != nil
	var list []field
	if layer == string(Households) {
		list = householdFields(config)
	}
	for _, l := range dictionaryLayers {
		if l.name == layer || l.name == string(Areas) && layer == string(Flags) {
			list = fieldsOf(config, l.by, false, public)
		}
	}
	fields := make([]Field, len(list))
	for i := range list {
		fields[i] = list[i].Field
	}
	return fields
}
