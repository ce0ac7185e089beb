package columns

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"tungnha/coverage/boundary"
	"tungnha/data"
	"tungnha/geo"
)

// Build reads a source, under whose secret the digests are, and returns its state with all visits and with those that
// were received before a moment: both share all blocks in which no visit came later. Where the source reports that its
// records are not those that the program wrote last it returns the states and that error, a *data.AlteredError: the
// caller decides whether they are used. Beside the columns it needs room for 20 bytes a household while they are
// sorted, and then for the visits as they come, 12 bytes each, which are let go block by block as they are put in
// order.
func Build(ctx context.Context, source Source, secret data.Secret, release time.Time) (
	now, released *Columns, err error) {

	b := &builder{release: release.Unix(), hamlets: map[string]uint32{"": 0},
		reg: &Registry{teamIndex: make(map[string]int32), keys: newDigestKeys(secret)}}
	b.reg.Households.HamletCodes = []string{""}
	revision, err := readWithIdleTimeout(ctx, source,
		data.RecordHandler{Area: b.area, Team: b.team, Household: b.household, Batch: b.batch, Visit: b.visit})
	if err != nil {
		err = fmt.Errorf("reading the store into the index: %w", err)
		if !errors.As(err, new(*data.AlteredError)) {
			return nil, nil, err
		}
	}
	altered := err
	if err := b.closeHouseholds(); err != nil {
		return nil, nil, err
	}
	blocks, before, err := b.blocks(ctx)
	if err != nil {
		return nil, nil, err
	}
	now = newColumns(b.reg, blocks, revision)
	if released = now; !slices.Equal(blocks, before) {
		released = newColumns(b.reg, before, revision)
	}
	return now, released, altered
}

// builder takes records as they are streamed.
type builder struct {
	reg     *Registry
	areas   []data.Area
	hamlets map[string]uint32 // code to index in hamletCodes
	closed  bool              // all households are in, and sorted
	buffers []visitBuffer     // of each block
	release int64             // what was received from this moment on is late, see isLate

	batches bool               // one was read
	young   bool               // the first batch came after the release
	posted  map[int64]struct{} // of a young store: the batches that were posted since

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
	if len(b.reg.Teams) == maxTeams {
		return fmt.Errorf("team %s: the index holds at most %d teams", t.ID, maxTeams)
	}
	own := *t
	own.HamletCodes, own.History = slices.Clone(t.HamletCodes), slices.Clone(t.History)
	b.reg.Teams = append(b.reg.Teams, own)
	return nil
}

func (b *builder) household(record *data.Household) error {
	h := &b.reg.Households
	if len(h.ids)+len(record.ID) > math.MaxUint32 {
		return fmt.Errorf("household %s: the index holds at most 4 GiB of ids", record.ID)
	}
	hamlet, ok := b.hamlets[record.HamletCode]
	if !ok {
		hamlet = uint32(len(h.HamletCodes))
		code := strings.Clone(record.HamletCode)
		h.HamletCodes = append(h.HamletCodes, code)
		b.hamlets[code] = hamlet
	}
	h.Lon = append(h.Lon, toUnits(record.Point[0]))
	h.Lat = append(h.Lat, toUnits(record.Point[1]))
	h.Hamlets = append(h.Hamlets, hamlet)
	h.Registered = append(h.Registered, uint16(record.RegisteredOn))
	h.LastDays = append(h.LastDays, lastDay(record.RemovedOn))
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
	slices.SortFunc(r.Teams, func(a, c data.Team) int { return strings.Compare(a.ID, c.ID) })
	for i := range r.Teams {
		r.teamIndex[r.Teams[i].ID] = int32(i)
	}
	r.History = boundary.NewHistory(b.areas)
	r.versions = make([]version, r.History.Versions())

	h := &r.Households
	h.Lon, h.Lat = slices.Clip(h.Lon), slices.Clip(h.Lat)
	h.Cells = make([]geo.Cell, len(h.Lon))
	if err := h.findCells(); err != nil {
		return err
	}
	h.sort()
	if i, ok := h.fillTable(); !ok {
		return fmt.Errorf("household %s came twice", h.IDBytes(i))
	}
	r.Boxes = h.boxes()
	r.Bound = boundOf(r)
	r.digest = digestOf(r)
	b.buffers = make([]visitBuffer, len(r.Boxes))
	return nil
}

