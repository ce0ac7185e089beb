package sqlite_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"tungnha/data"
	"tungnha/data/sqlite"
	"tungnha/data/sqlite/backup"
	"tungnha/data/sqlite/check"
)

// olderStore is smallStore as a program of an earlier version made it.
func olderStore(t *testing.T, version int64) string {
	t.Helper()
	now := smallStore(t)
	execute(t, now, `UPDATE visit_rows SET batch = NULL, received_at = NULL`)
	store := open(t, now)
	must(t, store.Accept(t.Context()))
	must(t, store.Close())
	path := filepath.Join(t.TempDir(), "older.gpkg")
	must(t, sqlite.MakeOlder(t.Context(), path, version))
	statements := []string{fmt.Sprintf(`ATTACH '%s' AS now`, now), `DELETE FROM skills`, `DELETE FROM store`}
	for _, table := range []string{"store", "meta", "skills", "skill_sets", "areas", "households", "teams", "team_hamlets"} {
		statements = append(statements, fmt.Sprintf(`INSERT OR IGNORE INTO %[1]s SELECT * FROM now.%[1]s`, table))
	}
	statements = append(statements, `INSERT INTO visit_rows SELECT fid, visit_id, household, team, at, outcome, assessed, shown
		FROM now.visit_rows`)
	if version > 1 {
		statements = append(statements, `INSERT INTO record_digest_key SELECT * FROM now.record_digest_key`,
			`INSERT INTO record_digests SELECT * FROM now.record_digests`)
	}
	execute(t, path, statements...)
	return path
}

// TestOlderFile checks and backs up files of earlier versions that nobody has opened since: they are sound, and of an
// earlier version. What is wrong with them is found as far as that version allows, and the next to open them brings
// them up to date.
func TestOlderFile(t *testing.T) {
	for version := int64(1); version < 3; version++ {
		t.Run(fmt.Sprint(version), func(t *testing.T) {
			path := olderStore(t, version)
			before, err := os.ReadFile(path)
			must(t, err)
			wantOlder := func(report *data.CheckReport) {
				t.Helper()
				if len(report.Findings) > 0 || report.Areas != 3 || report.Teams != 1 || report.Households != 2 ||
					report.Visits != 2 {
					t.Errorf("a sound file: %+v", report)
				}
				if o := report.Older; o == nil || o.Version != version || o.Current != 3 {
					t.Errorf("its version: %+v", o)
				}
			}
			report, err := check.File(t.Context(), path)
			must(t, err)
			wantOlder(report)
			to := filepath.Join(t.TempDir(), "backup.gpkg")
			report, err = backup.Write(t.Context(), path, to)
			must(t, err)
			wantOlder(report)
			if after, err := os.ReadFile(path); err != nil || string(after) != string(before) {
				t.Errorf("the check changed the file, or %v", err)
			}
			for _, c := range []struct {
				name, statement string
				part            data.CheckPart
				since           int64
			}{
				{"a trigger of others", `CREATE TRIGGER strange AFTER INSERT ON households BEGIN DELETE FROM visit_rows; END`,
					data.CheckSchema, 1},
				{"a column is gone", `ALTER TABLE teams DROP COLUMN members`, data.CheckSchema, 1},
				{"a household of a visit is gone", `DELETE FROM households WHERE household_id = 'H1'`, data.CheckReferences, 1},
				{"another outcome", `UPDATE visit_rows SET outcome = 7 WHERE visit_id = 'V2'`, data.CheckRecords, 2},
			} {
				damaged := olderStore(t, version)
				execute(t, damaged, c.statement)
				report, err := check.File(t.Context(), damaged)
				must(t, err)
				found := false
				for _, f := range report.Findings {
					found = found || f.Part == c.part
				}
				if found != (version >= c.since) {
					t.Errorf("%s: found %t: %+v", c.name, found, report.Findings)
				}
			}
			// The backup is as good as the file.
			store := open(t, to)
			if got := altered(t, store); got != "" {
				t.Error(got)
			}
			must(t, store.Close())
			report, err = check.File(t.Context(), to)
			must(t, err)
			if len(report.Findings) > 0 || report.Older != nil || report.Visits != 2 {
				t.Errorf("brought up to date: %+v", report)
			}
		})
	}
}

// TestNewerFile checks a file of a version to come: that is said, and not that it is damaged.
func TestNewerFile(t *testing.T) {
	path := smallStore(t)
	execute(t, path, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, 1)`)
	report, err := check.File(t.Context(), path)
	must(t, err)
	if len(report.Findings) == 0 || report.Findings[0].Part != data.CheckSchema ||
		report.Findings[0].Detail != "its tables are of version 99, this program knows up to 3: use a newer version of the program" {
		t.Errorf("%+v", report.Findings)
	}
}
