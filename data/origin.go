package data

import "time"

// Origin is when and whence a visit was received. Stores write one with each visit; that of a visit which was recorded
// before they did so is the zero Origin.
type Origin struct {
	ReceivedAt int64 // seconds since 1970-01-01 UTC; 0: unknown, and of a visit that is put: now
	Batch      int64 // the batch with which it came; 0: unknown, or not recorded yet
	// Sender is who sent a visit that is posted, a keyed hash by choice of the server. Stores keep it with the batch,
	// and a visit that is read has none.
	Sender string
}

// Channel is the way by which a batch came.
type Channel string

// The channels.
const (
	ByImport Channel = "import" // files, from the command line or over HTTP
	ByPost   Channel = "post"   // POST /api/v1/visits
	ByRevert Channel = "revert" // visits that were withdrawn or brought back
)

// Batch is a set of visits that came together: those of an import, or those of one sender in one post.
type Batch struct {
	ID         int64 // from 1 on, in the order of the commits
	ReceivedAt int64 // seconds since 1970-01-01 UTC
	Channel    Channel
	Sender     string // empty: unknown
}

// Batches numbers the batches of one write transaction. It belongs to one goroutine.
type Batches struct {
	first   int64 // the last one that the store has
	last    int64
	now     int64
	keep    bool
	numbers map[Batch]int64 // without the ID
	made    []Batch
	used    map[int64]bool
}

// NewBatches returns the batches of a transaction that follow the last one in the store.
func NewBatches(last int64) *Batches {
	return &Batches{first: last, last: last, now: time.Now().Unix(), numbers: make(map[Batch]int64),
		used: make(map[int64]bool)}
}

// Keep makes visits keep the origins that they have: those of a copied store.
func (b *Batches) Keep() { b.keep = true }

// Origin returns the origin to write with a visit that came by the channel. Where it is written, Use has to be called.
func (b *Batches) Origin(o Origin, channel Channel) Origin {
	if b.keep {
		return o
	}
	if o.ReceivedAt == 0 {
		o.ReceivedAt = b.now
	}
	key := Batch{ReceivedAt: o.ReceivedAt, Channel: channel, Sender: o.Sender}
	o.Batch = b.numbers[key]
	if o.Batch == 0 {
		b.last++
		o.Batch = b.last
		b.numbers[key] = o.Batch
		key.ID = o.Batch
		b.made = append(b.made, key)
	}
	return o
}

// Sender returns the sender of a batch that the transaction has to write, and false for any other.
func (b *Batches) Sender(batch int64) (string, bool) {
	if at := batch - b.first - 1; at >= 0 && at < int64(len(b.made)) {
		return b.made[at].Sender, true
	}
	return "", false
}

// Use notes that a visit of the batch was written.
func (b *Batches) Use(batch int64) {
	if !b.keep {
		b.used[batch] = true
	}
}

// New returns the batches that the transaction has to write, by ID.
func (b *Batches) New() (made []Batch) {
	for _, batch := range b.made {
		if b.used[batch.ID] {
			made = append(made, batch)
		}
	}
	return made
}
