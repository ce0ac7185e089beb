package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"

	"tungnha/coverage"
	"tungnha/coverage/boundary"
	"tungnha/coverage/rules"
	"tungnha/data"
	"tungnha/data/ingest"
	"tungnha/data/sample"
	"tungnha/data/sqlite"
	"tungnha/geo"
)

// The programme that coverage is measured on.
const (
	provinceHouseholds = 1_000_000
	provinceSeed       = 1
	cellResolution     = 8
)

// provinceToday is the day for which the sample is made; its last visits were on the day
// before.
var provinceToday = data.DateOf(time.Date(2026, 6, 30, 0, 0, 0, 0, data.Zone))

// province is a sample programme of a million households, in our index and beside it in
// the peers', each loaded when first measured.
type province struct {
	dir     string // of the files
	index   *coverage.Index
	plain   *plainColumns
	db      *pgx.Conn
	closeDB func()
	duckdb  map[span]peerTime
	tiles   *tileServers
}

func (p *province) close() {
	if p.tiles != nil {
		p.tiles.close()
	}
	if p.closeDB != nil {
		p.closeDB()
	}
}

// prepare makes the files, the plain columns and the index, once. The index is built again where the
// benchmarks of tiles, whose server has its own, have released it.
func (p *province) prepare(ctx context.Context, lines func(string, ...any)) error {
	if p.plain != nil && p.index != nil {
		return nil
	}
	if p.plain != nil {
		return p.buildIndex(ctx)
	}
	name, areas, err := boundaries(ctx)
	if err != nil {
		return err
	}
	dir, err := provinceFiles(ctx, name, areas)
	if err != nil {
		return err
	}
	store, err := provinceStore(ctx, dir)
	if err != nil {
		return err
	}
	defer store.Close()
	p.dir = dir
	started := time.Now()
	if err := p.buildIndex(ctx); err != nil {
		return err
	}
	lines("index of %s in %s: built in %.1f s", name, dir, time.Since(started).Seconds())
	tree := p.index.For(coverage.Operator).BoundariesOn(provinceToday)
	plain, err := readPlainColumns(ctx, store, tree)
	if err != nil {
		return err
	}
	lines("%d households, %d reports of visits, %d areas", len(plain.hamlet), len(plain.day), len(tree.Areas))
	if err := writeHomes(filepath.Join(dir, homesFile), plain); err != nil {
		return err
	}
	plain.id = nil // a million pointers less for the collector to follow
	p.plain = plain
	return nil
}

// buildIndex reads the store into a new index.
func (p *province) buildIndex(ctx context.Context) error {
	store, err := provinceStore(ctx, p.dir)
	if err != nil {
		return err
	}
	defer store.Close()
	p.index, err = coverage.Build(ctx, store, rules.DefaultConfig())
	return err
}

// provinceFiles returns the folder with the sample's five files, made if they are not there
// yet.
func provinceFiles(ctx context.Context, name string, areas []data.Area) (dir string, err error) {
	key := fnv.New32a()
	fmt.Fprint(key, "2 ", name, provinceHouseholds, provinceSeed, provinceToday)
	for _, a := range areas {
		fmt.Fprint(key, a.Code, a.Population, a.Geometry.Bound())
	}
	dir = filepath.Join(os.TempDir(), fmt.Sprintf("tungnha-bench-%d-%08x", os.Getuid(), key.Sum32()))
	if _, err := os.Stat(filepath.Join(dir, "visits.csv")); err == nil {
		return dir, nil
	}
	fmt.Printf("  making a sample of %d households in %s, once\n", provinceHouseholds, dir)
	_, err = sample.Write(ctx, dir, sample.Options{
		Areas: areas, Households: provinceHouseholds, Seed: provinceSeed, Today: provinceToday})
	return dir, err
}

// provinceStore returns a store with the files imported, made if it is not there yet.
func provinceStore(ctx context.Context, dir string) (*sqlite.Store, error) {
	path := filepath.Join(dir, "programme.gpkg")
	if _, err := os.Stat(path); err == nil {
		return sqlite.Open(ctx, path)
	}
	fmt.Println("  importing it, once")
	making := filepath.Join(dir, "making.gpkg")
	_ = os.Remove(making)
	store, err := sqlite.Open(ctx, making)
	if err != nil {
		return nil, err
	}
	var files []string
	for _, name := range []string{"areas.geojson", "hamlets.csv", "teams.csv", "households.csv", "visits.csv"} {
		files = append(files, filepath.Join(dir, name))
	}
	report, err := ingest.Import(ctx, store, files, ingest.Options{Now: provinceToday.Time().AddDate(0, 0, 1)})
	if err := errors.Join(err, store.Close()); err != nil {
		return nil, err
	}
	if n := report.Rejected(); n > 0 {
		return nil, fmt.Errorf("%s: %d rows rejected", dir, n)
	}
	if err := os.Rename(making, path); err != nil {
		return nil, err
	}
	return sqlite.Open(ctx, path)
}

