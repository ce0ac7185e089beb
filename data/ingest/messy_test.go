package ingest

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"tungnha/data"
	"tungnha/data/ingest/scan"
	"tungnha/internal/problem"
)

// importMessy imports a file into a programme and returns what the report says of it.
func importMessy(t *testing.T, store data.Store, name, content string, o Options) *FileReport {
	t.Helper()
	if o.Now.IsZero() {
		o.Now = now
	}
	return imports(t, store, o, writeFile(t, t.TempDir(), name, content)).Files[0]
}

// notesOf are the notes of a report, each as a line.
func notesOf(f *FileReport) (lines []string) {
	for _, n := range f.Notes {
		lines = append(lines, fmt.Sprintf("%d %s", n.Count, problem.English.Join(n.Column, n.Reason)))
		if n.ReasonVI == "" || n.ReasonVI == n.Reason {
			lines = append(lines, "no Vietnamese for "+string(n.Code))
		}
	}
	return lines
}

// reasonsOf are the reasons of the rejects, each as a line.
func reasonsOf(f *FileReport) (lines []string) {
	for _, r := range f.Rejects {
		for _, n := range r.First {
			lines = append(lines, fmt.Sprintf("%d %s", n.Line, problem.English.Join(r.Field, n.Reason)))
		}
	}
	slices.Sort(lines)
	return lines
}

func checkReport(t *testing.T, f *FileReport, rows, rejected int, notes ...string) {
	t.Helper()
	if f.Rows != rows || f.Rejected != rejected {
		t.Errorf("got %d rows, %d rejected, want %d, %d: %q", f.Rows, f.Rejected, rows, rejected, reasonsOf(f))
	}
	if got := notesOf(f); !slices.Equal(got, notes) {
		t.Errorf("got notes %q, want %q", got, notes)
	}
}

const visitsHeader = "visit_id,household_id,team_id,visited_at,outcome,assessed,shown\n"

func TestOffsetsAreRead(t *testing.T) {
	store, _ := programme(t)
	f := importMessy(t, store, "visits.csv", visitsHeader+
		"X1,H1,T1,2026-03-05T09:30:00.123+07,completed,,\nX2,H1,T1,2026-03-05T09:30:00.123+0700,completed,,\n"+
		"X3,H1,T1,2026-03-05 09:30:00+07:00,completed,,\nX4,H1,T1,2026-03-05T09:30+07:00,completed,,\n"+
		"X5,H1,T1,2026/03/05 02:30:00+00,completed,,\n", Options{})
	checkReport(t, f, 5, 0)
	for id, v := range store.visits {
		if strings.HasPrefix(id, "X") && v.At.Format("2006-01-02T15:04:05Z07:00") != "2026-03-05T09:30:00+07:00" {
			t.Errorf("%s is at %v", id, v.At)
		}
	}
}

func TestTimesWithoutZoneAreThoseOfVietnam(t *testing.T) {
	store, _ := programme(t)
	f := importMessy(t, store, "visits.csv", visitsHeader+
		"X1,H1,T1,2026-03-05T09:30:00,completed,,\nX2,H1,T1,2026-03-05 09:30,completed,,\n"+
		"X3,H1,T1,2026-03-05,completed,,\n", Options{})
	checkReport(t, f, 3, 0, `2 visited_at times without a time zone, such as "2026-03-05T09:30:00": `+
		`taken as those of Việt Nam (+07:00)`)
	if at := store.visits["X2"].At; at.Unix() != store.visits["X1"].At.Unix() || at.UTC().Hour() != 2 {
		t.Errorf("X2 is at %v", at)
	}
}

