package pages

import (
	"testing"

	"tungnha/data"
)

func TestPeriodDays(t *testing.T) {
	today, err := data.ParseDate("2026-03-31")
	if err != nil {
		t.Fatal(err)
	}
	for period, want := range map[string][2]string{
		"": {"2026-01-01", "2026-03-31"}, "90d": {"2026-01-01", "2026-03-31"}, "30d": {"2026-03-02", "2026-03-31"},
		"365d": {"2025-04-01", "2026-03-31"},
		"year": {"2026-01-01", "2026-03-31"}, "ever": {"", "2026-03-31"}, "2026-02": {"2026-02-01", "2026-02-28"},
		"2025-12": {"2025-12-01", "2025-12-31"},
		"2026-03": {"2026-03-01", "2026-03-31"}, "..2026-02": {"", "2026-02-28"},
		"2025-05-24..2025-06-01": {"2025-05-24", "2025-06-01"},
		"2026-05":                {"2026-01-01", "2026-03-31"}, "2025-06-01..2025-05-24": {"2026-01-01", "2026-03-31"},
		"nonsense": {"2026-01-01", "2026-03-31"},
	} {
		from, to := periodDays(period, today)
		got := [2]string{"", to.String()}
		if from != data.NoDate {
			got[0] = from.String()
		}
		if got != want {
			t.Errorf("%q: got %v, want %v", period, got, want)
		}
	}
}
