// Package export writes counts and areas as files: GeoJSON, CSV and their kin.
package export

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"tungnha/coverage"
	"tungnha/coverage/boundary"
	"tungnha/coverage/rules"
)

// Definition is the version of the indicators' definitions that every answer and file
// carries.
const Definition = rules.Definition

// Record is one row of a result as JSON shows it: what names it, and its measures. A rate over nothing and a count
// that is kept back are null; suppressed names what is kept back.
type Record struct {
	Key, Name           string
	Kind, Level, Parent string // of an area; of a team Parent is its commune

	of     *Records                   // nil: read from JSON
	values rowValues                  // with of
	total  bool                       // of the whole scope, which has no measures of single layers but an area's
	read   map[string]json.RawMessage // members, where it was read
}

// Uptake is what is known of one skill, with the 95 % interval of its rate.
type Uptake struct {
	Assessed *uint32  `json:"assessed"`
	Shown    *uint32  `json:"shown"`
	Rate     *float64 `json:"rate" doc:"shown / assessed"`
	Low      *float64 `json:"low"`
	High     *float64 `json:"high"`
}

// Answer is a whole result as JSON shows it.
type Answer struct {
	Version    string  `json:"version" doc:"of the data"`
	Definition string  `json:"definition" doc:"version of the indicators' definitions"`
	From       *string `json:"from" format:"date" doc:"null: ever"`
	To         string  `json:"to" format:"date"`
	Boundaries string  `json:"boundaries" format:"date" doc:"the day whose boundaries count"`

	BoundariesFrom *string `json:"boundaries_from" format:"date" doc:"first day on which these very boundaries hold; null: always did"`
	BoundariesTo   *string `json:"boundaries_to" format:"date" doc:"last day on which they hold; null: still do"`

	Total Record   `json:"total"`
	Rows  []Record `json:"rows"`
}

// NewAnswer returns the whole result.
func NewAnswer(result *coverage.Result) Answer {
	records := NewRecords(result)
	answer := Answer{
		Version:    result.Version,
		Definition: Definition,
		From:       result.Query.From.OrNull(),
		To:         result.Query.To.String(),
		Boundaries: result.Query.Boundaries.String(),

		BoundariesFrom: result.Boundaries.From.OrNull(),
		BoundariesTo:   result.Boundaries.To.OrNull(),

		Total: records.Total(),
		Rows:  make([]Record, len(result.Rows)),
	}
	for i := range result.Rows {
		answer.Rows[i] = records.Of(&result.Rows[i])
	}
	return answer
}

// Records makes the records of a result.
type Records struct {
	result   *coverage.Result
	measures []rules.Measure
	skills   []int // of the configuration, by key: the order of JSON
}

// NewRecords returns the records of a result.
func NewRecords(result *coverage.Result) *Records {
	skills := make([]int, len(result.Config.Skills))
	for i := range skills {
		skills[i] = i
	}
	slices.SortFunc(skills, func(a, b int) int {
		return strings.Compare(result.Config.Skills[a].Key, result.Config.Skills[b].Key)
	})
	return &Records{result, result.Config.Measures(), skills}
}

// Total returns the record of the whole scope, under the key and the name of the scope's area.
func (of *Records) Total() Record {
	r := Record{of: of, total: true}
	r.values.set(of.result, &of.result.Total)
	b := of.result.Boundaries
	r.values.area, r.values.team = nil, nil
	if i := b.Find(of.result.Query.Parent); of.result.Query.Parent != "" && i != boundary.NoArea {
		r.values.setArea(&b.Areas[i])
		r.nameArea()
	}
	return r
}

// Of returns the record of one of the result's rows.
func (of *Records) Of(row *coverage.Row) Record {
	r := Record{of: of, Key: key(of.result, row)}
	r.values.set(of.result, row)
	switch {
	case r.values.area != nil:
		r.nameArea()
	case of.result.Query.By == coverage.ByArea:
		r.Level = string(of.result.Query.Level)
	case r.values.team != nil:
		r.Name, r.Parent = r.values.team.Name, r.values.team.CommuneCode
	default:
		r.Name = r.Key
	}
	return r
}

func (r *Record) nameArea() {
	area := r.values.area
	r.Key, r.Name, r.Kind, r.Level, r.Parent = area.Code, area.Name, area.Kind, string(area.Level), area.Parent
}