func TestDaysFirstAreReadWhereTheImportSaysSo(t *testing.T) {
	visits := visitsHeader + "X1,H1,T1,05/03/2026 09:30,completed,,\n"
	households := "household_id,lon,lat,registered_on\nX9,108.05,16.05,31/12/2025\n"
	store, _ := programme(t)
	checkReport(t, importMessy(t, store, "visits.csv", visits, Options{}), 1, 1)
	f := importMessy(t, store, "households.csv", households, Options{})
	checkReport(t, f, 1, 1)
	if got := reasonsOf(f); len(got) != 1 || !strings.Contains(got[0], "--dates dmy") {
		t.Errorf("got %q", got)
	}
	checkReport(t, importMessy(t, store, "visits.csv", visits, Options{DayFirst: true}), 1, 0,
		`1 visited_at times without a time zone, such as "05/03/2026 09:30": taken as those of Việt Nam (+07:00)`)
	checkReport(t, importMessy(t, store, "households.csv", households, Options{DayFirst: true}), 1, 0)
	if got := store.households["X9"].RegisteredOn.String(); got != "2025-12-31" {
		t.Errorf("registered on %s", got)
	}
	if got := store.visits["X1"].At.Format("2006-01-02 15:04"); got != "2026-03-05 09:30" {
		t.Errorf("visited at %s", got)
	}
}

func TestTextsThatStandForNothing(t *testing.T) {
	store, _ := programme(t)
	f := importMessy(t, store, "households.csv", "household_id,lon,lat,hamlet_code,registered_on,removed_on\n"+
		"M1,108.05,16.05,019401,2026-01-01,---\nM2,108.05,16.05,---,2026-01-01,\nM3,108.05,16.05,019401,n/a,n/a\n"+
		"M4,108.05,16.05,NULL,2026-01-01,null\nM5,108.05,16.05,NA,2026-01-01,NaN\nM6,---,---,019401,2026-01-01,\n"+
		"#N/A,108.05,16.05,019401,,-\n", Options{})
	checkReport(t, f, 7, 2,
		`4 removed_on texts such as "---" stand for no value: taken as empty`,
		`3 hamlet_code texts such as "---" stand for no value: taken as empty`,
		`1 registered_on texts such as "n/a" stand for no value: taken as empty`)
	want := []string{`7 lon "---" stands for no value, and one is needed`,
		`8 household_id "#N/A" stands for no value, and one is needed`}
	if got := reasonsOf(f); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	f = importMessy(t, store, "teams.csv", "team_id,name,commune_code,hamlet_codes,members\n"+
		"T7,NA,0194,---,---\nT8,---,---,019401,8\n", Options{})
	checkReport(t, f, 2, 0, `1 hamlet_codes texts such as "---" stand for no value: taken as empty`,
		`1 members texts such as "---" stand for no value: taken as empty`,
		`1 name texts such as "---" stand for no value: taken as empty`,
		`1 commune_code texts such as "---" stand for no value: taken as empty`)
	if name := store.teams["T7"].Name; name != "NA" {
		t.Errorf("a team that may be called NA is called %q", name)
	}
	f = importMessy(t, store, "visits.csv", visitsHeader+"X1,H1,T1,2026-03-05,completed,---,n/a\n", Options{})
	checkReport(t, f, 1, 0, `1 assessed texts such as "---" stand for no value: taken as empty`,
		`1 shown texts such as "n/a" stand for no value: taken as empty`)
}

