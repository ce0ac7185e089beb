package secondopinion

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"tungnha/coverage"
	"tungnha/data"
)

// answer is one row of an answer, as both sides give it.
type answer struct {
	Households, Attempted, Contacted, Reached, RevisitDue, Visits uint32

	LastVisit        string
	Assessed, Shown  [skills]uint32
	ReachedByAny     uint32
	ReachedElsewhere uint32
	Flags            string // sorted
	HamletsFlagged   string // as JSON, by flag
}

// skills is the number of data.DefaultSkills.
const skills = 5

// interval is of the uptake of one skill, NaN where nobody was assessed.
type interval struct{ Low, High float64 }

// answers are rows by key; the row of everything in the scope is under total.
type answers map[string]answer

const total = "(total)"

// ofEngine asks the index.
func ofEngine(t *testing.T, ix *coverage.Index, q coverage.Query) (answers, map[string][skills]interval) {
	t.Helper()
	r, err := ix.Query(context.Background(), coverage.Operator, q)
	if err != nil {
		t.Fatal(err)
	}
	rows := answers{total: spell(r.Config, &coverage.Row{Count: r.Total.Count})}
	intervals := map[string][skills]interval{}
	for i := range r.Rows {
		row := &r.Rows[i]
		key := ""
		switch {
		case q.By == coverage.ByCell:
			key = row.Cell.String()
		case q.By == coverage.ByTeam:
			key = r.Teams[row.Team].ID
		case q.By != coverage.ByArea:
			key = row.Day.String()
		case row.Area != coverage.NoArea:
			key = r.Boundaries.Areas[row.Area].Code
		}
		if _, twice := rows[key]; twice {
			t.Errorf("two rows of key %q", key)
		}
		rows[key] = spell(r.Config, row)
		intervals[key] = uptake(&row.Count)
	}
	return rows, intervals
}

func spell(c *coverage.Config, row *coverage.Row) answer {
	a := answer{
		Households: row.Households, Attempted: row.Attempted, Contacted: row.Contacted, Reached: row.Reached,
		RevisitDue: row.RevisitDue, Visits: row.Visits, LastVisit: row.LastVisit.String(),
		ReachedByAny: row.ReachedByAny, ReachedElsewhere: row.ReachedElsewhere,
		Flags: spellFlags(c.Keys(row.Flags)), HamletsFlagged: "{}",
	}
	copy(a.Assessed[:], row.Assessed[:])
	copy(a.Shown[:], row.Shown[:])
	if row.HamletsFlagged != nil {
		counts := map[string]uint32{}
		for bit, n := range row.HamletsFlagged {
			if n > 0 {
				counts[c.Keys(1 << bit)[0]] = n
			}
		}
		a.HamletsFlagged = spellCounts(counts)
	}
	return a
}

func spellFlags(names []string) string {
	slices.Sort(names)
	return fmt.Sprint(names)
}

func spellCounts(counts map[string]uint32) string {
	text, _ := json.Marshal(counts) // sorted by key
	return string(text)
}

func uptake(c *coverage.Count) (out [skills]interval) {
	for i := range out {
		_, low, high, ok := c.Uptake(i)
		if !ok {
			low, high = math.NaN(), math.NaN()
		}
		out[i] = interval{low, high}
	}
	return out
}

// sqlRow is what every function of the SQL definitions is asked for.
type sqlRow struct {
	Key                                                           string
	Households, Attempted, Contacted, Reached, RevisitDue, Visits int32
	LastVisit                                                     *time.Time
	Assessed, Shown                                               []int32
	Low, High                                                     []*float64
	Flags                                                         []string
	HamletsFlagged                                                map[string]uint32
	ReachedByAny, ReachedElsewhere                                int32
}

// columns of a sqlRow, of which the last four differ from function to function.
const columns = `SELECT (c).key, (c).households, (c).attempted, (c).contacted, (c).reached, (c).revisit_due, (c).visits,
	(c).last_visit, (c).assessed, (c).shown,
	ARRAY(SELECT (uptake_interval((c).assessed[position], (c).shown[position], (c).households)).low FROM skill ORDER BY position) AS low,
	ARRAY(SELECT (uptake_interval((c).assessed[position], (c).shown[position], (c).households)).high FROM skill ORDER BY position) AS high, `

// statements of the queries by what they group by. $1 is the parent, $2 and $3 the window,
// $4 the boundaries, $5 the level, resolution or period.
var statements = map[coverage.By]string{
	coverage.ByArea:  columns + `flags, hamlets_flagged, 0, 0 FROM coverage_by_area($5, $1, $2, $3, $4)`,
	coverage.ByCell:  columns + `flags, '{}'::jsonb, 0, 0 FROM coverage_by_cell($5, $1, $2, $3, $4)`,
	coverage.ByTeam:  columns + `flags, '{}'::jsonb, reached_by_any, reached_elsewhere FROM coverage_by_team($1, $2, $3, $4)`,
	coverage.ByDay:   columns + `'{}'::text[], '{}'::jsonb, 0, 0 FROM coverage_by_period($5, $1, $2, $3, $4) c`,
	coverage.ByWeek:  columns + `'{}'::text[], '{}'::jsonb, 0, 0 FROM coverage_by_period($5, $1, $2, $3, $4) c`,
	coverage.ByMonth: columns + `'{}'::text[], '{}'::jsonb, 0, 0 FROM coverage_by_period($5, $1, $2, $3, $4) c`,
}

