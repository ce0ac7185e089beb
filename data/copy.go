package data

import (
	"context"
	"encoding/binary"
	"fmt"
	"hash/maphash"
	"math"
)

// Reader is what is read of a store.
type Reader interface {
	Read(ctx context.Context, handler RecordHandler) (revision int64, err error)
}

// Contents is how much a store has, and a digest of it. Within one process two stores have the
// same where their contents are equal: the digest does not depend on the order of records.
type Contents struct {
	Areas, Teams, Households, Visits int
	Digest                           uint64
}

// copyBatch is how many records are written together, and copyAreas how many areas, which
// may be large.
const (
	copyBatch = 4096
	copyAreas = 64
)

// ReadContents reads a whole store.
func ReadContents(ctx context.Context, from Reader) (Contents, error) {
	var c counter
	_, err := from.Read(ctx, c.handler(RecordHandler{}))
	return c.Contents, err
}

// Copy writes every record of one store into another, which must be empty, in one
// transaction, and returns what it wrote. It keeps one batch in memory. The stores must have
// the same skills, in one order.
func Copy(ctx context.Context, from Reader, to Store) (Contents, error) {
	tx, err := to.Begin(ctx)
	if err != nil {
		return Contents{}, err
	}
	defer tx.Rollback()
	err = tx.ReadAreas(ctx, func(a *Area) error {
		return fmt.Errorf("it holds area %s already: copy into an empty database", a.Code)
	})
	if err != nil {
		return Contents{}, err
	}
	var c counter
	into := copier{ctx: ctx, tx: tx}
	if err := tx.PutBatches(ctx, nil); err != nil {
		return Contents{}, err
	}
	_, err = from.Read(ctx, c.handler(RecordHandler{
		Area: func(a *Area) error {
			into.areas = append(into.areas, *a)
			return into.flushAt(len(into.areas), copyAreas)
		},
		Team: func(t *Team) error {
			into.teams = append(into.teams, *t)
			return into.flushAt(len(into.teams), copyBatch)
		},
		Household: func(h *Household) error {
			into.households = append(into.households, *h)
			return into.flushAt(len(into.households), copyBatch)
		},
		Visit: func(v *Visit) error {
			into.visits = append(into.visits, *v)
			return into.flushAt(len(into.visits), copyBatch)
		},
		Aside: func(a *Aside) error {
			into.aside = append(into.aside, *a)
			return into.flushAt(len(into.aside), copyBatch)
		},
		Batch: func(b *Batch) error {
			into.batches = append(into.batches, *b)
			return into.flushAt(len(into.batches), copyBatch)
		},
	}))
	if err == nil {
		err = into.flush()
	}
	if err == nil {
		err = tx.Commit(ctx)
	}
	return c.Contents, err
}

// copier gathers records and puts them batch by batch.
type copier struct {
	ctx        context.Context
	tx         Tx
	areas      []Area
	teams      []Team
	households []Household
	visits     []Visit
	batches    []Batch
	aside      []Aside
}

func (c *copier) flushAt(gathered, limit int) error {
	if gathered < limit {
		return nil
	}
	return c.flush()
}

// flush puts what is gathered, each kind before those that refer to it.
func (c *copier) flush() error {
	results, err := c.tx.PutAreas(c.ctx, c.areas)
	if err = allCreated(results, err, func(i int) string { return "area " + c.areas[i].Code }); err != nil {
		return err
	}
	results, err = c.tx.PutTeams(c.ctx, c.teams)
	if err = allCreated(results, err, func(i int) string { return "team " + c.teams[i].ID }); err != nil {
		return err
	}
	results, err = c.tx.PutHouseholds(c.ctx, c.households)
	if err = allCreated(results, err, func(i int) string { return "household " + c.households[i].ID }); err != nil {
		return err
	}
	if err := c.tx.PutBatches(c.ctx, c.batches); err != nil {
		return err
	}
	if err := c.tx.PutAside(c.ctx, c.aside); err != nil {
		return err
	}
	c.batches, c.aside = c.batches[:0], c.aside[:0]
	results, err = c.tx.PutVisits(c.ctx, c.visits)
	if err = allCreated(results, err, func(i int) string { return "visit " + c.visits[i].ID }); err != nil {
		return err
	}
	c.areas, c.teams, c.households, c.visits = c.areas[:0], c.teams[:0], c.households[:0], c.visits[:0]
	return nil
}

