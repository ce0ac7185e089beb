package columns

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"math"
	"math/bits"

	"github.com/dchest/siphash"
	"golang.org/x/sync/errgroup"

	"tungnha/data"
)

// Digest is a multiset hash of the data: MSet-Add-Hash (Clarke et al., Incremental multiset hash functions, ASIACRYPT
// 2003), the sum modulo 2^128 of a keyed hash of each element, after the incremental hashing of Bellare and Micciancio
// (1997). Elements are: the areas with the teams, each household of the registry, and the visits of each household
// that has some. The hash of the first is HMAC-SHA-256, cut to 128 bits, that of the others SipHash-2-4 with 128 bits
// (Aumasson and Bernstein 2012), both under keys made of the secret of the store. So equal data have equal digests,
// on every server of a store and after every restart, and a post costs the hashes of the households that it touched.
//
// Sums can be subtracted. A digest therefore never leaves the process: what is published is an HMAC of it.
type Digest struct{ high, low uint64 }

// Bytes returns the digest as 16 bytes.
func (d Digest) Bytes() []byte {
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, d.high), d.low)
}

func (d Digest) plus(other Digest) Digest {
	low, carry := bits.Add64(d.low, other.low, 0)
	high, _ := bits.Add64(d.high, other.high, carry)
	return Digest{high, low}
}

func (d Digest) minus(other Digest) Digest {
	low, borrow := bits.Sub64(d.low, other.low, 0)
	high, _ := bits.Sub64(d.high, other.high, borrow)
	return Digest{high, low}
}

// digestKeys are the keys of the hashes of elements.
type digestKeys struct {
	areas [sha256.Size]byte
	k0    uint64
	k1    uint64
}

func newDigestKeys(secret data.Secret) digestKeys {
	k := secret.MAC("digest of households and visits")
	return digestKeys{areas: secret.MAC("digest of areas and teams"), k0: binary.BigEndian.Uint64(k[:]),
		k1: binary.BigEndian.Uint64(k[8:])}
}

func (k *digestKeys) element(b []byte) Digest {
	high, low := siphash.Hash128(k.k0, k.k1, b)
	return Digest{high, low}
}

// The first byte of an element.
const (
	householdElement byte = iota + 1
	visitsElement
)

func number(b []byte, n uint64) []byte { return binary.LittleEndian.AppendUint64(b, n) }

// text appends s after its length, so that "a","bc" and "ab","c" differ.
func text[T string | []byte](b []byte, s T) []byte { return append(number(b, uint64(len(s))), s...) }

// visitsOf returns the digest of all visits of the household with the id; zero where there are none. buffer is used
// again from call to call.
func (k *digestKeys) visitsOf(id []byte, visits int, at func(int) Packed, buffer *[]byte) Digest {
	if visits == 0 {
		return Digest{}
	}
	b := text(append((*buffer)[:0], visitsElement), id)
	for v := range visits {
		p := at(v)
		b = number(b, uint64(p.Call)<<32|uint64(p.Assessed)<<16|uint64(p.Shown))
		b = binary.LittleEndian.AppendUint16(b, p.Day)
	}
	*buffer = b
	return k.element(b)
}

// householdAt returns the digest of the household at the position, in the registry.
func (k *digestKeys) householdAt(h *Households, i uint32, buffer *[]byte) Digest {
	b := text(append((*buffer)[:0], householdElement), h.IDBytes(i))
	b = number(b, uint64(uint32(h.Lon[i]))<<32|uint64(uint32(h.Lat[i])))
	b = number(text(b, h.HamletCodes[h.Hamlets[i]]), uint64(h.Registered[i])<<16|uint64(h.LastDays[i]))
	*buffer = b
	return k.element(b)
}

// digestOf returns the digest of the areas, teams and households.
func digestOf(r *Registry) Digest {
	mac := hmac.New(sha256.New, r.keys.areas[:])
	var b []byte
	for i := range r.History.Areas {
		b = appendArea(b[:0], &r.History.Areas[i])
		mac.Write(b)
	}
	for i := range r.Teams {
		b = appendTeam(b[:0], &r.Teams[i])
		mac.Write(b)
	}
	b = mac.Sum(b[:0])
	sum := Digest{binary.BigEndian.Uint64(b), binary.BigEndian.Uint64(b[8:])}

	parts := make([]Digest, (r.Households.Len()+BlockSize-1)/BlockSize)
	var group errgroup.Group
	group.SetLimit(Workers())
	for n := range parts {
		group.Go(func() error {
			var buffer []byte
			for i := n * BlockSize; i < min((n+1)*BlockSize, r.Households.Len()); i++ {
				parts[n] = parts[n].plus(r.keys.householdAt(&r.Households, uint32(i), &buffer))
			}
			return nil
		})
	}
	_ = group.Wait() // nothing in it can fail
	for _, part := range parts {
		sum = sum.plus(part)
	}
	return sum
}

func appendArea(b []byte, a *data.Area) []byte {
	for _, s := range []string{a.Code, a.Name, a.NameEN, a.Kind, string(a.Level), a.Parent} {
		b = text(b, s)
	}
	b = number(number(b, uint64(a.ValidFrom)), uint64(a.ValidTo))
	b = number(number(b, uint64(a.DeclaredHouseholds)), uint64(a.Population))
	b = number(b, uint64(len(a.Geometry)))
	for _, polygon := range a.Geometry {
		b = number(b, uint64(len(polygon)))
		for _, ring := range polygon {
			b = number(b, uint64(len(ring)))
			for _, p := range ring {
				b = number(number(b, math.Float64bits(p[0])), math.Float64bits(p[1]))
			}
		}
	}
	return b
}

func appendTeam(b []byte, t *data.Team) []byte {
	codes := func(codes []string) {
		b = number(b, uint64(len(codes)))
		for _, code := range codes {
			b = text(b, code)
		}
	}
	b = text(text(text(b, t.ID), t.Name), t.CommuneCode)
	codes(t.HamletCodes)
	b = number(b, uint64(len(t.History)))
	for _, a := range t.History {
		b = number(b, uint64(a.From))
		codes(a.HamletCodes)
	}
	return number(number(number(b, uint64(t.Members)), uint64(t.FormedOn)), uint64(t.DissolvedOn))
}