// layer is the layer that the record is a row of.
func (r *Record) layer() rules.Layers {
	switch layer := layerOfRows(r.of.result.Query.By); {
	case r.values.area != nil:
		return rules.InAreas
	case r.total:
		return 0
	default:
		return layer
	}
}

// Count returns a count, or nil where it is kept back.
func (r *Record) Count(key string) *uint32 { return member[uint32](r, key) }

// Rate returns a rate, or nil where it is one over nothing or a count of it is kept back.
func (r *Record) Rate(key string) *float64 { return member[float64](r, key) }

// LastVisit returns the day of the latest visit, or nil where there was none.
func (r *Record) LastVisit() *string { return member[string](r, "last_visit") }

// Flags returns the flags raised.
func (r *Record) Flags() []string { return *cmp.Or(member[[]string](r, "flags"), new([]string)) }

// Suppressed returns the names of the counts that are kept back.
func (r *Record) Suppressed() []string {
	return *cmp.Or(member[[]string](r, "suppressed"), new([]string))
}

// Serves returns the codes of the hamlets of a team.
func (r *Record) Serves() []string { return *cmp.Or(member[[]string](r, "serves"), new([]string)) }

// HamletsFlagged returns of an area above hamlets how many of its hamlets have each flag.
func (r *Record) HamletsFlagged() map[string]uint32 {
	return *cmp.Or(member[map[string]uint32](r, "hamlets_flagged"), new(map[string]uint32))
}

// Uptake returns what is known of each skill, by key.
func (r *Record) Uptake() map[string]Uptake {
	return *cmp.Or(member[map[string]Uptake](r, "uptake"), new(map[string]Uptake))
}

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
	for name, to := range map[string]*string{"key": &r.Key, "name": &r.Name, "kind": &r.Kind, "level": &r.Level, "parent": &r.Parent} {
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
		value := r.values.measured(m, result.Query.To)
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
		value := r.values.measured(m, 0)
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

// appendText appends a text as encoding/json writes it, but for what it does for HTML: the encoder that asks for the
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
		return reflect.StructField{Name: name, Type: t, Tag: reflect.StructTag(fmt.Sprintf("json:%q%s", key+omit, tags))}
	}
	doc := func(text string) string {
		if text == "" {
			return ""
		}
		return fmt.Sprintf(" doc:%q", text)
	}
	plain := reflect.TypeFor[string]()
	fields := []reflect.StructField{
		member(plain, "key", "", doc("code of the area, H3 index, team id or first day of the period; empty: the bucket of no area")),
		member(plain, "name", "", ""),
		member(plain, "kind", ",omitempty", doc("of an area: Phường, Xã, Thôn …")),
		member(plain, "level", ",omitempty", ""),
		member(plain, "parent", ",omitempty", doc("code of the area above; of a team: its commune")),
	}
	types := map[rules.Kind]reflect.Type{
		rules.Counted: reflect.TypeFor[*uint32](), rules.Share: reflect.TypeFor[*float64](), rules.Ratio: reflect.TypeFor[*float64](),
		rules.Day: reflect.TypeFor[*string](), rules.Served: reflect.TypeFor[[]string](),
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
			tags += ` format:"date"`
		}
		if m.Part == rules.NumDeclared || m.Part == rules.NumMembers {
			t = reflect.TypeFor[*int]()
		}
		fields = append(fields, member(t, m.Key, omit, tags))
	}
	return reflect.StructOf(append(fields,
		member(reflect.TypeFor[map[string]Uptake](), "uptake", "", doc("by skill")),
		member(reflect.TypeFor[[]string](), "flags", "", ""),
		member(reflect.TypeFor[map[string]uint32](), "hamlets_flagged", ",omitempty", doc("of an area above hamlets: how many of its hamlets have each flag")),
		member(reflect.TypeFor[[]string](), "suppressed", ",omitempty", doc("counts kept back because they are small, or would give a small one away"))))
}

// key returns what names the row among the rows of its result.
func key(result *coverage.Result, row *coverage.Row) string {
	switch result.Query.By {
	case coverage.ByArea:
		if row.Area == boundary.NoArea {
			return ""
		}
		return result.Boundaries.Areas[row.Area].Code
	case coverage.ByCell:
		return row.Cell.String()
	case coverage.ByTeam:
		return result.Teams[row.Team].ID
	default:
		return row.Day.String()
	}
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
