package recordfile

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"tungnha/data"
)

func mustDate(t testing.TB, s string) data.Date {
	t.Helper()
	d, err := data.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestAppendLines(t *testing.T) {
	at := time.Date(2026, 3, 1, 23, 30, 0, 0, time.UTC)
	tests := []struct {
		name, got, want string
	}{
		{"hamlet", string(AppendHamlet(nil, &data.Area{Code: "20194001", Name: `Thôn "Một", Hai`, Kind: "Thôn", Parent: "20194", DeclaredHouseholds: 120})),
			"20194001,\"Thôn \"\"Một\"\", Hai\",Thôn,20194,120\n"},
		{"hamlet of unknown size", string(AppendHamlet(nil, &data.Area{Code: "1", DeclaredHouseholds: data.Unknown})),
			"1,,,,\n"},
		{"household", string(AppendHousehold(nil,
			&data.Household{ID: "H1", Point: orb.Point{108.2, -16.0471234}, HamletCode: "0194",
				RegisteredOn: mustDate(t, "2025-01-31")})), "H1,108.2,-16.0471234,0194,2025-01-31,\n"},
		{"whole degrees", string(AppendHousehold(nil, &data.Household{ID: "H1", Point: orb.Point{108, 16.0000001}})),
			"H1,108,16.0000001,,,\n"},
		{"team", string(AppendTeam(nil, &data.Team{ID: "T1", Name: " Tổ 1", CommuneCode: "20194",
			HamletCodes: []string{"1", "2"}, Members: 0})),
			"T1,\" Tổ 1\",20194,1;2,0,,\n"},
		{"team of unknown size", string(AppendTeam(nil, &data.Team{ID: "T1", Members: data.Unknown})), "T1,,,,,,\n"},
		{"visit", string(AppendVisit(nil,
			&data.Visit{ID: "V1", HouseholdID: "H1", TeamID: "T1", At: at, Outcome: data.Completed, Assessed: 0b10101,
				Shown: 0b1}, data.DefaultSkills)),
			"V1,H1,T1,2026-03-02T06:30:00+07:00,completed,public_services;payment;local,public_services\n"},
	}
	for _, tt := range tests {
		if tt.got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, tt.got, tt.want)
		}
	}
}

func TestHeadersMatchLines(t *testing.T) {
	lines := map[data.Kind][]byte{
		data.Areas:      AppendHamlet(nil, &data.Area{}),
		data.Households: AppendHousehold(nil, &data.Household{}),
		data.Teams:      AppendTeam(nil, &data.Team{}),
		data.Visits:     AppendVisit(nil, &data.Visit{Outcome: data.Absent}, data.DefaultSkills),
	}
	for kind, line := range lines {
		rows, err := csv.NewReader(strings.NewReader(Header(kind) + string(line))).ReadAll()
		if err != nil || len(rows) != 2 {
			t.Errorf("%s: %d rows, error %v; want 2", kind, len(rows), err)
		}
	}
}

func TestWriteAreas(t *testing.T) {
	square := orb.MultiPolygon{{{{108, 16}, {108.1, 16}, {108.1, 16.123456789}, {108, 16}}}}
	areas := []data.Area{
		{Code: "0194", Name: "Hải \"Vân\"\n", Kind: "Phường", Level: data.Commune, Parent: "48",
			ValidFrom:          mustDate(t, "2025-07-01"),
			DeclaredHouseholds: data.Unknown, Population: 10, Geometry: square},
		{Code: "2", DeclaredHouseholds: 0, Population: data.Unknown},
	}
	var out bytes.Buffer
	if err := WriteAreas(&out, slices.Values(areas)); err != nil {
		t.Fatal(err)
	}
	var fc struct {
		Features []struct {
			Properties map[string]any
			Geometry   struct{ Coordinates orb.MultiPolygon }
		}
	}
	if err := json.Unmarshal(out.Bytes(), &fc); err != nil {
		t.Fatalf("%v in %s", err, out.Bytes())
	}
	if len(fc.Features) != 2 {
		t.Fatalf("got %d features, want 2", len(fc.Features))
	}
	f := fc.Features[0]
	if got := f.Properties["name"]; got != areas[0].Name {
		t.Errorf("name: got %q, want %q", got, areas[0].Name)
	}
	if got := f.Properties["valid_from"]; got != "2025-07-01" {
		t.Errorf("valid_from: got %v", got)
	}
	if got := f.Geometry.Coordinates; !got.Equal(square) {
		t.Errorf("geometry: got %v, want %v", got, square)
	}
	if got := fc.Features[1].Properties["declared_households"]; got != 0.0 {
		t.Errorf("declared_households: got %v, want 0", got)
	}
	if got := fc.Features[1].Properties["population"]; got != nil {
		t.Errorf("population: got %v, want null", got)
	}

	out.Reset()
	if err := WriteAreas(&out, slices.Values([]data.Area(nil))); err != nil {
		t.Fatal(err)
	}
	if !json.Valid(out.Bytes()) {
		t.Errorf("no areas: %q is not JSON", out.Bytes())
	}
}
