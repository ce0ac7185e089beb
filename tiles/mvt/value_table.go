package mvt

import (
	"encoding/binary"
	"math"

	"tungnha/data"
	"tungnha/geo"
)

// ValueTable contains the distinct values of a layer in the order in which they first came.
// Counts below smallCounts and rates, which are nearly all there is, are found by plain indexing.
type ValueTable struct {
	Bytes []byte
	n     uint32
	base  slot // of the round: a multiple of maxSlots

	small [smallCounts]slot
	rates [RateSteps + 1]slot
	truth slot
	days  [512]lately
	table []hashed // open addressing; its size is a power of two
	used  int
	name  []byte            // room for a text in the making
	text  map[string]uint32 // of areas only
}

// A slot contains where a value is: the base of the round in which it was written, plus its
// index. What is left of earlier rounds is below the base, so that nothing has to be emptied.
type slot uint32

// maxSlots is how many values of a layer slots can number. Those that come after so many are
// written each time that they come.
const maxSlots = 1 << 24

// A hashed value is a number, of a kind that determines how it was written.
type hashed struct {
	slot
	kind  byte
	value uint64
}

// lately is the slot of a day that was looked up in the table before.
type lately struct {
	slot
	day data.Date
}

// The kinds of numbers in the table.
const (
	kindUint byte = iota
	kindRatio
	kindDate
	KindFlags
	kindSigned
	KindSpot
	KindMonth
)

const smallCounts = 4096

// RateSteps is how finely rates are written: to 1e-4.
const RateSteps = 10000

func (d *ValueTable) reset() {
	d.Bytes, d.n, d.used = d.Bytes[:0], 0, 0
	d.base += maxSlots
	if d.base == 0 { // slots of 256 layers ago would seem filled
		*d = ValueTable{Bytes: d.Bytes, name: d.name, base: maxSlots}
	}
	if d.table == nil {
		d.table = make([]hashed, 1024)
	}
	clear(d.text)
}

// find returns the index that a slot contains, and false where it contains none of this round.
func (d *ValueTable) find(s slot) (index uint32, ok bool) {
	index = uint32(s - d.base)
	return index, index < maxSlots
}

// next takes the index of the value that is being appended and writes it to the slot.
func (d *ValueTable) next(s *slot) uint32 {
	index := d.n
	d.n++
	d.fill(s, index)
	return index
}

func (d *ValueTable) fill(s *slot, index uint32) {
	if index < maxSlots {
		*s = d.base + slot(index)
	}
}

// Uint returns the index of a number.
func (d *ValueTable) Uint(n uint32) uint32 {
	if n < smallCounts {
		if index := uint32(d.small[n] - d.base); index < maxSlots {
			return index
		}
	}
	return d.addUint(n)
}

func (d *ValueTable) addUint(n uint32) uint32 {
	if n < 1<<7 { // most are so small
		d.Bytes = append(d.Bytes, tagLayerValue, 2, tagValueUint, byte(n))
		return d.next(&d.small[n])
	}
	var s *slot
	if n < smallCounts {
		s = &d.small[n]
	} else {
		s = d.number(kindUint, uint64(n))
		if index, ok := d.find(*s); ok {
			return index
		}
	}
	d.Bytes = append(appendHead(d.Bytes, tagLayerValue, 1+uvarintLen(uint64(n))), tagValueUint)
	d.Bytes = binary.AppendUvarint(d.Bytes, uint64(n))
	return d.next(s)
}

// Ratio returns the index of part/whole, rounded to 1e-4, halves upward. The whole is not 0.
// A quotient of whole numbers below 2^32 is a half or further than 2^-33 from it, which a
// float64 represents; dividing whole numbers of 64 bits takes twice as long.
func (d *ValueTable) Ratio(part, whole uint32) uint32 {
	return d.steps(int64(float64(part)*RateSteps/float64(whole) + 0.5))
}

// steps returns the index of a number of rateSteps.
func (d *ValueTable) steps(step int64) uint32 {
	var s *slot
	if step < int64(len(d.rates)) {
		s = &d.rates[step]
	} else {
		s = d.number(kindRatio, uint64(step))
	}
	if index, ok := d.find(*s); ok {
		return index
	}
	d.double(float64(step) / RateSteps)
	return d.next(s)
}

func (d *ValueTable) double(f float64) {
	d.Bytes = append(d.Bytes, tagLayerValue, 9, tagValueDouble)
	d.Bytes = binary.LittleEndian.AppendUint64(d.Bytes, math.Float64bits(f))
}

// Score returns the index of a number of standard deviations, rounded to 1e-2.
func (d *ValueTable) Score(z float64) uint32 {
	const steps = 100
	return d.Signed(math.Round(z*steps) * (RateSteps / steps))
}

