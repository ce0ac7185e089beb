package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"strings"

	"tungnha/coverage"
	"tungnha/coverage/live"
	"tungnha/coverage/rules"
	"tungnha/data"
	"tungnha/data/postgis"
	"tungnha/data/postgis/connect"
	"tungnha/data/sqlite"
)

// store is what the commands need of a database, a file or a server.
type store interface {
	live.Source
	data.Store
	Skills() data.Skills
	SetSkills(ctx context.Context, skills data.Skills) error
	Meta(ctx context.Context) (map[string]string, error)
	SetMeta(ctx context.Context, meta map[string]string) error
	WriteQueued(ctx context.Context) (data.Posted, error)
	Revert(ctx context.Context, selection data.Selection, dryRun bool) (data.Reverted, error)
	Secret() data.Secret
	SetSecret(ctx context.Context, secret data.Secret) error
	Accept(ctx context.Context) error
	Close() error
}

// writeQueued writes all posts that were queued beside an import, unless one is under way.
func writeQueued(ctx context.Context, s store) error {
	for {
		if posted, err := s.WriteQueued(ctx); err != nil || posted.Dequeued == 0 {
			return err
		}
	}
}

// openStore opens the database that a path or a URL names; a missing file is made.
func openStore(ctx context.Context, db string) (store, error) {
	if connect.IsURL(db) {
		s, err := postgis.Open(ctx, db)
		if err != nil {
			return nil, err // and no interface around a nil store
		}
		return s, nil
	}
	s, err := sqlite.Open(ctx, db)
	if err != nil {
		return nil, err
	}
	return s, nil
}

// checkDatabase refuses a path to read where there is no database: to make an empty one
// would hide a mistyped path.
func (p *program) checkDatabase(db string) error {
	if _, err := os.Stat(db); errors.Is(err, fs.ErrNotExist) && !connect.IsURL(db) && !strings.Contains(db, "://") {
		return fmt.Errorf(p.say("there is no database %s: make one with tungnha import, or try tungnha demo"), db)
	}
	return nil
}

// databaseName names a database for logs and messages: never with a password.
func databaseName(db string) string {
	if connect.IsURL(db) {
		return connect.Name(db)
	}
	return db
}

// checkPasswords refuses a password on the command line, where everyone on the machine who
// lists its processes reads it.
func (p *program) checkPasswords(args []string) error {
	for _, arg := range args {
		if _, value, found := strings.Cut(arg, "="); found && strings.HasPrefix(arg, "-") {
			arg = value
		}
		if connect.HasPassword(arg) {
			return p.usagef("a password on the command line can be read by everyone on this machine: put it into the file of PGPASSFILE (~/.pgpass) or of PGSERVICE, or the whole URL into TUNGNHA_DB")
		}
	}
	return nil
}

// storeFlags name where the records are.
type storeFlags struct {
	DB string `name:"db" help:"Database with the records: a GeoPackage file, or postgres://user@host/database." default:"tungnha.gpkg" placeholder:"${default}" env:"TUNGNHA_DB"`
}

// open opens the database, making it where there is none. The skills of the settings, if
// it names any, become the database's.
func (f *storeFlags) open(ctx context.Context, p *program) (store, error) {
	s, err := openStore(ctx, f.DB)
	if err != nil {
		return nil, err
	}
	if len(p.settings.Skills) > 0 {
		if err := s.SetSkills(ctx, p.settings.Skills); err != nil {
			return nil, errors.Join(err, s.Close())
		}
	}
	if p.settings.Thresholds.named {
		if err := p.writeThresholds(ctx, s); err != nil {
			return nil, errors.Join(err, s.Close())
		}
	}
	return s, nil
}

// writeThresholds writes the thresholds of the settings into a store whose views raise flags. A
// program that may only read leaves those that are there, with a warning.
func (p *program) writeThresholds(ctx context.Context, s store) error {
	shared, ok := s.(*postgis.Store)
	if !ok {
		return nil
	}
	err := shared.SetThresholds(ctx, p.config(s).ThresholdRows())
	if errors.Is(err, data.ErrReadOnly) {
		p.log.Warn("this program may not write to the database: the flags of its views go by other thresholds than the settings name")
		return nil
	}
	return err
}

// warnOfRowSecurity warns of a release of PostgreSQL with known faults, where the tables have row-level security.
func (p *program) warnOfRowSecurity(ctx context.Context, s store) error {
	shared, ok := s.(*postgis.Store)
	if !ok {
		return nil
	}
	r, err := shared.RowSecurity(ctx)
	if err == nil && r.Fixed != "" {
		p.log.Warn("this release of PostgreSQL has known faults by which roles can read rows that row-level security "+
			"hides: update it, see docs/postgis.md", slog.String("release", r.Release), slog.String("fixed", r.Fixed))
	}
	return err
}

// openExisting opens a database to read.
func (f *storeFlags) openExisting(ctx context.Context, p *program) (store, error) {
	if err := p.checkDatabase(f.DB); err != nil {
		return nil, err
	}
	return f.open(ctx, p)
}

// config is what the index is built with.
func (p *program) config(s store) *rules.Config {
	return &rules.Config{Skills: s.Skills(), Thresholds: p.settings.Thresholds.Thresholds,
		Provinces: p.settings.provinces, Secret: s.Secret(), Releases: p.settings.releases}
}

// index reads the records into memory for one command.
func (f *storeFlags) index(ctx context.Context, p *program) (*coverage.Index, error) {
	s, err := f.openExisting(ctx, p)
	if err != nil {
		return nil, err
	}
	ix, err := coverage.BuildAt(ctx, s, p.config(s), p.clock)
	if err == nil {
		p.warnOfProvinces(ix)
	}
	return ix, errors.Join(err, s.Close())
}

// warnOfProvinces warns of thresholds that the settings give to no province of the data.
func (p *program) warnOfProvinces(ix *coverage.Index) {
	for _, code := range ix.For(coverage.Operator).UnknownProvinces() {
		p.log.Warn("settings: thresholds.province names no province of the data", slog.String("code", code))
	}
}
