package api

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tungnha/api/admin"
	"tungnha/api/transfer"
	"tungnha/coverage"
	"tungnha/data"
)

// takesFiles is the switch that lets everybody import into the store.
func takesFiles(store data.Store) func(*Config) {
	return func(c *Config) { c.Imports, c.Households = store, true }
}

// newImportServer returns a server that takes files, follows its store, and has an empty
// folder of its own for them.
func newImportServer(t testing.TB, change func(*Config)) *Server {
	t.Helper()
	t.Setenv("TMPDIR", t.TempDir())
	store := newStore(t)
	s, live := newClosedServer(t, store, func(c *Config) {
		takesFiles(store)(c)
		if change != nil {
			change(c)
		}
	})
	s.Open(live, time.Second)
	ctx, stop := context.WithCancel(context.Background())
	followed := make(chan struct{})
	go func() { live.Run(ctx); close(followed) }()
	t.Cleanup(func() { s.imports.Close(); stop(); <-followed })
	return s
}

// form is the request that posts files: name, text, name, text.
func form(query string, files ...string) *http.Request {
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for i := 0; i < len(files); i += 2 {
		part, _ := w.CreateFormFile("file", files[i]) // a buffer takes everything
		io.WriteString(part, files[i+1])
	}
	w.Close()
	r := httptest.NewRequest(http.MethodPost, "/api/v1/imports"+query, &body)
	r.Header.Set("Content-Type", w.FormDataContentType())
	return r
}

// ended posts files and waits until their import has ended.
func ended(t testing.TB, s *Server, r *http.Request) transfer.ImportStatus {
	t.Helper()
	res := do(s, r)
	one := read[transfer.ImportStatus](t, res, http.StatusAccepted)
	if at := res.Header.Get("Location"); at != "/api/v1/imports/"+one.ID {
		t.Fatalf("Location %q", at)
	}
	wait(t, "the import has ended", func() bool {
		one = read[transfer.ImportStatus](t, get(s, "/api/v1/imports/"+one.ID), 200)
		return one.Ended != nil
	})
	return one
}

const newTeam = "team_id,name,commune_code,hamlet_codes,members,formed_on,dissolved_on\nT3,Tổ " +
	"3,20102,H3,9,2025-01-01,\n"

func visitsOf(n int, household func(i int) string) string {
	var b strings.Builder
	b.WriteString("visit_id,household_id,team_id,visited_at,outcome,assessed,shown\n")
	for i := range n {
		fmt.Fprintf(&b, "w-%d,%s,T3,2026-03-20,completed,payment,payment\n", i, household(i))
	}
	return b.String()
}

// Files of one post refer to each other, go in together, and show in the next answers.
func TestImport(t *testing.T) {
	s := newImportServer(t, nil)
	visits := visitsOf(6, func(i int) string { return fmt.Sprintf("H3-%03d", i) })
	one := ended(t, s, form("", "visits.csv", visits, "đội.csv", newTeam))
	if one.Status != "done" || one.Created != 7 || one.Rejected != 0 || one.Rows != 7 ||
		one.Progress.Bytes != one.Progress.Total {
		t.Fatalf("%+v", one)
	}
	if f := one.Report.Files; len(f) != 2 || f[0].File != "đội.csv" || f[0].Kind != data.Teams ||
		f[1].File != "visits.csv" {
		t.Errorf("files %+v", f)
	}
	wait(t, "the visits count", func() bool {
		c := read[struct{ Total struct{ Reached int } }](t, get(s, "/api/v1/coverage?level=hamlet"), 200)
		return c.Total.Reached == reachedH1+reachedH2+6
	})
	found := read[transfer.ImportsFound](t, get(s, "/api/v1/imports"), 200)
	if !found.Enabled || len(found.Imports) != 1 || found.Imports[0].Created != 7 {
		t.Errorf("%+v", found)
	}
	again := ended(t, s, form("", "visits.csv", visits, "đội.csv", newTeam))
	if again.Created != 0 || again.Updated != 0 || again.Report.Files[0].Unchanged != 1 {
		t.Errorf("again: %+v", again)
	}
}

