package coverage

import (
	"fmt"
	"time"
	"unsafe"

	"tungnha/data"
)

// blockSize is how many households share a block of visits: small enough that a post
// copies some 30 kB, and that what a scan writes about one block stays in the first cache;
// large enough that the array of block pointers is short.
const blockSize = 1024

// block holds the visits to the households at positions number*blockSize and on, household
// by household, those of one household by visited_at, then visit_id: their order is kept,
// their time of day is not. A block never changes once made.
type block struct {
	starts      []uint32 // of each household: where its visits start; one more for the end
	days        []uint16
	calls       []uint32 // team << outcomeBits | outcome
	assessed    []uint16
	shown       []uint16
	first, last uint16 // least and greatest day
	digest      uint64 // sum over its households, so that it does not depend on blocks

	dayIndex
	id *id
}

// id tells a block, or a state of the index, from every other. What was computed of it is
// kept with its id, so that it does not keep the block itself.
type id struct{ _ byte }

const (
	outcomeBits = 3
	outcomeMask = 1<<outcomeBits - 1
	maxTeams    = 1 << (32 - outcomeBits)

	visitBytes    = 2 + 4 + 2 + 2 + dayIndexBytes
	blockOverhead = int(unsafe.Sizeof(block{}) + unsafe.Sizeof((*block)(nil)))
)

// packed is one visit in the form of the columns.
type packed struct {
	call            uint32
	day             uint16
	assessed, shown uint16
}

// pack brings a visit into the form of the columns; team is the index of its team.
func pack(v *data.Visit, team int32) (packed, error) {
	day := v.Day()
	if day < 1 || day > data.MaxDate {
		return packed{}, fmt.Errorf("visit %s: %s is outside 1900-01-01 to %s", v.ID, v.At.Format(time.RFC3339), data.MaxDate)
	}
	if v.Outcome < data.Ineligible || v.Outcome > data.Completed {
		return packed{}, fmt.Errorf("visit %s: %s is no outcome", v.ID, v.Outcome)
	}
	return packed{
		call:     uint32(team)<<outcomeBits | uint32(v.Outcome),
		day:      uint16(day),
		assessed: uint16(v.Assessed),
		shown:    uint16(v.Shown & v.Assessed),
	}, nil
}

// newBlock lays out room for the visits of so many households.
func newBlock(households, visits int) *block {
	return &block{
		starts: make([]uint32, 1, households+1),
		days:   make([]uint16, 0, visits), calls: make([]uint32, 0, visits),
		assessed: make([]uint16, 0, visits), shown: make([]uint16, 0, visits),
		first: 1<<16 - 1, id: new(id),
	}
}

// add appends a visit of the household that end will close.
func (b *block) add(p packed) {
	b.days = append(b.days, p.day)
	b.calls = append(b.calls, p.call)
	b.assessed = append(b.assessed, p.assessed)
	b.shown = append(b.shown, p.shown)
	b.first, b.last = min(b.first, p.day), max(b.last, p.day)
}

// end closes the visits of a household, whose id has the digest.
func (b *block) end(id hash) {
	from := b.starts[len(b.starts)-1]
	b.starts = append(b.starts, uint32(len(b.days)))
	for v := from; v < uint32(len(b.days)); v++ {
		p := b.at(v)
		id = id.number(uint64(p.call)<<32 | uint64(p.assessed)<<16 | uint64(p.shown)).number(uint64(p.day))
	}
	if from < uint32(len(b.days)) {
		b.digest += uint64(id)
	}
}

func (b *block) at(v uint32) packed {
	return packed{call: b.calls[v], day: b.days[v], assessed: b.assessed[v], shown: b.shown[v]}
}

// with returns a copy of block number n in which the households at the positions have the
// given visits instead of their old ones.
func (b *block) with(n int, h *households, histories map[uint32][]packed) *block {
	visits := len(b.days)
	for position, history := range histories {
		i := position - uint32(n*blockSize)
		visits += len(history) - int(b.starts[i+1]-b.starts[i])
	}
	out := newBlock(len(b.starts)-1, visits)
	for i := range len(b.starts) - 1 {
		position := uint32(n*blockSize + i)
		if history, ok := histories[position]; ok {
			for _, p := range history {
				out.add(p)
			}
		} else {
			for v := b.starts[i]; v < b.starts[i+1]; v++ {
				out.add(b.at(v))
			}
		}
		out.end(hashSeed.text(string(h.idBytes(position))))
	}
	out.buildDayIndex(n, h)
	return out
}

// packAll brings the visits to one household into the form of the columns.
func (r *registry) packAll(history []data.Visit) ([]packed, error) {
	visits := make([]packed, len(history))
	for i := range history {
		p, err := r.pack(&history[i])
		if err != nil {
			return nil, err
		}
		visits[i] = p
	}
	return visits, nil
}