// Signed returns the index of a whole number of rateSteps that may be below nought.
func (d *ValueTable) Signed(step float64) uint32 {
	if step >= 0 { // a rate may be the same number, and no value is in a layer twice
		return d.steps(int64(step))
	}
	s := d.number(kindSigned, uint64(-int64(step)))
	if index, ok := d.find(*s); ok {
		return index
	}
	d.double(step / RateSteps)
	return d.next(s)
}

// True returns the index of true.
func (d *ValueTable) True() uint32 {
	if index, ok := d.find(d.truth); ok {
		return index
	}
	d.Bytes = append(d.Bytes, tagLayerValue, 2, tagValueBool, 1)
	return d.next(&d.truth)
}

// uniqueBytes is unique for a text in a buffer.
func (d *ValueTable) uniqueBytes(s []byte) uint32 {
	d.Bytes = appendHead(d.Bytes, tagLayerValue, 1+uvarintLen(uint64(len(s)))+len(s))
	d.Bytes = append(appendHead(d.Bytes, tagValueString, len(s)), s...)
	return d.next(new(slot))
}

// Cell appends the name of a cell, its number in 15 hexadecimal digits.
func (d *ValueTable) Cell(c geo.Cell) uint32 {
	var digits [16]byte
	binary.BigEndian.PutUint64(digits[:8], hexDigits(uint32(c>>32)))
	binary.BigEndian.PutUint64(digits[8:], hexDigits(uint32(c)))
	d.Bytes = append(append(d.Bytes, tagLayerValue, 17, tagValueString, 15), digits[1:]...)
	return d.next(new(slot))
}

// hexDigits returns the eight hexadecimal digits of a number as characters, all at once.
func hexDigits(n uint32) uint64 {
	x := uint64(n)
	x = (x<<16 | x) & 0x0000ffff0000ffff
	x = (x<<8 | x) & 0x00ff00ff00ff00ff
	x = (x<<4 | x) & 0x0f0f0f0f0f0f0f0f
	letters := (x + 0x0606060606060606) >> 4 & 0x0101010101010101
	return x + 0x3030303030303030 + letters*('a'-'0'-10)
}

// Unique appends a text that no other feature has.
func (d *ValueTable) Unique(s string) uint32 {
	d.Bytes = appendHead(d.Bytes, tagLayerValue, 1+uvarintLen(uint64(len(s)))+len(s))
	d.Bytes = append(appendHead(d.Bytes, tagValueString, len(s)), s...)
	return d.next(new(slot))
}

// Shared returns the index of a text that others may have too.
func (d *ValueTable) Shared(s string) uint32 {
	if i, ok := d.text[s]; ok {
		return i
	}
	if d.text == nil {
		d.text = make(map[string]uint32)
	}
	i := d.Unique(s)
	d.text[s] = i
	return i
}

// Named returns the index of the text that represents a number of the kind.
func (d *ValueTable) Named(kind byte, n uint64, appendText func([]byte, uint64) []byte) uint32 {
	s := d.number(kind, n)
	index, ok := d.find(*s)
	if !ok {
		d.name = appendText(d.name[:0], n)
		index = d.uniqueBytes(d.name)
		d.fill(s, index)
	}
	return index
}

// Date returns the index of a day.
func (d *ValueTable) Date(day data.Date) uint32 {
	s := &d.days[uint(day)%uint(len(d.days))]
	if index, ok := d.find(s.slot); ok && s.day == day {
		return index
	}
	index := d.Named(kindDate, uint64(day), func(b []byte, n uint64) []byte { return data.Date(n).Append(b) })
	if index < maxSlots {
		*s = lately{d.base + slot(index), day}
	}
	return index
}

// number returns the slot of a number in the table: an empty one where it is new, which the
// caller fills at once.
func (d *ValueTable) number(kind byte, n uint64) *slot {
	if d.used*2 >= len(d.table) {
		d.grow()
	}
	h := &d.table[d.place(kind, n)]
	if _, ok := d.find(h.slot); !ok && d.n < maxSlots {
		h.kind, h.value = kind, n
		d.used++
	}
	return &h.slot
}

// place returns where in the table a number is, or would be.
func (d *ValueTable) place(kind byte, n uint64) int {
	mask := uint64(len(d.table) - 1)
	for i := (n ^ uint64(kind)<<61) * 0x9e3779b97f4a7c15 >> 20 & mask; ; i = (i + 1) & mask {
		h := &d.table[i]
		if _, ok := d.find(h.slot); !ok || h.value == n && h.kind == kind {
			return int(i)
		}
	}
}

func (d *ValueTable) grow() {
	old := d.table
	d.table = make([]hashed, 2*len(old))
	for i := range old {
		if _, ok := d.find(old[i].slot); ok {
			d.table[d.place(old[i].kind, old[i].value)] = old[i]
		}
	}
}