// How days and letters are written can be said with the files, and the report tells how they were read.
func TestImportSaysHowFilesAreWritten(t *testing.T) {
	s := newImportServer(t, nil)
	team := "team_id,name,commune_code,hamlet_codes,members,formed_on\nT3,T\xf4\xd2 3,20102,H3,---,01/02/2025\n"
	if one := ended(t, s, form("?dates=dmy", "teams.csv", team)); one.Rejected != 1 {
		t.Errorf("without its encoding: %+v", one)
	}
	one := ended(t, s, form("?dates=dmy&encoding=windows-1258", "teams.csv", team))
	if one.Created != 1 || len(one.Report.Files[0].Notes) != 1 || one.Report.Files[0].Notes[0].Code != "taken_as_empty" {
		t.Errorf("%+v, %+v", one, one.Report.Files[0])
	}
}

// An area whose code is asked for with its accents as letters of their own is the same.
func TestCodesInAddressesAreComposed(t *testing.T) {
	s := newImportServer(t, nil)
	hamlet := "code,name,kind,parent\nTổ-1,Tổ Một,Tổ dân phố,20102\n"
	if one := ended(t, s, form("", "hamlets.csv", hamlet)); one.Created != 1 {
		t.Fatalf("%+v", one)
	}
	const code = "To%CC%82%CC%89-1"
	wait(t, "the hamlet is there", func() bool {
		return get(s, "/api/v1/areas/T%E1%BB%95-1").StatusCode == http.StatusOK
	})
	for _, url := range []string{"/api/v1/areas/" + code, "/api/v1/coverage?by=cell&parent=" + code,
		"/ogc/collections/areas/items/" + code} {
		if res := get(s, url); res.StatusCode != http.StatusOK {
			t.Errorf("%s: status %d", url, res.StatusCode)
		}
	}
}

// TestImportsAndJobsOfAnotherViewer reads an import, its rejects and an export by their addresses, as who sees
// something else: the addresses alone are no right to them.
func TestImportsAndJobsOfAnotherViewer(t *testing.T) {
	s := newImportServer(t, nil)
	s.identifyViewer = func(r *http.Request) coverage.Viewer {
		v := s.everybody()
		v.SmallCounts = r.Header.Get("X-Small") != ""
		return v
	}
	done := ended(t, s, form("", "visits.csv", visitsOf(2, func(int) string { return "nobody" })))
	if done.Report == nil || done.Report.Files[0].RejectsFile == "" {
		t.Fatalf("%+v", done)
	}
	job := finishedJob(t, s, "/api/v1/exports/areas.csv")
	for _, url := range []string{"/api/v1/imports/" + done.ID,
		"/api/v1/imports/" + done.ID + "/" + done.Report.Files[0].RejectsFile,
		"/api/v1/jobs/" + job, "/api/v1/jobs/" + job + "/file"} {
		if res := get(s, url); res.StatusCode != http.StatusOK {
			t.Errorf("%s: status %d to its own viewer", url, res.StatusCode)
		}
		if res := get(s, url, "X-Small", "1"); res.StatusCode != http.StatusNotFound {
			t.Errorf("%s: status %d to another viewer, want 404", url, res.StatusCode)
		}
	}
	if res := do(s, httptest.NewRequest(http.MethodDelete, "/api/v1/jobs/"+job, nil), "X-Small", "1"); res.StatusCode !=
		http.StatusNotFound {
		t.Errorf("another viewer ends the job: status %d", res.StatusCode)
	}
}