func TestWholeNumbersWithAPoint(t *testing.T) {
	store, _ := programme(t)
	f := importMessy(t, store, "hamlets.csv", "code,name,kind,parent,declared_households\n019403,A,Thôn,0194,120.0\n"+
		"019404,B,Thôn,0194,1.200\n019405,C,Thôn,0194,\"1,200\"\n", Options{})
	checkReport(t, f, 3, 2)
	for i, hint := range []string{`"1.200"`, `"1,200"`} {
		if got := reasonsOf(f); !strings.Contains(got[i], hint) || !strings.Contains(got[i], "write 1200 ") {
			t.Errorf("got %q", got[i])
		}
	}
	const feature = `{"type":"FeatureCollection","features":[
{"type":"Feature","properties":{"code":"0195","name":"Xã Ba","kind":"Xã","parent":"48","declared_households":NaN,` +
		`"population":480.0,"area":-Infinity},"geometry":{"type":"Polygon",` +
		`"coordinates":[[[108.2,16.0],[108.3,16.0],[108.3,16.1],[108.2,16.0]]]}},
{"type":"Feature","properties":{"code":NaN,"name":"Xã Bốn","kind":"Xã","parent":"48"},"geometry":null}]}`
	rejects := t.TempDir() + "/rejects.geojsonl"
	f = importMessy(t, store, "areas.geojson", feature, Options{Rejects: rejects})
	checkReport(t, f, 2, 1, `1 declared_households texts such as "NaN" stand for no value: taken as empty`)
	for key, a := range store.areas {
		if a.Code == "0195" && (a.Population != 480 || a.DeclaredHouseholds != data.Unknown || a.Geometry == nil) {
			t.Errorf("%v is %+v", key, a)
		}
	}
	if text, err := os.ReadFile(rejects); err != nil || !strings.Contains(string(text), `"name":"Xã Bốn"`) {
		t.Errorf("the rejects are %s, %v", text, err)
	}
}

func TestLinesThatEndInCR(t *testing.T) {
	store, _ := programme(t)
	const file = "household_id,lon,lat,hamlet_code\rB4,108.05,16.05,019401\rB5,108.95,16.05,019499"
	f := importMessy(t, store, "households.csv", file, Options{})
	checkReport(t, f, 2, 1)
	if got := reasonsOf(f); got[0] != "3 hamlet_code unknown hamlet 019499" {
		t.Errorf("got %q", got)
	}
	// Longer than what is read at once.
	long := "household_id,lon,lat\r" + strings.Repeat("B6,108.05,16.05\r", 30_000)
	checkReport(t, importMessy(t, store, "households.csv", long, Options{}), 30_000, 0)
}

func TestFilesThatWereJoined(t *testing.T) {
	store, _ := programme(t)
	f := importMessy(t, store, "households.csv", "household_id,lon,lat,note,hamlet_code\nB1,108.05,16.05,,019401\n"+
		"\ufeffhousehold_id,lon,lat,note,hamlet_code\nB2,108.05,16.05,,019401\n"+
		"\ufeff\"household_id\",lon,lat,note,hamlet_code\nB3,108.05,16.05,,\n\ufeffB4,108.05,16.05,,\n", Options{})
	checkReport(t, f, 4, 0, "2 the header stands again in line 3: left out; these are two files joined",
		"1 household_id characters that nobody sees are dropped, first in line 7")
	if _, there := store.households["B4"]; !there {
		t.Error("no B4")
	}
	// An id that happens to be called like its column is none.
	f = importMessy(t, store, "households.csv", "household_id,lon,lat\nhousehold_id,108.05,16.05\n", Options{})
	checkReport(t, f, 1, 0)
}

func TestRowsOfTotals(t *testing.T) {
	store, _ := programme(t)
	f := importMessy(t, store, "households.csv", "household_id,lon,lat,hamlet_code\nB3,108.05,16.05,019401\n\n,,,\n"+
		"Tổng,,,2\nTo\u0302\u0309ng cộng:,,,\nTotal,108.05,16.05,\nB5,,,\n", Options{})
	checkReport(t, f, 3, 1, `2 a row of totals ("Tổng", line 5) is left out`)
	f = importMessy(t, store, "teams.csv", "STT,team_id,hamlet_codes,members\n1,T7,019401,8\nTỔNG CỘNG,,,8\n", Options{})
	checkReport(t, f, 1, 0, `1 a row of totals ("TỔNG CỘNG", line 3) is left out`)
}

func TestFileWithoutARow(t *testing.T) {
	store, _ := programme(t)
	path := writeFile(t, t.TempDir(), "visits.csv", visitsHeader)
	report := imports(t, store, Options{Now: now}, path)
	if got := report.Empty(); len(got) != 1 || got[0] != path {
		t.Errorf("got empty files %q", got)
	}
	if w := report.Files[0].Warnings; len(w) != 1 || w[0].Code != "no_rows" {
		t.Errorf("got warnings %+v", w)
	}
}

