// Package digest computes a digest of the records of a store that is kept up to date record by record: the
// multiset hash MSet-Add-Hash (Clarke et al., Incremental Multiset Hash Functions and Their Application to Memory
// Integrity Checking, ASIACRYPT 2003), which is the sum modulo 2^128 of a keyed pseudorandom function of each
// record, here SipHash-2-4 with 128 bits (Aumasson and Bernstein, INDOCRYPT 2012). A record that is added is added
// to the sum, one that is deleted is subtracted, and the order of records is without effect.
//
// It finds damage and changes by other programs. It does not stop who can write the file on purpose: the key is
// in the file. It is never published.
package digest

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"

	"github.com/dchest/siphash"

	"tungnha/data"
)

// KeySize is the length in bytes of a key, and Size that of an encoded digest.
const (
	KeySize = 16
	Size    = 16
)

// Digest is the number of records of a multiset and the sum of their hashes. The zero Digest is that of none.
type Digest struct {
	Records int64
	hi, lo  uint64
}

// Add returns the digest of the records of both.
func (d Digest) Add(e Digest) Digest {
	lo, carry := bits.Add64(d.lo, e.lo, 0)
	hi, _ := bits.Add64(d.hi, e.hi, carry)
	return Digest{d.Records + e.Records, hi, lo}
}

// Sub returns the digest of the records of d without those of e.
func (d Digest) Sub(e Digest) Digest {
	lo, borrow := bits.Sub64(d.lo, e.lo, 0)
	hi, _ := bits.Sub64(d.hi, e.hi, borrow)
	return Digest{d.Records - e.Records, hi, lo}
}

// Bytes returns the sum, Size bytes, most significant first.
func (d Digest) Bytes() []byte {
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(make([]byte, 0, Size), d.hi), d.lo)
}

// Parse returns the digest of a number of records and the bytes of their sum.
func Parse(records int64, sum []byte) (Digest, error) {
	if len(sum) != Size {
		return Digest{}, fmt.Errorf("a digest of %d bytes, want %d", len(sum), Size)
	}
	return Digest{records, binary.BigEndian.Uint64(sum), binary.BigEndian.Uint64(sum[8:])}, nil
}

// NewKey returns a random key.
func NewKey() []byte {
	key := make([]byte, KeySize)
	rand.Read(key) // never fails
	return key
}

// Hasher computes the digests of single records under a key. It belongs to one goroutine.
type Hasher struct {
	k0, k1 uint64
	buffer []byte
}

// NewHasher returns a hasher; the key has KeySize bytes.
func NewHasher(key []byte) *Hasher {
	return &Hasher{k0: binary.LittleEndian.Uint64(key), k1: binary.LittleEndian.Uint64(key[8:])}
}

// Each kind of record begins with a byte of its own, each text with its length, so that no two records have
// the same encoding.

// Area returns the digest of an area and its geometry as the store has it, in bytes.
func (h *Hasher) Area(a *data.Area, geometry []byte) Digest {
	h.begin('a').texts(a.Code, a.Name, a.NameEN, a.Kind, string(a.Level), a.Parent)
	h.numbers(int64(a.ValidFrom), int64(a.ValidTo), int64(a.DeclaredHouseholds), int64(a.Population))
	h.buffer = append(h.buffer, geometry...)
	return h.end()
}

// Team returns the digest of a team with the hamlets that it served.
func (h *Hasher) Team(t *data.Team) Digest {
	h.begin('t').texts(t.ID, t.Name, t.CommuneCode)
	h.numbers(int64(t.Members), int64(t.FormedOn), int64(t.DissolvedOn))
	for _, a := range t.Assignments() {
		h.numbers(int64(a.From), int64(len(a.HamletCodes)))
		h.texts(a.HamletCodes...)
	}
	return h.end()
}

// Household returns the digest of a household.
func (h *Hasher) Household(r *data.Household) Digest {
	h.begin('h').texts(r.ID, r.HamletCode)
	h.numbers(int64(r.RegisteredOn), int64(r.RemovedOn))
	h.buffer = binary.LittleEndian.AppendUint64(h.buffer, math.Float64bits(r.Point[0]))
	h.buffer = binary.LittleEndian.AppendUint64(h.buffer, math.Float64bits(r.Point[1]))
	return h.end()
}

// Visit returns the digest of a visit. assessed and shown are its sets in the bits of the store, which keep their
// meaning when the list of skills changes.
func (h *Hasher) Visit(v *data.Visit, assessed, shown uint16) Digest {
	h.begin('v').texts(v.ID, v.HouseholdID, v.TeamID)
	b := binary.LittleEndian.AppendUint64(h.buffer, uint64(v.At.Unix()))
	b = append(b, byte(v.Outcome))
	b = binary.LittleEndian.AppendUint16(b, assessed)
	h.buffer = binary.LittleEndian.AppendUint16(b, shown)
	if v.Origin.Batch != 0 || v.Origin.ReceivedAt != 0 { // visits from before origins were noted keep their digest
		h.numbers(v.Origin.Batch, v.Origin.ReceivedAt)
	}
	return h.end()
}

// Setting returns the digest of what is known of the data as a whole: an entry of the table, by its texts.
func (h *Hasher) Setting(table string, texts ...string) Digest {
	h.begin('s').texts(table)
	h.texts(texts...)
	return h.end()
}

func (h *Hasher) begin(kind byte) *Hasher {
	h.buffer = append(h.buffer[:0], kind)
	return h
}

func (h *Hasher) texts(texts ...string) {
	for _, s := range texts {
		h.buffer = append(binary.AppendUvarint(h.buffer, uint64(len(s))), s...)
	}
}

func (h *Hasher) numbers(numbers ...int64) {
	for _, n := range numbers {
		h.buffer = binary.AppendVarint(h.buffer, n)
	}
}

func (h *Hasher) end() Digest {
	hi, lo := siphash.Hash128(h.k0, h.k1, h.buffer)
	return Digest{1, hi, lo}
}