func TestImportRejects(t *testing.T) {
	s := newImportServer(t, nil)
	text := visitsOf(3, func(i int) string { return []string{"H3-000", "nobody", "H3-001"}[i] })
	text = strings.ReplaceAll(text, "T3", "T1")
	one := ended(t, s, form("", `C:\Users\Tổ 1\chuyến đi/visits.csv`, text))
	if one.Status != "done" || one.Created != 2 || one.Rejected != 1 {
		t.Fatalf("%+v", one)
	}
	f := one.Report.Files[0]
	if f.File != "visits.csv" || f.RejectsFile != "rejects.csv" || f.Rejects[0].First[0].Line != 3 {
		t.Errorf("%+v", f)
	}
	at := "/api/v1/imports/" + one.ID
	res := get(s, at+"/rejects.csv")
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != 200 || !strings.Contains(string(body), "nobody") ||
		strings.Count(string(body), "\n") != 2 {
		t.Fatalf("status %d, error %v: %s", res.StatusCode, err, body)
	}
	if got := res.Header.Get("Content-Disposition"); got != `attachment; filename=rejects.csv` {
		t.Errorf("disposition %q", got)
	}
	// Mended, they go in as they are.
	mended := ended(t, s, form("", "rejects.csv", strings.ReplaceAll(string(body), "nobody", "H3-002")))
	if mended.Created != 1 || mended.Rejected != 0 {
		t.Errorf("mended: %+v", mended)
	}
	for _, url := range []string{at + "/visits.csv", at + "/..%2Ffiles%2Fvisits.csv", "/api/v1/imports/none",
		"/api/v1/imports/none/rejects.csv", "/api/v1/imports/" + mended.ID + "/rejects.csv"} {
		if res := get(s, url); res.StatusCode != 404 {
			t.Errorf("%s: status %d, want 404", url, res.StatusCode)
		}
	}
	// Of two files with rejects each has its own, also where they bear one name.
	two := ended(t, s, form("", "v.csv", text, "V.csv", strings.ReplaceAll(text, "w-", "x-")))
	if a, b := two.Report.Files[0].RejectsFile, two.Report.Files[1].RejectsFile; a != "rejects-v.csv" ||
		b != "rejects-2-V.csv" {
		t.Errorf("rejects %q and %q", a, b)
	}
	s.imports.Close()
	if left, _ := filepath.Glob(filepath.Join(os.Getenv("TMPDIR"), "*")); len(left) > 0 {
		t.Errorf("left on the disk: %v", left)
	}
}

// A file that cannot be read fails the whole import, and nothing of the others goes in.
func TestImportFails(t *testing.T) {
	s := newImportServer(t, nil)
	before := read[admin.State](t, get(s, "/api/v1/state"), 200)
	for _, c := range []struct{ name, text, reason string }{
		{"book.xlsx", "PK\x03\x04whatever", "book.xlsx: the file is a ZIP archive or an .xlsx workbook: save the " +
			"sheet as CSV UTF-8"},
		{"empty.csv", "", "empty.csv: the file is empty"},
		{"odd.csv", "a,b,c\n1,2,3\n", "odd.csv: "},
		{"cut.geojson",
			`{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"code":"9","name":"x","level":"commune"},"geome`, "cut.geojson: "},
	} {
		one := ended(t, s, form("", "teams.csv", newTeam, c.name, c.text))
		if one.Status != "failed" || one.Reason == nil || !strings.HasPrefix(*one.Reason, c.reason) ||
			strings.Contains(*one.Reason, os.TempDir()) {
			t.Errorf("%s: %s %v", c.name, one.Status, *one.Reason)
		}
	}
	if after := read[admin.State](t, get(s, "/api/v1/state"), 200); after.Revision != before.Revision ||
		after.Teams != before.Teams {
		t.Errorf("before %+v, after %+v", before, after)
	}
	one := ended(t, s, form("?kind=hamlets", "new.csv", "code,name,kind,parent\nH9,Thôn 9,Thôn,20102\n"))
	if one.Status != "done" || one.Created != 1 {
		t.Errorf("by kind: %+v", one)
	}
}

// brokenStore cannot be written to, and its error has words that are not for everybody.
type brokenStore struct{ err error }

func (b brokenStore) Begin(context.Context) (data.Tx, error) { return nil, b.err }

func TestImportStoreFails(t *testing.T) {
	for _, c := range []struct {
		err  error
		want string
	}{
		{errors.New("dial tcp 10.1.2.3: no route"), "the log of the server says what"},
		{fmt.Errorf("begin: %w", data.ErrReadOnly), "may only read"},
	} {
		var log bytes.Buffer
		s := newTestServer(t, func(c2 *Config) {
			c2.Imports, c2.Log = brokenStore{c.err}, slog.New(slog.NewTextHandler(&log, nil))
		})
		one := ended(t, s, form("", "teams.csv", newTeam))
		if one.Status != "failed" || !strings.Contains(*one.Reason, c.want) ||
			strings.Contains(*one.Reason, "10.1.2.3") {
			t.Errorf("%v: %+v %s", c.err, one, *one.Reason)
		}
		s.imports.Close()
		if strings.Contains(c.want, "log") && !strings.Contains(log.String(), "10.1.2.3") {
			t.Errorf("log %q", log.String())
		}
	}
}

