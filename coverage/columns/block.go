package columns

import (
	"fmt"
	"time"
	"unsafe"

	"tungnha/data"
)

// BlockSize is how many households share a block of visits: small enough that a post
// copies some 30 kB, and that what a scan writes about one block stays in the first cache;
// large enough that the array of block pointers is short.
const BlockSize = 1024

// Block contains the visits to the households at positions number*blockSize and on, household
// by household, those of one household by visited_at, then visit_id: their order is kept,
// their time of day is not. A block never changes once made.
type Block struct {
	Starts      []uint32 // of each household: where its visits start; one more for the end
	Days        []uint16
	Calls       []uint32 // team << outcomeBits | outcome
	Assessed    []uint16
	Shown       []uint16
	First, last uint16 // least and greatest day
	digest      Digest // sum over its households, so that it does not depend on blocks

	dayIndex
	ID *ID
}

// ID identifies a block, or a state of the index. What was computed of it is
// kept with its id, so that it does not keep the block itself.
type ID struct{ _ byte }

const (
	OutcomeBits = 3
	OutcomeMask = 1<<OutcomeBits - 1
	maxTeams    = 1 << (32 - OutcomeBits)

	visitBytes    = 2 + 4 + 2 + 2 + dayIndexBytes
	blockOverhead = int(unsafe.Sizeof(Block{}) + unsafe.Sizeof((*Block)(nil)))
)

// Packed is one visit in the form of the columns.
type Packed struct {
	Call            uint32
	Day             uint16
	Assessed, Shown uint16
}

// pack brings a visit into the form of the columns; team is the index of its team.
func pack(v *data.Visit, team int32) (Packed, error) {
	day := v.Day()
	if day < 1 || day > data.MaxDate {
		return Packed{}, fmt.Errorf("visit %s: %s is outside 1900-01-01 to %s", v.ID, v.At.Format(time.RFC3339),
			data.MaxDate)
	}
	if v.Outcome < data.Ineligible || v.Outcome > data.Completed {
		return Packed{}, fmt.Errorf("visit %s: %s is no outcome", v.ID, v.Outcome)
	}
	return Packed{
		Call:     uint32(team)<<OutcomeBits | uint32(v.Outcome),
		Day:      uint16(day),
		Assessed: uint16(v.Assessed),
		Shown:    uint16(v.Shown & v.Assessed),
	}, nil
}

// newBlock lays out room for the visits of so many households.
func newBlock(households, visits int) *Block {
	return &Block{
		Starts: make([]uint32, 1, households+1),
		Days:   make([]uint16, 0, visits), Calls: make([]uint32, 0, visits),
		Assessed: make([]uint16, 0, visits), Shown: make([]uint16, 0, visits),
		First: 1<<16 - 1, ID: new(ID),
	}
}

// add appends a visit of the household that end will close.
func (b *Block) add(p Packed) {
	b.Days = append(b.Days, p.Day)
	b.Calls = append(b.Calls, p.Call)
	b.Assessed = append(b.Assessed, p.Assessed)
	b.Shown = append(b.Shown, p.Shown)
	b.First, b.last = min(b.First, p.Day), max(b.last, p.Day)
}

// end closes the visits of a household.
func (b *Block) end() { b.Starts = append(b.Starts, uint32(len(b.Days))) }

// digestOf returns the digest of the visits of household i of the block, whose id is given.
func (b *Block) digestOf(k *digestKeys, i int, id []byte, buffer *[]byte) Digest {
	from := b.Starts[i]
	return k.visitsOf(id, int(b.Starts[i+1]-from), func(v int) Packed { return b.At(from + uint32(v)) }, buffer)
}

func (b *Block) At(v uint32) Packed {
	return Packed{Call: b.Calls[v], Day: b.Days[v], Assessed: b.Assessed[v], Shown: b.Shown[v]}
}

// with returns a copy of block number n in which the households at the positions have the
// given visits instead of their old ones.
func (b *Block) with(n int, r *Registry, histories map[uint32][]Packed) *Block {
	h, buffer := &r.Households, []byte(nil)
	visits := len(b.Days)
	for position, history := range histories {
		i := position - uint32(n*BlockSize)
		visits += len(history) - int(b.Starts[i+1]-b.Starts[i])
	}
	out := newBlock(len(b.Starts)-1, visits)
	out.digest = b.digest
	for i := range len(b.Starts) - 1 {
		position := uint32(n*BlockSize + i)
		history, touched := histories[position]
		if touched {
			for _, p := range history {
				out.add(p)
			}
		} else {
			for v := b.Starts[i]; v < b.Starts[i+1]; v++ {
				out.add(b.At(v))
			}
		}
		out.end()
		if touched {
			id := h.IDBytes(position)
			out.digest = out.digest.minus(b.digestOf(&r.keys, i, id, &buffer))
			out.digest = out.digest.plus(out.digestOf(&r.keys, i, id, &buffer))
		}
	}
	out.buildDayIndex(n, h)
	return out
}

// PackAll brings the visits to one household into the form of the columns.
func (r *Registry) PackAll(history []data.Visit) ([]Packed, error) {
	visits := make([]Packed, len(history))
	for i := range history {
		p, err := r.pack(&history[i])
		if err != nil {
			return nil, err
		}
		visits[i] = p
	}
	return visits, nil
}
