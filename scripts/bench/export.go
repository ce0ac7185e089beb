package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"tungnha/coverage"
	"tungnha/coverage/export"
	"tungnha/scripts/procstat"
)

// exported is what writing one file took.
type exported struct {
	took  time.Duration
	cpu   time.Duration // of all cores, which other work on the machine changes little
	bytes int64
	peak  int64 // bytes of memory; of ours what came on top of the index
}

func (e exported) String() string {
	return fmt.Sprintf("%6.2f s  %6.2f s of CPU  %6.1f MB  peak memory %5d MB", e.took.Seconds(), e.cpu.Seconds(),
		float64(e.bytes)/1e6, e.peak>>20)
}

// gdalDrivers are how ogr2ogr writes each format: the ways that there are.
var gdalDrivers = map[export.Format][][]string{
	export.GeoJSON: {
		{"-f", "GeoJSON", "-lco", "COORDINATE_PRECISION=7"},
		{"-f", "GeoJSON", "-lco", "RFC7946=YES", "-lco", "ID_FIELD=household_id"},
	},
	export.GeoJSONL:   {{"-f", "GeoJSONSeq"}},
	export.GeoJSONSeq: {{"-f", "GeoJSONSeq", "-lco", "RS=YES"}},
	export.CSV:        {{"-f", "CSV"}},
	export.XLSX:       {{"-f", "XLSX"}},
	export.Parquet:    {{"-f", "Parquet", "-lco", "COMPRESSION=ZSTD"}},
	export.GeoPackage: {{"-f", "GPKG"}},
}

// exportVsOgr2ogr writes the million households in every format, as the server does from
// the index in memory, and beside it what ogr2ogr makes of the same rows and columns in a
// GeoPackage, and PostGIS of the same in a table. The ratio is of GeoJSON.
func (p *province) exportVsOgr2ogr(ctx context.Context, lines func(string, ...any)) (float64, error) {
	if err := p.prepare(ctx, lines); err != nil {
		return 0, err
	}
	ogr2ogr, err := exec.LookPath("ogr2ogr")
	if err != nil {
		return 0, fmt.Errorf("%w: ogr2ogr (gdal-bin) is not installed", errNoPeer)
	}
	dir, err := os.MkdirTemp(p.dir, "export-*")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	source := filepath.Join(dir, "source.gpkg")
	if _, err := p.export(ctx, source, export.GeoPackage); err != nil {
		return 0, err
	}
	var ours, theirs exported
	for _, format := range export.Formats {
		runs := 1
		if format == export.GeoJSON {
			runs = 3
		}
		own, peer, err := p.besideOgr2ogr(ctx, ogr2ogr, source, dir, format, runs)
		if err != nil && !errors.Is(err, errNoPeer) {
			return 0, err
		}
		lines("%-8s ours     %v", format, own)
		if err != nil {
			lines("%-8s ogr2ogr  %v", format, err)
		} else {
			lines("%-8s ogr2ogr  %v", format, peer)
		}
		if format == export.GeoJSON {
			ours, theirs = own, peer
		}
	}
	if err := p.beforeAll(ctx, lines); err != nil {
		return 0, err
	}
	if err := p.exportFromPostGIS(ctx, dir, lines); err != nil {
		lines("geojson  PostGIS  %v", err)
		if !errors.Is(err, errNoPeer) {
			return 0, err
		}
	}
	return theirs.took.Seconds() / ours.took.Seconds(), nil
}

// besideOgr2ogr measures both by turns, and returns the best of each.
func (p *province) besideOgr2ogr(ctx context.Context, ogr2ogr, source, dir string, format export.Format,
	runs int) (ours, theirs exported, err error) {
	for range runs {
		path := filepath.Join(dir, "ours."+string(format))
		own, err := p.export(ctx, path, format)
		if err != nil {
			return ours, theirs, fmt.Errorf("%s: %w", format, err)
		}
		ours = better(ours, own)
		_ = os.Remove(path)
	}
	for range runs {
		for _, driver := range gdalDrivers[format] {
			path := filepath.Join(dir, "theirs."+string(format))
			peer, err := runOgr2ogr(ctx, ogr2ogr, append(driver, path, source))
			if err != nil {
				return ours, theirs, err
			}
			theirs = better(theirs, peer)
			_ = os.Remove(path)
		}
	}
	return ours, theirs, nil
}

func better(a, b exported) exported {
	if a.took == 0 || b.took < a.took {
		return b
	}
	return a
}