func TestImportMisuse(t *testing.T) {
	s := newImportServer(t, nil)
	s.imports.Limits.Bytes, s.imports.Limits.Files = 4096, 3
	off := newTestServer(t, showHouseholds)
	plain := httptest.NewRequest(http.MethodPost, "/api/v1/imports", strings.NewReader(newTeam))
	plain.Header.Set("Content-Type", "text/csv")
	noBoundary := httptest.NewRequest(http.MethodPost, "/api/v1/imports", strings.NewReader(newTeam))
	noBoundary.Header.Set("Content-Type", "multipart/form-data")
	whole := form("", "teams.csv", newTeam)
	cut, _ := io.ReadAll(whole.Body)
	broken := httptest.NewRequest(http.MethodPost, "/api/v1/imports", bytes.NewReader(cut[:len(cut)-80]))
	broken.Header.Set("Content-Type", whole.Header.Get("Content-Type"))
	var field bytes.Buffer
	w := multipart.NewWriter(&field)
	w.WriteField("kind", "teams")
	w.Close()
	fieldOnly := httptest.NewRequest(http.MethodPost, "/api/v1/imports", &field)
	fieldOnly.Header.Set("Content-Type", w.FormDataContentType())
	from := func(r *http.Request, name, value string) *http.Request { r.Header.Set(name, value); return r }
	for name, c := range map[string]struct {
		s      *Server
		r      *http.Request
		status int
		detail string
	}{
		"off": {off, form("", "teams.csv", newTeam), 403, "--imports"},
		"another site": {s, from(form("", "teams.csv", newTeam), "Sec-Fetch-Site", "cross-site"), 403,
			"another site"},
		"another origin": {s, from(form("", "teams.csv", newTeam), "Origin", "https://else.example"), 403,
			"another site"},
		"no form":       {s, plain, 415, "multipart/form-data"},
		"no boundary":   {s, noBoundary, 400, "boundary"},
		"cut short":     {s, broken, 400, "ends before"},
		"no file":       {s, form(""), 422, "no file"},
		"a field":       {s, fieldOnly, 422, "files alone"},
		"unknown kind":  {s, form("?kind=people", "teams.csv", newTeam), 422, "want areas"},
		"unknown query": {s, form("?dry=1", "teams.csv", newTeam), 422, "query.dry"},
		"unknown order": {s, form("?dates=mdy", "teams.csv", newTeam), 422, "want ymd or dmy"},
		"unknown bytes": {s, form("?encoding=tcvn3", "teams.csv", newTeam), 422, "want utf-8 or windows-1258"},
		"too many":      {s, form("", "1", "x", "2", "x", "3", "x", "4", "x"), 422, "more than 3 files"},
		"too large":     {s, form("", "teams.csv", strings.Repeat("x", 5000)), 413, "4096 bytes"},
		"method":        {s, httptest.NewRequest(http.MethodDelete, "/api/v1/imports", nil), 405, "DELETE"},
	} {
		t.Run(name, func(t *testing.T) {
			p := read[struct{ Detail string }](t, do(c.s, c.r), c.status)
			if !strings.Contains(p.Detail, c.detail) {
				t.Errorf("detail %q, want %q in it", p.Detail, c.detail)
			}
		})
	}
	if found := read[transfer.ImportsFound](t, get(s, "/api/v1/imports"), 200); len(found.Imports) != 0 {
		t.Errorf("what never arrived is an import: %+v", found.Imports)
	}
	if left, _ := filepath.Glob(filepath.Join(os.TempDir(), "tungnha-import-*")); len(left) > 0 {
		t.Errorf("left on the disk: %v", left)
	}
	if found := read[transfer.ImportsFound](t, get(off, "/api/v1/imports"), 200); found.Enabled {
		t.Error("imports are said to be on")
	}
	if one := ended(t, s, form("", "teams.csv", newTeam)); one.Created != 1 {
		t.Errorf("after all that: %+v", one)
	}
}

