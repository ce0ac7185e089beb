package coverage

import (
	"fmt"
	"testing"

	"tungnha/data"
)

// A household over four months, by hand: found absent, reached, reached again, moved away.
func TestTrend(t *testing.T) {
	m := onlyHamlet(
		called("2026-01-20", data.Absent), called("2026-02-10", data.Completed),
		called("2026-03-05", data.Completed), called("2026-04-02", data.Moved))
	m.Households = append(m.Households, data.Household{ID: "LATE", HamletCode: "481.1",
		RegisteredOn: day("2026-02-28")})
	r := ask(t, index(t, m), Operator, Query{By: ByMonth, From: day("2026-01-15"), To: day("2026-04-10")})
	var got []string
	for _, row := range r.Rows {
		got = append(got, fmt.Sprintf("%s: %d households, %d attempted, %d reached, %d new, %d so far, %d visits",
			row.Day, row.Households, row.Attempted, row.Reached, row.NewlyReached, row.ReachedSoFar, row.Visits))
	}
	want := []string{
		"2026-01-01: 1 households, 1 attempted, 0 reached, 0 new, 0 so far, 1 visits",
		"2026-02-01: 2 households, 1 attempted, 1 reached, 1 new, 1 so far, 1 visits",
		"2026-03-01: 2 households, 1 attempted, 1 reached, 0 new, 1 so far, 1 visits",
		"2026-04-01: 1 households, 0 attempted, 0 reached, 0 new, 0 so far, 1 visits", // who moved counts no longer
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got\n%q\nwant\n%q", got, want)
	}
	if last := r.Rows[len(r.Rows)-1]; last.ReachedSoFar != r.Total.Reached {
		t.Errorf("reached so far at the end: got %d, want the %d of the whole window", last.ReachedSoFar,
			r.Total.Reached)
	}
}

// A timeline cut into parts counts what the whole one counts.
func TestTrendInParts(t *testing.T) {
	for seed := range uint64(20) {
		ix := index(t, randomProgramme(seed))
		p, err := ix.plan(Operator, Query{By: ByWeek, From: programmeBegin + 3, To: programmeEnd - 2})
		if err != nil {
			t.Fatal(err)
		}
		ix.prepare(p)
		line, err := ix.timeline(p)
		if err != nil {
			t.Fatal(err)
		}
		whole, err := ix.trend(t.Context(), p, line, 1, nil)
		if err != nil {
			t.Fatal(err)
		}
		for lo, hi := 0, 0; lo < len(whole); lo = hi {
			hi = min(lo+1+int(seed%5), len(whole))
			part, err := ix.trend(t.Context(), p, line.Part(lo, hi), 1, nil)
			if err != nil {
				t.Fatal(err)
			}
			for i := range part {
				if part[i] != whole[lo+i] {
					t.Errorf("seed %d, week %d:\n got %+v\nwant %+v", seed, lo+i, part[i], whole[lo+i])
				}
			}
		}
	}
}
