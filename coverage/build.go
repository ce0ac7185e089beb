package coverage

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"tungnha/coverage/boundary"
	"tungnha/data"
	"tungnha/geo"
)

// buildColumns reads a source. Beside the columns it needs room for 20 bytes a household while they are sorted, and then
// for the visits as they come, 12 bytes each, which are let go block by block as they are put in order.
func buildColumns(ctx context.Context, source Source) (*columnSet, error) {
	b := &builder{reg: &registry{teamIndex: make(map[string]int32)}, hamlets: map[string]uint32{"": 0}}
	b.reg.households.hamletCodes = []string{""}
	revision, err := readWithIdleTimeout(ctx, source,
		data.RecordHandler{Area: b.area, Team: b.team, Household: b.household, Visit: b.visit})
	if err != nil {
		return nil, fmt.Errorf("reading the store into the index: %w", err)
	}
	if err := b.closeHouseholds(); err != nil {
		return nil, err
	}
	blocks, err := b.blocks(ctx)
	if err != nil {
		return nil, err
	}
	return newColumnSet(b.reg, blocks, revision), nil
}

// builder takes records as they are streamed.
type builder struct {
	reg     *registry
	areas   []data.Area
	hamlets map[string]uint32 // code to index in hamletCodes
	closed  bool              // all households are in, and sorted
	buffers []visitBuffer     // of each block

	lastID   []byte // of the household of the last visit, which mostly is that of the next
	position uint32
	teamID   string // of the last visit
	teamAt   int32
}

func (b *builder) area(a *data.Area) error {
	own := *a
	own.Geometry = a.Geometry.Clone()
	b.areas = append(b.areas, own)
	return nil
}

func (b *builder) team(t *data.Team) error {
	if len(b.reg.teams) == maxTeams {
		return fmt.Errorf("team %s: the index holds at most %d teams", t.ID, maxTeams)
	}
	own := *t
	own.HamletCodes, own.History = slices.Clone(t.HamletCodes), slices.Clone(t.History)
	b.reg.teams = append(b.reg.teams, own)
	return nil
}

func (b *builder) household(record *data.Household) error {
	h := &b.reg.households
	if len(h.ids)+len(record.ID) > math.MaxUint32 {
		return fmt.Errorf("household %s: the index holds at most 4 GiB of ids", record.ID)
	}
	hamlet, ok := b.hamlets[record.HamletCode]
	if !ok {
		hamlet = uint32(len(h.hamletCodes))
		code := strings.Clone(record.HamletCode)
		h.hamletCodes = append(h.hamletCodes, code)
		b.hamlets[code] = hamlet
	}
	h.lon = append(h.lon, toUnits(record.Point[0]))
	h.lat = append(h.lat, toUnits(record.Point[1]))
	h.hamlets = append(h.hamlets, hamlet)
	h.registered = append(h.registered, uint16(record.RegisteredOn))
	h.lastDays = append(h.lastDays, lastDay(record.RemovedOn))
	h.ids = append(h.ids, record.ID...)
	h.idEnds = append(h.idEnds, uint32(len(h.ids)))
	return nil
}

// closeHouseholds sorts what came and makes the registry whole, before the first visit.
func (b *builder) closeHouseholds() error {
	if b.closed {
		return nil
	}
	b.closed = true
	r := b.reg
	slices.SortFunc(r.teams, func(a, c data.Team) int { return strings.Compare(a.ID, c.ID) })
	for i := range r.teams {
		r.teamIndex[r.teams[i].ID] = int32(i)
	}
	r.history = boundary.NewHistory(b.areas)
	r.versions = make([]version, r.history.Versions())

	h := &r.households
	h.lon, h.lat = slices.Clip(h.lon), slices.Clip(h.lat)
	h.cells = make([]geo.Cell, len(h.lon))
	if err := h.findCells(); err != nil {
		return err
	}
	h.sort()
	if i, ok := h.fillTable(); !ok {
		return fmt.Errorf("household %s came twice", h.idBytes(i))
	}
	r.boxes = h.boxes()
	r.bound = boundOf(r)
	r.digest = digestOf(r)
	b.buffers = make([]visitBuffer, len(r.boxes))
	return nil
}

// findCells fills in the cell of each household. Each is a call into the H3 library, which
// is why all cores share them.
func (h *households) findCells() error {
	var group errgroup.Group
	group.SetLimit(workers())
	for lo := 0; lo < h.len(); lo += blockSize {
		group.Go(func() error {
			for i := lo; i < min(lo+blockSize, h.len()); i++ {
				cell, err := geo.CellAt(h.point(uint32(i)), geo.BaseResolution)
				if err != nil {
					return fmt.Errorf("household %s: %w", h.idBytes(uint32(i)), err)
				}
				h.cells[i] = cell
			}
			return nil
		})
	}
	return group.Wait()
}

// sort brings all columns into the order of the cells, those of one cell by id: one column
// after the other, so that only one stands twice in memory.
func (h *households) sort() {
	order := h.order()
	ids, ends := make([]byte, 0, len(h.ids)), make([]uint32, 0, len(h.idEnds))
	for _, i := range order {
		ids = append(ids, h.idBytes(i)...)
		ends = append(ends, uint32(len(ids)))
	}
	h.ids, h.idEnds = ids, ends
	h.cells = permuted(h.cells, order)
	h.lon = permuted(h.lon, order)
	h.lat = permuted(h.lat, order)
	h.hamlets = permuted(h.hamlets, order)
	h.registered = permuted(h.registered, order)
	h.lastDays = permuted(h.lastDays, order)
}

func permuted[T any](column []T, order []uint32) []T {
	out := make([]T, len(order))
	for to, from := range order {
		out[to] = column[from]
	}
	return out
}

// visit buffers one visit in its household's block.
func (b *builder) visit(v *data.Visit) error {
	if err := b.closeHouseholds(); err != nil {
		return err
	}
	if v.HouseholdID != string(b.lastID) || v.HouseholdID == "" {
		position, ok := b.reg.households.find(v.HouseholdID)
		if !ok {
			return fmt.Errorf("visit %s: household %q is not in the register", v.ID, v.HouseholdID)
		}
		b.lastID, b.position = append(b.lastID[:0], v.HouseholdID...), position
	}
	if v.TeamID != b.teamID || v.TeamID == "" {
		team, ok := b.reg.teamIndex[v.TeamID]
		if !ok {
			return unknownTeam(v)
		}
		b.teamID, b.teamAt = b.reg.teams[team].ID, team
	}
	p, err := pack(v, b.teamAt)
	if err != nil {
		return err
	}
	b.buffers[b.position/blockSize].add(p, uint16(b.position%blockSize))
	return nil
}

// pack brings a visit into the form of the columns.
func (r *registry) pack(v *data.Visit) (packed, error) {
	team, ok := r.teamIndex[v.TeamID]
	if !ok {
		return packed{}, unknownTeam(v)
	}
	return pack(v, team)
}

func unknownTeam(v *data.Visit) error {
	return fmt.Errorf("visit %s: team %q is not in the register", v.ID, v.TeamID)
}

// blocks makes the blocks of the buffered visits.
func (b *builder) blocks(ctx context.Context) ([]*block, error) {
	blocks := make([]*block, len(b.buffers))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(workers())
	for n := range blocks {
		group.Go(func() error {
			blocks[n] = b.reg.newBlockOf(n, &b.buffers[n])
			b.buffers[n] = visitBuffer{}
			return ctx.Err()
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return blocks, nil
}