// While the files of one import arrive, or go in, another is refused.
func TestImportsOneAtATime(t *testing.T) {
	s := newImportServer(t, nil)
	body, write := io.Pipe()
	w := multipart.NewWriter(write)
	slow := httptest.NewRequest(http.MethodPost, "/api/v1/imports", body)
	slow.Header.Set("Content-Type", w.FormDataContentType())
	answered := make(chan *http.Response)
	go func() { answered <- do(s, slow) }()
	part, err := w.CreateFormFile("file", "teams.csv")
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(part, newTeam)
	wait(t, "the first is under way", func() bool {
		found := read[transfer.ImportsFound](t, get(s, "/api/v1/imports"), 200)
		return len(found.Imports) == 1 && found.Imports[0].Status == "receiving"
	})
	if res := do(s, form("", "teams.csv", newTeam)); res.StatusCode != http.StatusConflict {
		t.Errorf("a second: status %d, want 409", res.StatusCode)
	}
	w.Close()
	write.Close()
	one := read[transfer.ImportStatus](t, <-answered, 202)
	wait(t, "the first has ended", func() bool {
		return read[transfer.ImportStatus](t, get(s, "/api/v1/imports/"+one.ID), 200).Ended != nil
	})
	if again := ended(t, s, form("", "teams.csv", newTeam)); again.Status != "done" {
		t.Errorf("after it: %+v", again)
	}
}

// A client that goes away in the middle leaves nothing behind and blocks nothing.
func TestImportClientGone(t *testing.T) {
	s := newImportServer(t, nil)
	body, write := io.Pipe()
	ctx, leave := context.WithCancel(context.Background())
	r := httptest.NewRequest(http.MethodPost, "/api/v1/imports", body).WithContext(ctx)
	r.Header.Set("Content-Type", "multipart/form-data; boundary=b")
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		defer func() { _ = recover() }() // how the connection is cut
		do(s, r)
	}()
	io.WriteString(write, "--b\r\nContent-Disposition: form-data; name=file; filename=teams.csv\r\n\r\nteam_id")
	leave()
	write.CloseWithError(errors.New("connection reset"))
	<-gone
	if one := ended(t, s, form("", "teams.csv", newTeam)); one.Status != "done" {
		t.Errorf("after it: %+v", one)
	}
}

func TestQuality(t *testing.T) {
	s := newImportServer(t, nil)
	homes := "household_id,lon,lat,hamlet_code\nfar,108.25,16.05,H1\nnear,108.201,16.05,H1\nlost,109,17,\n"
	for i := range 20 {
		homes += fmt.Sprintf("free%02d,108.1,16.1,\n", i)
	}
	ended(t, s, form("", "households.csv", homes,
		"teams.csv", "team_id,name,commune_code,hamlet_codes,members\nT9,Tổ 9,20102,,\n", "h.csv",
		"code,name,kind,parent\nH9,Thôn 9,Thôn,20102\nH10,Thôn 10,Thôn,20109\n"))
	var got qualityReport
	wait(t, "the households are there", func() bool {
		got = read[qualityReport](t, get(s, "/api/v1/quality"), 200)
		return len(got.Findings) > 1
	})
	var text []string
	for _, f := range got.Findings {
		for _, e := range f.Examples[:min(len(f.Examples), 2)] {
			metres := 0
			if e.Metres != nil {
				metres = *e.Metres
			}
			text = append(text, fmt.Sprintf("%s %d: %s %s %q %d", f.Kind, *f.Count, e.ID, e.Area, e.Name, metres))
		}
	}
	want := []string{
		`outside_commune 2: far H1 "" 5351`, `outside_commune 2: near H1 "" 108`,
		`no_area 1: lost  "" 0`, `no_hamlet 21: free00  "" 0`, `no_hamlet 21: free01  "" 0`,
		`no_parent 1: H10 20109 "Thôn 10" 0`,
		`team_serves_none 1: T9 20102 "Tổ 9" 0`, `team_size 1: T9 20102 "Tổ 9" 0`,
		`no_households 2: H10 20109 "Thôn 10" 0`, `no_households 2: H9 20102 "Thôn 9" 0`,
	}
	if strings.Join(text, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(text, "\n"), strings.Join(want, "\n"))
	}
	// Where households are not shown none is named, their numbers are rounded and small ones hidden; of teams and of
	// hamlets without households nothing is shown.
	s.config.Households = false
	for _, f := range read[qualityReport](t, get(s, "/api/v1/quality", "If-None-Match", "*"), 200).Findings {
		household := strings.Contains("outside_commune no_area no_hamlet", f.Kind)
		if household != (len(f.Examples) == 0) || f.Count != nil && household && (*f.Count < 10 || *f.Count%5 != 0) ||
			!household && f.Kind != "no_outline" && f.Kind != "no_parent" {
			t.Errorf("hidden: %+v", f)
		}
	}
}