// plainColumns is the same programme as bare slices, households in the order of their
// cells, visits in that of their households. It is what the floor reads, and what peers get
// as ready columns.
type plainColumns struct {
	id             []string
	hamlet         []uint32 // place of the hamlet, or of the commune without one, among the areas; their number: none
	cell           []geo.Cell
	fine           []geo.Cell // at the index's own resolution
	registered     []uint16
	removed        []uint16 // 65535: still there
	starts         []uint32
	day            []uint16
	outcome        []uint8
	owner          []uint32 // the household of each visit
	communeOfPlace []uint32 // by hamlet
}

// readPlainColumns reads them from the store.
func readPlainColumns(ctx context.Context, store *sqlite.Store, tree *boundary.Tree) (*plainColumns, error) {
	var shapes []orb.MultiPolygon
	none := uint32(len(tree.Areas))
	commune := make([]uint32, len(tree.Areas)+1)
	for i := range tree.Areas {
		shape := orb.MultiPolygon(nil)
		commune[i] = none
		switch tree.Areas[i].Level {
		case data.Commune:
			shape, commune[i] = tree.Areas[i].Geometry, uint32(i)
		case data.Hamlet:
			commune[i] = uint32(tree.Parent(int32(i)))
		}
		shapes = append(shapes, shape)
	}
	commune[none] = none
	locator := geo.NewLocator(shapes)

	type household struct {
		data.Household
		cell   geo.Cell
		place  uint32
		visits []byte // three bytes each: day, outcome
	}
	var households []household
	at := map[string]int{}
	_, err := store.Read(ctx, data.RecordHandler{
		Area: func(*data.Area) error { return nil },
		Team: func(*data.Team) error { return nil },
		Household: func(h *data.Household) error {
			own := household{Household: *h, place: none}
			own.ID, own.HamletCode = string([]byte(h.ID)), ""
			if a := tree.Find(h.HamletCode); h.HamletCode != "" && a != boundary.NoArea {
				own.place = uint32(a)
			} else if m := locator.Locate(h.Point); m.Area >= 0 {
				own.place = uint32(m.Area)
			}
			var err error
			own.cell, err = geo.CellAt(h.Point, geo.BaseResolution)
			at[own.ID] = len(households)
			households = append(households, own)
			return err
		},
		Visit: func(v *data.Visit) error {
			h := &households[at[v.HouseholdID]]
			h.visits = append(h.visits, byte(v.Day()>>8), byte(v.Day()), byte(v.Outcome))
			return nil
		},
	})
	if err != nil {
		return nil, err
	}
	order := make([]uint32, len(households))
	for i := range order {
		order[i] = uint32(i)
	}
	sortBy(order, func(i uint32) uint64 { return uint64(households[i].cell) })
	p := &plainColumns{communeOfPlace: commune}
	for _, i := range order {
		h := &households[i]
		p.id = append(p.id, h.ID)
		p.hamlet = append(p.hamlet, h.place)
		p.cell = append(p.cell, h.cell.Parent(cellResolution))
		p.fine = append(p.fine, h.cell)
		p.registered = append(p.registered, uint16(h.RegisteredOn))
		removed := uint16(1<<16 - 1)
		if h.RemovedOn != data.NoDate {
			removed = uint16(h.RemovedOn)
		}
		p.removed = append(p.removed, removed)
		p.starts = append(p.starts, uint32(len(p.day)))
		for v := h.visits; len(v) > 0; v = v[3:] {
			p.day = append(p.day, uint16(v[0])<<8|uint16(v[1]))
			p.outcome = append(p.outcome, v[2])
			p.owner = append(p.owner, uint32(len(p.id)-1))
		}
	}
	p.starts = append(p.starts, uint32(len(p.day)))
	return p, nil
}

// homesFile gives peers what we find out while we load: which commune and hamlet, as small
// numbers, and the cell of each household, and a number for its id.
const homesFile = "homes.csv"

func writeHomes(path string, p *plainColumns) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	w := bufio.NewWriterSize(f, 1<<20)
	fmt.Fprintln(w, "household_id,household,commune,hamlet,cell")
	for i, id := range p.id {
		w.WriteString(id)
		for _, n := range []uint64{uint64(i), uint64(p.communeOfPlace[p.hamlet[i]]), uint64(p.hamlet[i]),
			uint64(p.cell[i])} {
			w.WriteByte(',')
			w.WriteString(strconv.FormatUint(n, 10))
		}
		w.WriteByte('\n')
	}
	return errors.Join(w.Flush(), f.Close())
}
