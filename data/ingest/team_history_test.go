package ingest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"tungnha/data"
	"tungnha/data/ingest/value"
	"tungnha/data/recordfile"
	"tungnha/internal/problem"
)

// A file of teams with assigned_on is read and understood; one without it is not even
// warned of.
func TestTeamHistoryFile(t *testing.T) {
	dir := t.TempDir()
	hamlets := writeFile(t, dir, "hamlets.csv",
		"code,name,kind,parent\n1,A,Thôn,20194\n2,B,Thôn,20194\n3,C,Thôn,20194\n")
	want := []data.Team{
		{ID: "T1", Name: "Tổ 1", Members: 7, HamletCodes: []string{"2", "3"}, FormedOn: mustDate(t, "2024-06-01"),
			History: []data.Assignment{
				{From: data.NoDate, HamletCodes: []string{"1"}}, {From: mustDate(t, "2025-01-01"), HamletCodes: nil},
				{From: mustDate(t, "2025-07-01"), HamletCodes: []string{"2", "3"}}}},
		{ID: "T2", Members: data.Unknown, HamletCodes: []string{"1"}},
	}
	const text = "team_id,name,commune_code,hamlet_codes,members,formed_on,dissolved_on,assigned_on\n" +
		"T1,Tổ 1,,1,7,2024-06-01,,\nT1,Tổ 1,,,7,2024-06-01,,2025-01-01\nT1,Tổ 1,,2;3,7,2024-06-01,,2025-07-01\nT2,,,1,,,,\n"
	store := newMemory()
	teams := writeFile(t, dir, "teams.csv", text)
	report, err := Import(context.Background(), store, []string{hamlets, teams}, Options{Now: time.Now()})
	if err != nil || report.Rejected() > 0 {
		t.Fatalf("%v\n%s", err, report)
	}
	for _, w := range want {
		if got := store.teams[w.ID]; fmt.Sprint(got) != fmt.Sprint(w) {
			t.Errorf("got  %+v\nwant %+v", got, w)
		}
	}
	if got := recordfile.Header(data.Teams); got != "team_id,name,commune_code,hamlet_codes,members,formed_on,dissolved_on\n" {
		t.Errorf("a file without histories begins with %q", got)
	}
	plain := writeFile(t, dir, "plain.csv", recordfile.Header(data.Teams)+string(recordfile.AppendTeam(nil, &want[1])))
	report, err = Import(context.Background(), store, []string{plain}, Options{Now: time.Now()})
	if err != nil || len(report.Files[0].Warnings) > 0 {
		t.Errorf("a file without assigned_on: error %v, %d warnings", err, len(report.Files[0].Warnings))
	}
}

func TestAssignedOnIsChecked(t *testing.T) {
	for _, c := range []struct{ on, formed, dissolved, want string }{
		{"", "2025-01-01", "", ""},
		{"2025-01-01", "2025-01-01", "2025-02-01", ""},
		{"2024-12-31", "2025-01-01", "", `"2024-12-31" is before formed_on "2025-01-01"`},
		{"2025-02-02", "", "2025-02-01", `"2025-02-02" is after dissolved_on "2025-02-01"`},
		{"2025-02-31", "", "", `"2025-02-31": there is no such day: February 2025 has 28 days`},
	} {
		_, p := readTeam(&value.Reader{}, []string{"T", "", "", "", "", c.formed, c.dissolved, c.on}, nil, 0)
		switch {
		case p == nil && c.want != "":
			t.Errorf("%s: taken, want %s", c.on, c.want)
		case p != nil && (p.Field != "assigned_on" || p.Reason(problem.English) != c.want):
			t.Errorf("%s: got %+v, want %q", c.on, p, c.want)
		}
	}
}