// ofPostGIS asks the SQL definitions.
func ofPostGIS(t *testing.T, db *pgx.Conn, q coverage.Query) (answers, map[string][skills]interval) {
	t.Helper()
	boundaries := q.Boundaries
	if boundaries == data.NoDate {
		boundaries = q.To
	}
	var parent any
	if q.Parent != "" {
		parent = q.Parent
	}
	scope := []any{parent, sqlDate(q.From), sqlDate(q.To), sqlDate(boundaries)}
	args := scope
	switch q.By {
	case coverage.ByArea:
		args = append(args, string(q.Level))
	case coverage.ByCell:
		args = append(args, q.Resolution)
	case coverage.ByDay, coverage.ByWeek, coverage.ByMonth:
		args = append(args, string(q.By))
	}
	rows, intervals := answers{}, map[string][skills]interval{}
	for _, row := range collect(t, db, statements[q.By], args) {
		if _, twice := rows[row.Key]; twice {
			t.Errorf("PostGIS: two rows of key %q", row.Key)
		}
		rows[row.Key], intervals[row.Key] = row.answer(), row.intervals()
	}
	all := collect(t, db, columns+`'{}'::text[], '{}'::jsonb, 0, 0 FROM coverage_total($1, $2, $3, $4) c`, scope)
	rows[total] = all[0].answer()
	return rows, intervals
}

func collect(t *testing.T, db *pgx.Conn, sql string, args []any) []sqlRow {
	t.Helper()
	rows, err := db.Query(context.Background(), sql, args...)
	if err != nil {
		t.Fatal(err)
	}
	out, err := pgx.CollectRows(rows, pgx.RowToStructByPos[sqlRow])
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// sqlDate is NULL where no day is given.
func sqlDate(d data.Date) any {
	if d == data.NoDate {
		return nil
	}
	return d.String()
}

func (r *sqlRow) answer() answer {
	a := answer{
		Households: uint32(r.Households), Attempted: uint32(r.Attempted), Contacted: uint32(r.Contacted),
		Reached: uint32(r.Reached), RevisitDue: uint32(r.RevisitDue), Visits: uint32(r.Visits),
		ReachedByAny: uint32(r.ReachedByAny), ReachedElsewhere: uint32(r.ReachedElsewhere),
		Flags: spellFlags(r.Flags), HamletsFlagged: spellCounts(r.HamletsFlagged),
	}
	if r.LastVisit != nil {
		a.LastVisit = r.LastVisit.Format(time.DateOnly)
	}
	for i := range skills {
		a.Assessed[i], a.Shown[i] = uint32(r.Assessed[i]), uint32(r.Shown[i])
	}
	return a
}

func (r *sqlRow) intervals() (out [skills]interval) {
	value := func(p *float64) float64 {
		if p == nil {
			return math.NaN()
		}
		return *p
	}
	for i := range out {
		out[i] = interval{value(r.Low[i]), value(r.High[i])}
	}
	return out
}

// compare asks both sides and tells the first few keys of which they think differently.
// It returns how many rows they agree on.
func compare(t *testing.T, ix *coverage.Index, db *pgx.Conn, q coverage.Query) int {
	t.Helper()
	got, gotIntervals := ofEngine(t, ix, q)
	want, wantIntervals := ofPostGIS(t, db, q)
	keys := slices.Sorted(maps.Keys(want))
	for key := range got {
		if _, ok := want[key]; !ok {
			keys = append(keys, key)
		}
	}
	differ := 0
	for _, key := range keys {
		g, inEngine := got[key]
		w, inSQL := want[key]
		if reflect.DeepEqual(g, w) && inEngine == inSQL && near(gotIntervals[key], wantIntervals[key]) {
			continue
		}
		if differ++; differ <= 3 {
			t.Errorf("%+v, key %q:\n engine (%t) %+v %v\nPostGIS (%t) %+v %v", q, key, inEngine, g, gotIntervals[key], inSQL, w, wantIntervals[key])
		}
	}
	if differ > 3 {
		t.Errorf("%+v: %d of %d keys differ", q, differ, len(keys))
	}
	return len(keys) - differ
}

// near holds two intervals equal within 1e-9.
func near(a, b [skills]interval) bool {
	same := func(a, b float64) bool { return math.IsNaN(a) && math.IsNaN(b) || math.Abs(a-b) <= 1e-9 }
	for i := range a {
		if !same(a[i].Low, b[i].Low) || !same(a[i].High, b[i].High) {
			return false
		}
	}
	return true
}
