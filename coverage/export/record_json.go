package export

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"tungnha/coverage"
	"tungnha/coverage/rules"
)

// member returns a member of the record's JSON; nil where it is null or not there.
func member[T any](r *Record, key string) *T {
	if r.read == nil {
		text, err := r.MarshalJSON()
		if err != nil || json.Unmarshal(text, &r.read) != nil {
			return nil
		}
	}
	var value *T
	if json.Unmarshal(r.read[key], &value) != nil {
		return nil
	}
	return value
}

// UnmarshalJSON reads a record.
func (r *Record) UnmarshalJSON(text []byte) error {
	*r = Record{}
	if err := json.Unmarshal(text, &r.read); err != nil {
		return err
	}
	for name, to := range map[string]*string{"key": &r.Key, "name": &r.Name, "kind": &r.Kind, "level": &r.Level,
		"parent": &r.Parent} {
		if member, ok := r.read[name]; ok {
			if err := json.Unmarshal(member, to); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
	}
	return nil
}

// MarshalJSON writes a record: measures of all layers always, null where there is no figure, those of single layers
// where there is one.
func (r Record) MarshalJSON() ([]byte, error) {
	if r.of == nil {
		return json.Marshal(r.read)
	}
	result, row, layer := r.of.result, r.values.row, r.layer()
	b := appendText(append(make([]byte, 0, 1024), `{"key":`...), r.Key)
	b = appendText(append(b, `,"name":`...), r.Name)
	for _, m := range []struct{ name, value string }{{"kind", r.Kind}, {"level", r.Level}, {"parent", r.Parent}} {
		if m.value != "" {
			b = appendText(append(append(append(b, `,"`...), m.name...), `":`...), m.value)
		}
	}
	for i := range r.of.measures {
		m := &r.of.measures[i]
		if m.Skill >= 0 || m.In&rules.InRows != rules.InRows && m.In&layer == 0 {
			continue
		}
		value := r.values.measured(m, result)
		if m.In&rules.InRows != rules.InRows && (value.Null || m.Kind == rules.Served && len(value.List) == 0) {
			continue
		}
		b = append(append(append(b, `,"`...), m.Key...), `":`...)
		b = appendMember(b, typeOf[m.Kind], &value)
	}
	b = append(b, `,"uptake":{`...)
	for n, i := range r.of.skills {
		if n > 0 {
			b = append(b, ',')
		}
		b = append(appendText(b, result.Config.Skills[i].Key), ':')
		b = r.appendUptake(b, i)
	}
	b = append(b, `},"flags":`...)
	b = appendMember(b, List, &Value{List: result.Config.Keys(row.Flags)})
	b = appendFlagged(b, result.Config, row)
	if names := result.Config.Suppressed(row.Hidden); names != nil {
		b = appendMember(append(b, `,"suppressed":`...), List, &Value{List: names})
	}
	return append(b, '}'), nil
}

// appendUptake appends what is known of a skill: its measures, under the names that Uptake has for them.
func (r *Record) appendUptake(b []byte, skill int) []byte {
	separator := byte('{')
	for i := range r.of.measures {
		m := &r.of.measures[i]
		if m.Skill != skill {
			continue
		}
		value := r.values.measured(m, r.of.result)
		b = append(append(b, separator, '"'), m.Member...)
		b = appendMember(append(b, `":`...), typeOf[m.Kind], &value)
		separator = ','
	}
	return append(b, '}')
}

// appendFlagged appends how many hamlets have each flag, by its name.
func appendFlagged(b []byte, config *rules.Config, row *coverage.Row) []byte {
	flagged := hamletsFlagged(config, row)
	if len(flagged) == 0 {
		return b
	}
	separator := `,"hamlets_flagged":{`
	for _, name := range slices.Sorted(maps.Keys(flagged)) {
		b = appendText(append(b, separator...), name)
		b = strconv.AppendUint(append(b, ':'), uint64(flagged[name]), 10)
		separator = ","
	}
	return append(b, '}')
}

// appendMember appends a value as encoding/json writes it.
func appendMember(b []byte, t Type, v *Value) []byte {
	switch {
	case v.Null:
		return append(b, "null"...)
	case t == Real || t == Share:
		text, err := json.Marshal(v.Real)
		if err != nil { // no rate is infinite
			return append(b, "null"...)
		}
		return append(b, text...)
	case t == List:
		b = append(b, '[')
		for i, s := range v.List {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendText(b, s)
		}
		return append(b, ']')
	case t == Integer:
		return strconv.AppendInt(b, v.Integer, 10)
	}
	return appendText(b, v.Text)
}

// appendText appends a text as encoding/json writes it, but for what it does for HTML: the encoder that calls for the
// record does that.
func appendText(b []byte, s string) []byte {
	for i := range len(s) {
		if s[i] < 0x20 || s[i] == 0x7f {
			text, _ := json.Marshal(s)
			return append(b, text...)
		}
	}
	return appendString(b, s)
}

// RecordShape is a type with the members of a Record, for those who describe types by reflection.
func RecordShape() reflect.Type {
	member := func(t reflect.Type, key, omit, tags string) reflect.StructField {
		name := strings.ReplaceAll(strings.ToUpper(key[:1])+key[1:], "_", "")
		return reflect.StructField{Name: name, Type: t,
			Tag: reflect.StructTag(fmt.Sprintf("json:%q%s", key+omit, tags))}
	}
	doc := func(text string) string {
		if text == "" {
			return ""
		}
		return fmt.Sprintf(" doc:%q", text)
	}
	plain := reflect.TypeFor[string]()
	fields := []reflect.StructField{
		member(plain, "key", "",
			doc("code of the area, H3 index, team id or first day of the period; empty: the bucket of no area")),
		member(plain, "name", "", ""),
		member(plain, "kind", ",omitempty", doc("of an area: Phường, Xã, Thôn …")),
		member(plain, "level", ",omitempty", ""),
		member(plain, "parent", ",omitempty", doc("code of the area above; of a team: its commune")),
	}
	types := map[rules.Kind]reflect.Type{
		rules.Counted: reflect.TypeFor[*uint32](), rules.Share: reflect.TypeFor[*float64](),
		rules.Ratio: reflect.TypeFor[*float64](),
		rules.Day:   reflect.TypeFor[*string](), rules.Served: reflect.TypeFor[[]string](),
	}
	measures := (&rules.Config{}).Measures()
	for i := range measures {
		m := &measures[i]
		t, omit, tags := types[m.Kind], "", doc(m.Doc)
		switch {
		case m.In&rules.InRows == 0:
			continue
		case m.In&rules.InRows != rules.InRows:
			omit = ",omitempty"
		case m.Kind == rules.Counted && m.Hide == 0:
			t = reflect.TypeFor[uint32]()
		case m.Kind == rules.Day:
			tags += doc("day of the latest visit; for the public its month, YYYY-MM")
		}
		if m.Part == rules.NumDeclared || m.Part == rules.NumMembers {
			t = reflect.TypeFor[*int]()
		}
		fields = append(fields, member(t, m.Key, omit, tags))
	}
	return reflect.StructOf(append(fields,
		member(reflect.TypeFor[map[string]Uptake](), "uptake", "", doc("by skill")),
		member(reflect.TypeFor[[]string](), "flags", "", ""),
		member(reflect.TypeFor[map[string]uint32](), "hamlets_flagged", ",omitempty",
			doc("of an area above hamlets: how many of its hamlets have each flag")),
		member(reflect.TypeFor[[]string](), "suppressed", ",omitempty",
			doc("counts kept back because they are small, or would give a small one away"))))
}

func hamletsFlagged(cfg *rules.Config, row *coverage.Row) map[string]uint32 {
	if row.HamletsFlagged == nil {
		return nil
	}
	flagged := make(map[string]uint32)
	for bit, n := range row.HamletsFlagged {
		if n > 0 {
			for _, name := range cfg.Keys(1 << bit) {
				flagged[name] = n
			}
		}
	}
	return flagged
}
