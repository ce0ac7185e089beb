package columns

import (
	"math"
	"sync/atomic"

	"github.com/paulmach/orb"
	"golang.org/x/sync/errgroup"

	"tungnha/data"
)

// A hash is a running 64-bit digest. It must be the same on every machine and after every
// restart, which rules out hash/maphash. It guards against mix-ups, not against forgery.
type Hash uint64

const hashSeed Hash = 0xcbf29ce484222325

// number mixes n in. The finaliser is that of splitmix64 (Steele, Lea, Flood 2014).
func (h Hash) number(n uint64) Hash {
	x := uint64(h) ^ n + 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return Hash(x ^ x>>31)
}

// Text mixes s in, its length too, so that "a","bc" and "ab","c" differ.
func (h Hash) Text(s string) Hash {
	x := uint64(hashSeed)
	for i := range len(s) {
		x = (x ^ uint64(s[i])) * 0x100000001b3 // FNV-1a
	}
	return h.number(x).number(uint64(len(s)))
}

func (h Hash) area(a *data.Area) Hash {
	h = h.Text(a.Code).Text(a.Name).Text(a.NameEN).Text(a.Kind).Text(string(a.Level)).Text(a.Parent)
	h = h.number(uint64(a.ValidFrom)).number(uint64(a.ValidTo))
	h = h.number(uint64(a.DeclaredHouseholds)).number(uint64(a.Population))
	for _, polygon := range a.Geometry {
		h = h.number(uint64(len(polygon)))
		for _, ring := range polygon {
			h = h.ring(ring)
		}
	}
	return h
}

func (h Hash) ring(ring orb.Ring) Hash {
	h = h.number(uint64(len(ring)))
	for _, p := range ring {
		h = h.number(math.Float64bits(p[0])).number(math.Float64bits(p[1]))
	}
	return h
}

func (h Hash) team(t *data.Team) Hash {
	h = h.Text(t.ID).Text(t.Name).Text(t.CommuneCode).number(uint64(len(t.HamletCodes)))
	for _, code := range t.HamletCodes {
		h = h.Text(code)
	}
	for _, a := range t.History {
		h = h.number(uint64(a.From)).number(uint64(len(a.HamletCodes)))
		for _, code := range a.HamletCodes {
			h = h.Text(code)
		}
	}
	return h.number(uint64(t.Members)).number(uint64(t.FormedOn)).number(uint64(t.DissolvedOn))
}

// digestOf returns the digest of the areas, teams and households.
func digestOf(r *Registry) uint64 {
	d := hashSeed
	for i := range r.History.Areas {
		d = d.area(&r.History.Areas[i])
	}
	for i := range r.Teams {
		d = d.team(&r.Teams[i])
	}
	var sum atomic.Uint64 // of all households, in whatever order they are met
	sum.Add(uint64(d))
	var group errgroup.Group
	group.SetLimit(Workers())
	for lo := 0; lo < r.Households.Len(); lo += BlockSize {
		group.Go(func() error {
			var own uint64
			for i := lo; i < min(lo+BlockSize, r.Households.Len()); i++ {
				own += uint64(r.Households.digestOf(uint32(i)))
			}
			sum.Add(own)
			return nil
		})
	}
	_ = group.Wait() // nothing in it can fail
	return sum.Load()
}