// export writes the households of the ninety days, all columns of them.
func (p *province) export(ctx context.Context, path string, format export.Format) (exported, error) {
	from, to := ninetyDays.window(0)
	if err := procstat.ResetPeak(); err != nil {
		return exported{}, err
	}
	before, err := procstat.ResidentBytes()
	if err != nil {
		return exported{}, err
	}
	started, worked := time.Now(), procstat.CPUTime()
	table, err := export.NewTable(ctx, p.index.For(coverage.Operator),
		export.Request{Layer: export.Households, Query: coverage.Query{From: from, To: to}})
	if err != nil {
		return exported{}, err
	}
	f, err := os.Create(path)
	if err != nil {
		return exported{}, err
	}
	defer f.Close()
	if err := table.Write(ctx, f, format); err != nil {
		return exported{}, err
	}
	took, cpu := time.Since(started), procstat.CPUTime()-worked
	info, err := f.Stat()
	if err != nil {
		return exported{}, err
	}
	peak, err := procstat.PeakBytes()
	return exported{took, cpu, info.Size(), max(0, peak-before)}, err
}

func runOgr2ogr(ctx context.Context, ogr2ogr string, arguments []string) (exported, error) {
	path := arguments[len(arguments)-2]
	command := exec.CommandContext(ctx, ogr2ogr, arguments...)
	var problem bytes.Buffer
	command.Stderr = &problem
	started := time.Now()
	err := command.Run()
	took := time.Since(started)
	if err != nil {
		said, _, _ := strings.Cut(strings.TrimSpace(problem.String()), "\n")
		return exported{}, fmt.Errorf("%w: ogr2ogr -f %s: %s", errNoPeer, arguments[1], said)
	}
	info, err := os.Stat(path)
	if err != nil {
		return exported{}, err
	}
	e := exported{took: took, cpu: command.ProcessState.UserTime() + command.ProcessState.SystemTime(),
		bytes: info.Size()}
	if usage, ok := command.ProcessState.SysUsage().(*syscall.Rusage); ok {
		e.peak = usage.Maxrss << 10
	}
	return e, nil
}

// beforeAll prints the time before the first file on the command line: the whole database
// is read into the index.
func (p *province) beforeAll(ctx context.Context, lines func(string, ...any)) error {
	started := time.Now()
	if err := p.buildIndex(ctx); err != nil {
		return err
	}
	lines("tungnha export reads the database first, with its three million visits: %.2f s; a server has done so",
		time.Since(started).Seconds())
	return nil
}

// exportFromPostGIS has PostgreSQL make the FeatureCollection, as pg_featureserv's queries
// and their kin do.
func (p *province) exportFromPostGIS(ctx context.Context, dir string, lines func(string, ...any)) error {
	db, closeDB, err := connect(ctx)
	if err != nil {
		return err
	}
	defer closeDB()
	if err := p.loadExported(ctx, db, dir); err != nil {
		return err
	}
	return timePostGIS(ctx, db, dir, lines)
}

// loadExported puts the rows of our CSV into a table.
func (p *province) loadExported(ctx context.Context, db *pgx.Conn, dir string) error {
	path := filepath.Join(dir, "postgis.csv")
	if _, err := p.export(ctx, path, export.CSV); err != nil {
		return err
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = db.Exec(ctx, `CREATE TEMP TABLE exported (household_id text, hamlet_code text, lon float8, lat float8, eligible bool, attempted bool,
		contacted bool, reached bool, revisit_due bool, visits int, last_visit date, geom geometry(Point, 4326))`)
	if err != nil {
		return err
	}
	if _, err := db.PgConn().CopyFrom(ctx, f, `COPY exported (household_id, hamlet_code, lon, lat, eligible, attempted, contacted, reached,
		revisit_due, visits, last_visit) FROM STDIN (FORMAT csv, HEADER)`); err != nil {
		return err
	}
	for _, sql := range []string{`CREATE TEMP TABLE exported_layer AS
		SELECT household_id, hamlet_code, lon, lat, eligible, attempted, contacted, reached, revisit_due, visits, last_visit,
			ST_SetSRID(ST_MakePoint(lon, lat), 4326) AS geom FROM exported`, `ANALYZE exported_layer`} {
		if _, err := db.Exec(ctx, sql); err != nil {
			return err
		}
	}
	return nil
}

func timePostGIS(ctx context.Context, db *pgx.Conn, dir string, lines func(string, ...any)) error {
	for _, plan := range []struct{ name, sql string }{
		{"json_agg of ST_AsGeoJSON", `SELECT json_build_object('type', 'FeatureCollection', 'features', json_agg(ST_AsGeoJSON(t.*, 'geom', 7)::json)) FROM exported_layer t`},
		{"ST_AsGeoJSON a row", `SELECT ST_AsGeoJSON(t.*, 'geom', 7) FROM exported_layer t`},
	} {
		f, err := os.Create(filepath.Join(dir, "postgis.geojson"))
		if err != nil {
			return err
		}
		started := time.Now()
		_, err = db.PgConn().CopyTo(ctx, f, "COPY ("+plan.sql+") TO STDOUT")
		took := time.Since(started)
		info, statErr := f.Stat()
		if err := errors.Join(err, statErr, f.Close()); err != nil {
			return fmt.Errorf("%s: %w", plan.name, err)
		}
		lines("geojson  PostGIS  %6.2f s  %6.1f MB  %s", took.Seconds(), float64(info.Size())/1e6, plan.name)
	}
	return nil
}
