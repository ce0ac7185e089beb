package connect

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
)

// old is a database of an old release; used is whether its tables have row-level security.
type old struct{ used bool }

func (o old) QueryRow(context.Context, string, ...any) pgx.Row { return o }

func (o old) Scan(to ...any) error {
	*to[0].(*string), *to[1].(*int), *to[2].(*bool) = "15.3", 150003, o.used
	return nil
}

// TestReadRowSecurity: only where tables have row-level security is there anything to warn of.
func TestReadRowSecurity(t *testing.T) {
	for used, fixed := range map[bool]string{true: "15.20", false: ""} {
		if r, err := ReadRowSecurity(t.Context(), old{used}); err != nil || r != (RowSecurity{"15.3", used, fixed}) {
			t.Errorf("%+v, %v", r, err)
		}
	}
}

// TestFixedRelease: a release below the one that mends the faults is told which that is, also where its minor number
// has fewer digits; later ones and major releases that nobody knows yet are left alone.
func TestFixedRelease(t *testing.T) {
	for number, want := range map[int]string{
		150000: "15.20", 150009: "15.20", 150014: "15.20", 150019: "15.20", 150020: "", 150021: "", 150100: "",
		160000: "16.16", 160002: "16.16", 160015: "16.16", 160016: "",
		170001: "17.12", 170011: "17.12", 170012: "",
		180000: "18.7", 180006: "18.7", 180007: "", 180010: "",
		190000: "", 140025: "",
	} {
		if got := fixedRelease(number); got != want {
			t.Errorf("%d: got %q, want %q", number, got, want)
		}
	}
}