func TestWindows1258(t *testing.T) {
	const file = "team_id,name,hamlet_codes\nT30,T\xf4\xd2 L\xea\xf2 30,019401\n"
	store, _ := programme(t)
	f := importMessy(t, store, "teams.csv", file, Options{})
	checkReport(t, f, 1, 1)
	if got := reasonsOf(f); !strings.Contains(got[0], "--encoding windows-1258") {
		t.Errorf("got %q", got)
	}
	checkReport(t, importMessy(t, store, "teams.csv", file, Options{Encoding: scan.Windows1258}), 1, 0)
	if got := store.teams["T30"].Name; got != "Tổ Lệ 30" {
		t.Errorf("the team is called %q", got)
	}
	marked := "\ufeffteam_id,name,hamlet_codes\nT31,Tổ 31,019401\n"
	checkReport(t, importMessy(t, store, "teams.csv", marked, Options{Encoding: scan.Windows1258}), 1, 0)
	if got := store.teams["T31"].Name; got != "Tổ 31" {
		t.Errorf("the team of a file that says it is UTF-8 is called %q", got)
	}
}

func TestIdsThatLookTheSameAreTheSame(t *testing.T) {
	const decomposed = "To\u0302\u0309-\u0110e\u0323\u03021" // Tổ-Đệ1
	store, _ := programme(t)
	checkReport(t, importMessy(t, store, "hamlets.csv",
		"code,name,kind,parent\n"+decomposed+",To\u0302\u0309 1,To\u0302\u0309 da\u0302n pho\u0302\u0301,0194\n", Options{}), 1, 0)
	checkReport(t, importMessy(t, store, "households.csv",
		"household_id,lon,lat,hamlet_code\nHộ 1,108.05,16.05,Tổ-Đệ1\nU2,108.05,16.05,"+decomposed+"\n", Options{}), 2, 0)
	checkReport(t, importMessy(t, store, "teams.csv", "team_id,hamlet_codes\nT5,019401;"+decomposed+"\n", Options{}), 1, 0)
	checkReport(t, importMessy(t, store, "visits.csv", visitsHeader+
		"X1,Ho\u0323\u0302 1,T1,2026-03-05,completed,,\n", Options{}), 1, 0)
	checkReport(t, importMessy(t, store, "households.geojson",
		`{"type":"Feature","properties":{"household_id":"U3","hamlet_code":"To\u0302\u0309-\u0110e\u0323\u03021"},`+
			`"geometry":{"type":"Point","coordinates":[108.05,16.05]}}`, Options{}), 1, 0)
	for _, id := range []string{"U2", "U3", "Hộ 1"} {
		if got := store.households[id].HamletCode; got != "Tổ-Đệ1" {
			t.Errorf("%s is in %q", id, got)
		}
	}
	posted := VisitRow{VisitID: "P1", HouseholdID: "Ho\u0323\u0302\u200b 1", TeamID: "T1\u00a0", VisitedAt: "2026-03-05 09:30",
		Outcome: "completed", Assessed: []string{"payment safety"}}
	v, p := posted.Visit(data.DefaultSkills, now)
	if p != nil || v.HouseholdID != "Hộ 1" || v.TeamID != "T1" || v.Assessed.Len() != 2 {
		t.Errorf("posted: got %+v, %v", v, p)
	}
}

func TestCharactersThatNobodySees(t *testing.T) {
	store, _ := programme(t)
	f := importMessy(t, store, "visits.csv", visitsHeader+
		"X1,H1\u200b,T1,2026-03-05,completed,,\nX2,H2\u00a0,T1,2026-03-05,completed,,\n"+
		"\u00a0,,,,,,\nX3,\ufeffH3,T\u00ad1,2026-03-05,completed,,\n", Options{})
	checkReport(t, f, 3, 0, "3 household_id characters that nobody sees are dropped, first in line 2",
		"1 team_id characters that nobody sees are dropped, first in line 5")
	f = importMessy(t, store, "households.json",
		`[{"household_id":"B1\u200b","lon":108.05,"lat":16.05,"hamlet_code":"019401\u00a0"}]`, Options{})
	checkReport(t, f, 1, 0, "1 household_id characters that nobody sees are dropped, first in line 1",
		"1 hamlet_code characters that nobody sees are dropped, first in line 1")
}

