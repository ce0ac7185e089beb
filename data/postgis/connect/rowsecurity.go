package connect

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// rowSecurityFixed is the minor release of each major one from which on PostgreSQL has no known fault that shows rows
// which row-level security hides. docs/postgis.md names the faults.
var rowSecurityFixed = map[int]int{15: 20, 16: 16, 17: 12, 18: 7}

// fixedRelease returns the release that mends the faults of row-level security in the one of a number, which is
// PostgreSQL's server_version_num; empty: that has none that are known.
func fixedRelease(number int) string {
	major, minor := number/10_000, number%10_000
	if fixed := rowSecurityFixed[major]; minor < fixed {
		return fmt.Sprintf("%d.%d", major, fixed)
	}
	return ""
}

// RowSecurity is whether a database can be relied upon to hide rows.
type RowSecurity struct {
	Release string // of PostgreSQL
	Used    bool   // a table of the schema has row-level security
	Fixed   string // the release to go to; empty: it is not used, or this one has no known fault
}

// ReadRowSecurity looks at the release of the database, and whether the tables of its schema have row-level security.
func ReadRowSecurity(ctx context.Context, db interface {
	QueryRow(ctx context.Context, query string, args ...any) pgx.Row
}) (r RowSecurity, err error) {
	var number int
	err = db.QueryRow(ctx, `SELECT current_setting('server_version'), current_setting('server_version_num')::int,
		EXISTS (SELECT FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relrowsecurity)`).
		Scan(&r.Release, &number, &r.Used)
	if err != nil {
		return r, fmt.Errorf("look for row-level security: %w", err)
	}
	if r.Used {
		r.Fixed = fixedRelease(number)
	}
	return r, nil
}
