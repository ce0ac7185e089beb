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
	"tungnha/data/sqlite"
)

// storeFlags say where the records are.
type storeFlags struct {
	DB string `name:"db" help:"GeoPackage file with the records." default:"tungnha.gpkg" placeholder:"${default}" env:"TUNGNHA_DB"`
}

// open opens the database, making it where there is none. The skills of the settings, if
// it names any, become the database's.
func (f *storeFlags) open(ctx context.Context, p *program) (*sqlite.Store, error) {
	if strings.HasPrefix(f.DB, "postgres://") || strings.HasPrefix(f.DB, "postgresql://") {
		return nil, &usageError{"--db: PostgreSQL is not in this release; give the path of a .gpkg file"}
	}
	store, err := sqlite.Open(ctx, f.DB)
	if err != nil {
		return nil, err
	}
	if len(p.settings.Skills) > 0 {
		if err := store.SetSkills(ctx, p.settings.Skills); err != nil {
			return nil, errors.Join(err, store.Close())
		}
	}
	return store, nil
}

// openExisting opens a database to read: to make an empty one would hide a mistyped path.
func (f *storeFlags) openExisting(ctx context.Context, p *program) (*sqlite.Store, error) {
	if _, err := os.Stat(f.DB); errors.Is(err, fs.ErrNotExist) && !strings.Contains(f.DB, "://") {
		return nil, fmt.Errorf("there is no database %s: make one with tungnha import, or try tungnha demo", f.DB)
	}
	return f.open(ctx, p)
}

// config is what the index is built with.
func (p *program) config(store *sqlite.Store) *coverage.Config {
	return &coverage.Config{Skills: store.Skills(), Thresholds: p.settings.Thresholds.Thresholds, Provinces: p.settings.provinces}
}

// index reads the records into memory for one command.
func (f *storeFlags) index(ctx context.Context, p *program) (*coverage.Index, error) {
	store, err := f.openExisting(ctx, p)
	if err != nil {
		return nil, err
	}
	ix, err := coverage.Build(ctx, store, p.config(store))
	if err == nil {
		p.warnOfProvinces(ix)
	}
	return ix, errors.Join(err, store.Close())
}

// warnOfProvinces tells of thresholds that the settings give to no province of the data.
func (p *program) warnOfProvinces(ix *coverage.Index) {
	for _, code := range ix.UnknownProvinces() {
		p.log.Warn("settings: thresholds.province names no province of the data", slog.String("code", code))
	}
}
