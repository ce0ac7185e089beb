package ingest

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"tungnha/data"
	"tungnha/internal/problem"
)

func TestKindOf(t *testing.T) {
	tests := []struct {
		names []string
		hasID bool
		want  data.Kind
		err   string
	}{
		{visitColumns, false, data.Visits, ""},
		{teamColumns, false, data.Teams, ""},
		{teamColumns[1:], true, data.Teams, ""},
		{householdColumns, true, data.Households, ""},
		{strings.Split("code,name,kind,parent,declared_households", ","), false, data.Areas, ""},
		{areaColumns, false, data.Areas, ""},
		{[]string{"name", "kind"}, true, data.Areas, ""},
		{[]string{"lon", "lat"}, true, data.Households, ""},
		// Some of the columns: files of updates.
		{[]string{"household_id", "hamlet_code"}, false, data.Households, ""},
		{[]string{"team_id", "members"}, false, data.Teams, ""},
		{[]string{"visit_id", "outcome"}, false, data.Visits, ""},
		{[]string{"code", "population"}, false, data.Areas, ""},
		{[]string{"population"}, true, data.Areas, ""},
		{[]string{"team_id", "name", "commune_code", "members"}, true, data.Teams, ""}, // no areas with a name
		{[]string{"household_id", "team_id", "visited_at", "outcome"}, true, data.Visits, ""},
		{[]string{"household_id", "team_id", "visited_at", "outcome"}, false, "", "a file of visits needs the column visit_id"},
		{[]string{"lon", "lat"}, false, "", "a file of households needs the column household_id"},
		{[]string{"household_id"}, false, "", `cannot tell whether it holds areas, households, teams or visits from the columns "household_id"`},
		{[]string{"a", "b", "c", "d", "e", "f", "g", "h", "i"}, false, "",
			`no column of areas, households, teams or visits among "a", "b", "c", "d", "e", "f", "g", "h" and 1 more`},
	}
	for _, tt := range tests {
		got, err := kindOf(tt.names, tt.hasID)
		if got != tt.want || errText(err) != tt.err {
			t.Errorf("kindOf(%q, %v) = %q, %q; want %q, %q", tt.names, tt.hasID, got, errText(err), tt.want, tt.err)
		}
	}
}

func TestSeparatorOf(t *testing.T) {
	for header, want := range map[string]byte{
		"visit_id,household_id":          ',',
		"visit_id;household_id":          ';',
		"visit_id\thousehold_id":         '\t',
		`"visit_id";"household_id"`:      ';',
		"visit_id":                       ',',
		"code;name,with,commas;kind":     ';',
		"a,b,c,d;code":                   ';',
		`"a-visit_id";"a-household_id"`:  ';',
		"Household ID ; LON;lat,altered": ';',
	} {
		if got := separatorOf(header); got != want {
			t.Errorf("separatorOf(%q) = %q, want %q", header, got, want)
		}
	}
}

// A report names at most so many findings, and counts the rest together.
func TestFindingsAreBounded(t *testing.T) {
	findings := map[string]*Finding{}
	for i := range 10_000 {
		find(findings, i, "id", problem.Empty(string(rune('a'+i%26))+string(rune('a'+i/26%26))))
	}
	total := 0
	for _, f := range findings {
		total += f.Count
		if len(f.First) > maxNotes {
			t.Errorf("%s holds %d notes, want %d at most", f.Field, len(f.First), maxNotes)
		}
	}
	if len(findings) > maxFindings+1 || total != 10_000 {
		t.Errorf("got %d findings of %d rows, want at most %d of 10000", len(findings), total, maxFindings+1)
	}
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestParseKind(t *testing.T) {
	for in, want := range map[string]data.Kind{"areas": data.Areas, "hamlets": data.Areas,
		"households": data.Households, "teams": data.Teams, "visits": data.Visits} {
		if got, err := ParseKind(in); got != want || err != nil {
			t.Errorf("ParseKind(%q) = %q, %v; want %q", in, got, err, want)
		}
	}
	if _, err := ParseKind("Visits"); errText(err) != `kind "Visits": want areas, hamlets, households, teams or visits` {
		t.Errorf("got %v", err)
	}
}

// A geometry that takes longer than it may is refused, and its row alone.
func TestGeometryWithoutTime(t *testing.T) {
	ctx, cancel := context.WithDeadline(t.Context(), time.Unix(0, 0))
	defer cancel()
	var a data.Area
	_, p := new(parser).clean(ctx, &a, orb.Polygon{{{108, 16}, {109, 16}, {109, 17}, {108, 16}}})
	if p == nil || p.Code() != "too_intricate" || a.Geometry != nil {
		t.Errorf("%v: want too_intricate", p)
	}
}