const koboHeader = "\ufeff" + `"start";"household_id";"team_id";"visited_at";"outcome";"assessed";"assessed/payment";"assessed/safety";` +
	`"visit_id";"_uuid";"_validation_status";"_index"` + "\n"

func TestSkillsOfForms(t *testing.T) {
	store, _ := programme(t)
	f := importMessy(t, store, "kobo.csv", koboHeader+
		`"";"H1";"T1";"2026-03-05T09:30:00.000+07:00";"completed";"payment safety";"1";"1";"X1";"u1";"";"1"`+"\n"+
		`"";"H1";"T1";"2026-03-05T09:30:00.000+07:00";"completed";"payment";"1";"0";"X2";"u2";"validation_status_not_approved";"2"`+"\n"+
		`"";"H1";"T1";"2026-03-05T09:30:00.000+07:00";"completed";"payment";"True";"1";"X3";"u3";"validation_status_on_hold";"3"`+"\n"+
		`"";"H1";"T1";"2026-03-05T09:30:00.000+07:00";"absent";"";"";"";"X4";"u4";"validation_status_on_hold";"4"`+"\n"+
		`"";"H1";"T1";"2026-03-05T09:30:00.000+07:00";"completed";"payment";"often";"0";"X5";"u5";"Not Approved";"5"`+"\n"+
		`"";"H1";"T1";"2026-03-05T09:30:00.000+07:00";"completed";"payment";"often";"0";"X6";"u6";"";"6"`+"\n", Options{})
	checkReport(t, f, 4, 2, `2 _validation_status rows that the form tool marks as rejected ("validation_status_not_approved") are left out`)
	want := []string{`4 assessed "payment", and the columns of its choices say payment, safety`,
		`7 assessed/payment "often": want 0 or 1`}
	if got := reasonsOf(f); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := data.DefaultSkills.Keys(store.visits["X1"].Assessed); !slices.Equal(got, []string{"payment", "safety"}) {
		t.Errorf("X1 assessed %q", got)
	}
	if len(f.Warnings) != 2 { // start, shown
		t.Errorf("got warnings %+v", f.Warnings)
	}
}

func TestChoicesWithoutTheirList(t *testing.T) {
	store, _ := programme(t)
	const header = "visit_id,household_id,team_id,visited_at,outcome,assessed/payment,assessed/safety,skills/shown/payment\n"
	f := importMessy(t, store, "visits.csv", header+"X1,H1,T1,2026-03-05,completed,1,true,1\n"+
		"X2,H1,T1,2026-03-05,completed,0,FALSE,\nX3,H1,T1,2026-03-05,completed,---,1,0\n", Options{})
	notes := []string{`2 assessed is read from columns of one choice each, such as "assessed/payment"`,
		`1 shown is read from columns of one choice each, such as "skills/shown/payment"`}
	checkReport(t, f, 3, 0, notes...)
	if len(f.Warnings) > 0 {
		t.Errorf("got warnings %+v", f.Warnings)
	}
	f = importMessy(t, store, "visits.json", `[{"visit_id":"Y1","household_id":"H1","team_id":"T1","visited_at":"2026-03-05",`+
		`"outcome":"completed","assessed/payment":1,"assessed/safety":true,"skills/shown/payment":"1","_validation_status":{}},`+
		`{"visit_id":"Y2","household_id":"H1","team_id":"T1","visited_at":"2026-03-05","outcome":"completed",`+
		`"_validation_status":{"uid":"validation_status_not_approved"}},`+
		`{"visit_id":"Y3","household_id":"H1","team_id":"T1","visited_at":"2026-03-05","outcome":"completed",`+
		`"assessed":"safety","assessed/safety":true}]`, Options{})
	checkReport(t, f, 2, 0, append(notes,
		`1 _validation_status rows that the form tool marks as rejected ("{\"uid\":\"validation_status_not_approved\"}") are left out`)...)
	for id, want := range map[string]string{"X1": "payment safety", "X2": "", "X3": "safety", "Y1": "payment safety", "Y3": "safety"} {
		if got := strings.Join(data.DefaultSkills.Keys(store.visits[id].Assessed), " "); got != want {
			t.Errorf("%s assessed %q, want %q", id, got, want)
		}
	}
	if got := data.DefaultSkills.Keys(store.visits["Y1"].Shown); !slices.Equal(got, []string{"payment"}) {
		t.Errorf("Y1 showed %q", got)
	}
}