// findCells fills in the cell of each household. Each is a call into the H3 library, which
// is why all cores share them.
func (h *Households) findCells() error {
	var group errgroup.Group
	group.SetLimit(Workers())
	for lo := 0; lo < h.Len(); lo += BlockSize {
		group.Go(func() error {
			for i := lo; i < min(lo+BlockSize, h.Len()); i++ {
				cell, err := geo.CellAt(h.Point(uint32(i)), geo.BaseResolution)
				if err != nil {
					return fmt.Errorf("household %s: %w", h.IDBytes(uint32(i)), err)
				}
				h.Cells[i] = cell
			}
			return nil
		})
	}
	return group.Wait()
}

// sort brings all columns into the order of the cells, those of one cell by id: one column
// after the other, so that only one is twice in memory.
func (h *Households) sort() {
	order := h.order()
	ids, ends := make([]byte, 0, len(h.ids)), make([]uint32, 0, len(h.idEnds))
	for _, i := range order {
		ids = append(ids, h.IDBytes(i)...)
		ends = append(ends, uint32(len(ids)))
	}
	h.ids, h.idEnds = ids, ends
	h.Cells = permuted(h.Cells, order)
	h.Lon = permuted(h.Lon, order)
	h.Lat = permuted(h.Lat, order)
	h.Hamlets = permuted(h.Hamlets, order)
	h.Registered = permuted(h.Registered, order)
	h.LastDays = permuted(h.LastDays, order)
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
		position, ok := b.reg.Households.Find(v.HouseholdID)
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
		b.teamID, b.teamAt = b.reg.Teams[team].ID, team
	}
	p, err := pack(v, b.teamAt)
	if err != nil {
		return err
	}
	b.buffers[b.position/BlockSize].add(p, uint16(b.position%BlockSize), b.isLate(v.Origin))
	return nil
}

func (b *builder) batch(batch *data.Batch) error {
	if !b.batches {
		b.batches, b.young, b.posted = true, batch.ReceivedAt >= b.release, make(map[int64]struct{})
	}
	if b.young && batch.Channel == data.ByPost {
		b.posted[batch.ID] = struct{}{}
	}
	return nil
}

// isLate reports whether a visit was received after the release, so that the public sees it from the next one on. Of a
// programme that had nothing at the release, what was imported shows at once: else a new map would be empty for days.
func (b *builder) isLate(o data.Origin) bool {
	if o.ReceivedAt < b.release {
		return false
	}
	if _, posted := b.posted[o.Batch]; b.young && o.Batch != 0 && !posted {
		return false
	}
	return true
}

// pack brings a visit into the form of the columns.
func (r *Registry) pack(v *data.Visit) (Packed, error) {
	team, ok := r.teamIndex[v.TeamID]
	if !ok {
		return Packed{}, unknownTeam(v)
	}
	return pack(v, team)
}

func unknownTeam(v *data.Visit) error {
	return fmt.Errorf("visit %s: team %q is not in the register", v.ID, v.TeamID)
}

// blocks makes the blocks of the buffered visits, and those without what is late.
func (b *builder) blocks(ctx context.Context) (now, released []*Block, err error) {
	now, released = make([]*Block, len(b.buffers)), make([]*Block, len(b.buffers))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(Workers())
	for n := range now {
		group.Go(func() error {
			buffered := &b.buffers[n]
			now[n] = b.reg.newBlockOf(n, buffered, true)
			if released[n] = now[n]; buffered.late > 0 {
				released[n] = b.reg.newBlockOf(n, buffered, false)
			}
			b.buffers[n] = visitBuffer{}
			return ctx.Err()
		})
	}
	return now, released, group.Wait()
}