func allCreated(results []PutResult, err error, name func(int) string) error {
	if err != nil {
		return err
	}
	for i, e := range results {
		switch e.Change {
		case Created:
		case Rejected:
			return fmt.Errorf("%s: %w", name(i), e.Problem)
		default:
			return fmt.Errorf("%s is there already: copy into an empty database", name(i))
		}
	}
	return nil
}

// counter sums up records on their way.
type counter struct {
	Contents
	buffer []byte
}

var copySeed = maphash.MakeSeed()

// handler counts what goes into another handler, whose functions may be nil.
func (c *counter) handler(to RecordHandler) RecordHandler {
	return RecordHandler{
		Aside: func(a *Aside) error {
			c.begin('w').visit(&a.Visit)
			c.text(string(a.Reason))
			c.number(a.SetAsideBy, a.RestoredBy)
			c.end()
			return pass(to.Aside, a)
		},
		Batch: func(b *Batch) error {
			c.begin('b').text(string(b.Channel), b.Sender)
			c.number(b.ID, b.ReceivedAt)
			c.end()
			return pass(to.Batch, b)
		},
		Area: func(a *Area) error {
			c.Areas++
			c.begin('a').text(a.Code, a.Name, a.NameEN, a.Kind, string(a.Level), a.Parent)
			c.number(int64(a.ValidFrom), int64(a.ValidTo), int64(a.DeclaredHouseholds), int64(a.Population))
			for _, polygon := range a.Geometry {
				c.number(int64(len(polygon)))
				for _, ring := range polygon {
					c.number(int64(len(ring)))
					for _, p := range ring {
						c.point(p)
					}
				}
			}
			c.end()
			return pass(to.Area, a)
		},
		Team: func(t *Team) error {
			c.Teams++
			c.begin('t').text(t.ID, t.Name, t.CommuneCode)
			c.number(int64(t.Members), int64(t.FormedOn), int64(t.DissolvedOn))
			for _, a := range t.Assignments() {
				c.number(int64(a.From), int64(len(a.HamletCodes)))
				c.text(a.HamletCodes...)
			}
			c.end()
			return pass(to.Team, t)
		},
		Household: func(h *Household) error {
			c.Households++
			c.begin('h').text(h.ID)
			c.point(h.Point)
			for i := range HouseholdColumns {
				addField(c, &HouseholdColumns[i], h)
			}
			c.end()
			return pass(to.Household, h)
		},
		Visit: func(v *Visit) error {
			c.Visits++
			c.begin('v').visit(v)
			c.end()
			return pass(to.Visit, v)
		},
	}
}

func pass[R any](to func(*R) error, record *R) error {
	if to == nil {
		return nil
	}
	return to(record)
}

func (c *counter) begin(kind byte) *counter {
	c.buffer = append(c.buffer[:0], kind)
	return c
}

// text adds texts with their lengths, so that "a", "bc" and "ab", "c" differ.
func (c *counter) text(texts ...string) {
	for _, s := range texts {
		c.buffer = append(binary.AppendUvarint(c.buffer, uint64(len(s))), s...)
	}
}

func (c *counter) number(numbers ...int64) {
	for _, n := range numbers {
		c.buffer = binary.AppendVarint(c.buffer, n)
	}
}

func (c *counter) visit(v *Visit) {
	c.text(v.ID, v.HouseholdID, v.TeamID)
	c.number(v.At.Unix(), int64(v.Outcome), int64(v.Assessed), int64(v.Shown), v.Origin.ReceivedAt, v.Origin.Batch)
}

func (c *counter) point(p [2]float64) {
	c.buffer = binary.LittleEndian.AppendUint64(c.buffer, math.Float64bits(p[0]))
	c.buffer = binary.LittleEndian.AppendUint64(c.buffer, math.Float64bits(p[1]))
}

// addField adds the value of a plain field.
func addField[R any](c *counter, f *Field[R], r *R) {
	switch f.Type {
	case TextField, CodeField:
		c.text(*f.Text(r))
	case DayField:
		c.number(int64(*f.Day(r)))
	case CountField:
		c.number(int64(*f.Count(r)))
	}
}

func (c *counter) end() { c.Digest += maphash.Bytes(copySeed, c.buffer) }
