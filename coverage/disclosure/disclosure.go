// Package disclosure is the rule by which the public sees counts of households and of visits: below a minimum they are
// hidden, all others are rounded at random, with a key of the households that the row is of.
//
// It is the cell key method of the Australian Bureau of Statistics (Fraser and Wooton, A proposed method for
// confidentialising tabular output to protect against differencing, 2005; Thompson, Broadfoot and Elazar, Methodology
// for the automatic confidentialisation of statistical outputs from remote servers, 2013), which Eurostat recommends
// for the census of 2021, with random rounding (Statistics Canada; Stats NZ, to base 3) in place of a table of
// perturbations. Each household has a key, a row the sum of the keys of its households. The same set of households so
// is always rounded in the same way, however it is requested: a repeat by another grouping shows nothing new, and no
// average comes closer to the truth.
package disclosure

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"math/bits"

	"tungnha/coverage/rules"
	"tungnha/data"
)

// Version is that of the rule, in the metadata of files: 1 was primary and complementary suppression of counts that
// were exact otherwise.
const Version = "2"

const (
	householdPurpose = "disclosure: key of a household"
	roundingPurpose  = "disclosure: rounding of a set of households"
)

// Key is that of a set of households: the sum, modulo 2^64, of the keys of each. That of no household is 0.
type Key uint64

// Keys makes keys under a secret. Any number of goroutines may share it.
type Keys struct{ household, rounding [sha256.Size]byte }

// NewKeys returns the keys under the secret of a store.
func NewKeys(secret data.Secret) *Keys {
	return &Keys{secret.MAC(householdPurpose), secret.MAC(roundingPurpose)}
}

// Maker makes keys one after the other; it is for one goroutine.
type Maker struct {
	household, rounding hash.Hash
	sum                 [sha256.Size]byte
	set                 [8]byte
}

// Maker returns a new one.
func (k *Keys) Maker() *Maker {
	return &Maker{household: hmac.New(sha256.New, k.household[:]), rounding: hmac.New(sha256.New, k.rounding[:])}
}

// Household returns the key of the set of one household: the first 64 bits of the HMAC-SHA-256 of its id.
func (m *Maker) Household(id []byte) Key { return Key(m.mac(m.household, id)) }

func (m *Maker) mac(h hash.Hash, text []byte) uint64 {
	h.Reset()
	h.Write(text)
	return binary.BigEndian.Uint64(h.Sum(m.sum[:0]))
}

// Rounding is how the counts of one set of households are rounded: up where their remainder by rules.RoundingBase is
// greater than it. Of a remainder r of 5 it is so with probability r/5, so that no count is shifted on average.
type Rounding uint8

// Rounding returns that of a set of households.
func (m *Maker) Rounding(set Key) Rounding {
	binary.BigEndian.PutUint64(m.set[:], uint64(set))
	up, _ := bits.Mul64(m.mac(m.rounding, m.set[:]), rules.RoundingBase)
	return Rounding(up)
}

// Round returns the count as it is shown, and false where it is hidden. Of two counts of a set the greater is never
// shown as the smaller.
func (r Rounding) Round(n uint32) (shown uint32, ok bool) {
	if n <= rules.MaxSmall {
		return 0, false
	}
	rest := n % rules.RoundingBase
	if rest > uint32(r) {
		n += rules.RoundingBase
	}
	return n - rest, true
}

// Figures rounds the figures of a row of the set. Hidden counts become 0, with their bits in Hidden; the day of the
// last visit becomes the first of its month, NoDate where the visits are hidden. What is of teams, of days or adds up
// over time is hidden whatever it is. Flags are left as they are.
func (r Rounding) Figures(f *rules.Figures, counts []rules.ShownCount) {
	for i := range counts {
		k := &counts[i]
		n := k.Of(&f.Count)
		shown, ok := r.Round(*n)
		if *n = shown; !ok {
			f.Hidden |= k.Bit
		}
	}
	if f.Hidden&rules.HiddenVisits != 0 {
		f.LastVisit = data.NoDate
	}
	f.LastVisit = f.LastVisit.Month()
	f.ReachedByAny, f.ReachedElsewhere, f.Work, f.NewlyReached, f.ReachedSoFar = 0, 0, nil, 0, 0
}