func TestColumnsOfForms(t *testing.T) {
	store, _ := programme(t)
	f := importMessy(t, store, "central.csv", "SubmissionDate,visit-household_id,visit-team_id,visit-visited_at,visit-outcome,"+
		"visit-assessed,visit-shown,visit-place-Latitude,visit-place-Longitude,meta-instanceID,KEY,ReviewState\n"+
		"2026-03-05T02:35:19.000Z,H1,T1,2026-03-05T09:30:00.000+07:00,completed,payment safety,payment,16,108,uuid:b,uuid:a,approved\n"+
		"2026-03-05T02:35:19.000Z,H1,T1,2026-03-05T09:30:00.000+07:00,completed,,,16,108,uuid:c,uuid:c,rejected\n", Options{})
	checkReport(t, f, 1, 0, `1 household_id is read from the column "visit-household_id"`,
		`1 team_id is read from the column "visit-team_id"`, `1 visited_at is read from the column "visit-visited_at"`,
		`1 outcome is read from the column "visit-outcome"`, `1 assessed is read from the column "visit-assessed"`,
		`1 shown is read from the column "visit-shown"`, `1 visit_id is read from the column "KEY"`,
		`1 ReviewState rows that the form tool marks as rejected ("rejected") are left out`)
	if v := store.visits["uuid:a"]; v.HouseholdID != "H1" || v.Assessed.Len() != 2 {
		t.Errorf("got %+v", v)
	}
	for name, file := range map[string]string{
		"names":    "household_id,latitude,lng,hamlet_code\nK1,16.05,108.05,019401\n",
		"ODK":      "household_id,place-Latitude,place-Longitude,place-Altitude,hamlet_code\nK1,16.05,108.05,12.3,019401\n",
		"Kobo":     "household_id,place,_place_latitude,_place_longitude,hamlet_code\nK1,1 2 3 4,16.05,108.05,019401\n",
		"geopoint": "household_id,home/place,hamlet_code\nK1,16.05 108.05 12.3 4.5,019401\n",
		"JSON":     `{"household_id":"K1","home/place":"16.05 108.05 0 0","hamlet_code":"019401"}`,
		"GeoJSON": `{"type":"Feature","properties":{"household_id":"K1","latitude":1,"place":"x","hamlet_code":"019401"},` +
			`"geometry":{"type":"Point","coordinates":[108.05,16.05]}}`,
	} {
		store, _ := programme(t)
		f := importMessy(t, store, "households", file, Options{})
		if h := store.households["K1"]; h.Point[0] != 108.05 || h.Point[1] != 16.05 || h.HamletCode != "019401" || f.Created != 1 {
			t.Errorf("%s: got %+v: %q", name, h, reasonsOf(f))
		}
	}
	f = importMessy(t, store, "households.csv", "household_id,place\nK2,16.05\nK3,\nK4,16.05 108.05\n", Options{})
	checkReport(t, f, 3, 2, `1 lon, lat is read from the column "place"`)
	want := []string{`2 place "16.05" is not a latitude and a longitude with a space between`, "3 lon is empty"}
	if got := reasonsOf(f); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
