package connect

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
)

//go:embed migrations/*.sql
var migrations embed.FS

// oldest are the least versions that the tables work with.
const (
	oldestPostgres = 15
	oldestPostGIS  = 3
)

// prepareLock is the advisory lock under which one of the servers that start together
// brings the tables up to date: "tungnha" in ASCII.
const prepareLock = 0x74756e676e6861

// prepare inspects the database and brings its tables up to date.
func (c *Config) prepare(ctx context.Context) (*types, error) {
	conn, err := pgx.ConnectConfig(ctx, c.ConnConfig.Copy())
	if err != nil {
		return nil, err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	var version int
	var name string
	if err := conn.QueryRow(ctx, `SELECT current_setting('server_version_num')::int, current_setting('server_version')`).Scan(&version, &name); err != nil {
		return nil, err
	}
	if version/10000 < oldestPostgres {
		return nil, fmt.Errorf("it is PostgreSQL %s: version %d or newer is needed", name, oldestPostgres)
	}
	state, err := c.state(ctx, conn)
	if err != nil {
		return nil, err
	}
	oldest, newest := migrationNumbers()
	if state.version > 0 && state.version < oldest {
		return nil, fmt.Errorf("its tables are of version %d, from before the first release: this program brings version %d and newer up to date; import the files into an empty database",
			state.version, oldest)
	}
	if state.version < newest {
		if err := c.migrate(ctx, conn); err != nil {
			return nil, err
		}
	}
	if state, err = c.state(ctx, conn); err != nil {
		return nil, err
	}
	switch {
	case state.version > newest:
		return nil, fmt.Errorf("its tables are of version %d, this program knows up to %d: use a newer version of the program",
			state.version, newest)
	case state.version < newest:
		return nil, fmt.Errorf("its tables are of version %d, this program needs %d", state.version, newest)
	}
	t := &types{path: c.schema + ", " + pgx.Identifier{state.postgisSchema}.Sanitize()}
	err = conn.QueryRow(ctx, `
		SELECT g.oid, o.oid
		FROM pg_type g JOIN pg_namespace gn ON gn.oid = g.typnamespace AND gn.nspname = $1,
		     pg_type o JOIN pg_namespace own ON own.oid = o.typnamespace AND own.nspname = $2
		WHERE g.typname = 'geometry' AND o.typname = 'outcome'`, state.postgisSchema, c.schema).Scan(&t.geometry, &t.outcome)
	if err != nil {
		return nil, fmt.Errorf("look up the types of the tables: %w", err)
	}
	return t, nil
}

// state is what there is in a database.
type state struct {
	version       int64  // of the tables; 0: none
	postgis       string // version of the extension; empty: not there
	postgisSchema string
}

func (c *Config) state(ctx context.Context, conn *pgx.Conn) (s state, err error) {
	err = conn.QueryRow(ctx, `
		SELECT coalesce(max(extversion), ''), coalesce(max(nspname), '')
		FROM pg_extension JOIN pg_namespace n ON n.oid = extnamespace WHERE extname = 'postgis'`).Scan(&s.postgis, &s.postgisSchema)
	if err != nil {
		return s, fmt.Errorf("look for PostGIS: %w", err)
	}
	var major int
	if _, err := fmt.Sscanf(s.postgis, "%d", &major); s.postgis != "" && (err != nil || major < oldestPostGIS) {
		return s, fmt.Errorf("it has PostGIS %s: version %d or newer is needed", s.postgis, oldestPostGIS)
	}
	var usable, versioned bool
	err = conn.QueryRow(ctx, `
		SELECT coalesce(bool_or(has_schema_privilege(oid, 'USAGE')), true),
		       count(*) > 0 AND to_regclass($1 || '.goose_db_version') IS NOT NULL
		FROM pg_namespace WHERE nspname = $1`, c.schema).Scan(&usable, &versioned)
	switch {
	case err != nil && !IsDenied(err):
		return s, fmt.Errorf("look for the tables: %w", err)
	case err != nil || !usable:
		return s, fmt.Errorf("user %s may not use its schema %s: have its owner grant that", c.ConnConfig.User,
			c.schema)
	case !versioned:
		return s, nil
	}
	err = conn.QueryRow(ctx, `SELECT coalesce(max(version_id), 0) FROM `+c.schema+`.goose_db_version WHERE is_applied`).Scan(&s.version)
	if IsDenied(err) {
		return s, fmt.Errorf("user %s may not read its tables: have their owner grant that", c.ConnConfig.User)
	}
	if err != nil {
		return s, fmt.Errorf("read the version of the tables: %w", err)
	}
	return s, nil
}

// IsDenied reports whether an error is that the user lacks a privilege.
func IsDenied(err error) bool {
	var said *pgconn.PgError
	return errors.As(err, &said) && said.Code == "42501" // insufficient_privilege
}

// Unreachable reports whether an error is that the database could not be reached, or takes
// no connections at the moment: that may end by itself. A wrong password, a database that is
// not there and a certificate that is not trusted do not.
func Unreachable(err error) bool {
	var said *pgconn.PgError
	if errors.As(err, &said) {
		switch said.Code[:2] {
		case "08", "53": // connection_exception, insufficient_resources: too_many_connections
			return true
		}
		return said.Code == "57P01" || said.Code == "57P02" || said.Code == "57P03" // it stops, it crashed, it starts
	}
	var broken *net.OpError
	if errors.As(err, &broken) {
		return broken.Op != "remote error" && broken.Op != "local error" // these are what TLS refuses
	}
	for _, end := range []error{context.DeadlineExceeded, os.ErrDeadlineExceeded, io.EOF, io.ErrUnexpectedEOF,
		pgconn.ErrConnClosed} {
		if errors.Is(err, end) {
			return true
		}
	}
	return errors.As(err, new(*net.DNSError))
}

// migrate brings the tables up to date, one program at a time.
func (c *Config) migrate(ctx context.Context, conn *pgx.Conn) (err error) {
	if _, err := conn.Exec(ctx, `SET statement_timeout = 0`); err != nil {
		return err
	}
	if _, err := conn.Exec(ctx, `SELECT pg_advisory_lock($1)`, int64(prepareLock)); err != nil {
		return fmt.Errorf("wait for another program that brings the tables up to date: %w", err)
	}
	// The end of the connection ends the lock.
	now, err := c.state(ctx, conn)
	if _, newest := migrationNumbers(); err != nil || now.version >= newest {
		return err
	}
	if now.postgis == "" {
		if _, err := conn.Exec(ctx, `CREATE EXTENSION postgis SCHEMA public`); err != nil {
			return fmt.Errorf("PostGIS is missing in the database %s: have an administrator install it and run CREATE EXTENSION postgis there: %w", c.ConnConfig.Database, err)
		}
		if now, err = c.state(ctx, conn); err != nil {
			return err
		}
	}
	if now.version == 0 {
		var exists bool
		err := conn.QueryRow(ctx, `SELECT count(*) > 0 FROM pg_namespace WHERE nspname = $1`, c.schema).Scan(&exists)
		if err == nil && !exists {
			_, err = conn.Exec(ctx, `CREATE SCHEMA `+c.schema)
		}
		if err != nil {
			return c.denied(err)
		}
	}
	config := c.ConnConfig.Copy()
	config.RuntimeParams["search_path"] = c.schema + ", " + pgx.Identifier{now.postgisSchema}.Sanitize()
	config.RuntimeParams["statement_timeout"] = "0"
	db := stdlib.OpenDB(*config)
	defer func() { err = errors.Join(err, db.Close()) }()
	dir, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, db, dir, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return err
	}
	if _, err := provider.Up(ctx); err != nil {
		return c.denied(fmt.Errorf("bring the tables up to date: %w", err))
	}
	return nil
}

// denied adds to an error who may do what this user may not.
func (c *Config) denied(err error) error {
	if !IsDenied(err) {
		return err
	}
	return fmt.Errorf("user %s may not make or change the tables of schema %s: start this program once as their owner: %w",
		c.ConnConfig.User, c.schema, err)
}

// migrationNumbers returns the numbers of the first and the last migration. The first creates
// all tables of its version; the last is the version of the tables that this program works with.
func migrationNumbers() (oldest, newest int64) {
	entries, err := migrations.ReadDir("migrations")
	if err != nil {
		panic(err) // they are part of the program
	}
	for _, e := range entries { // sorted by name
		n, err := goose.NumericComponent(e.Name())
		if err != nil {
			panic(err)
		}
		if oldest == 0 {
			oldest = n
		}
		newest = n
	}
	return oldest, newest
}
