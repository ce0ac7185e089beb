package tiles

import (
	"encoding/binary"
	"math"
)

// The writer makes the bytes of one Mapbox Vector Tile (version 2.1) by hand: protocol
// buffers whose messages are known in advance need no more than lengths and varints. Layout:
//
//	Tile    3: Layer, repeated
//	Layer   15: version  1: name  2: Feature, repeated  3: key, repeated  4: Value, repeated  5: extent
//	Feature 1: id  2: tags (packed)  3: type  4: geometry (packed)
//	Value   1: string  3: double  5: uint  7: bool
type writer struct {
	tile []byte // finished layers

	name     string
	keys     []string
	features []byte
	values   dictionary

	tags     []byte // of the feature in hand
	geometry []byte
	shape    []byte // its type and geometry
	cursor   point  // where its geometry stands: commands are relative
}

// Protocol buffer tags: field number times eight, plus two where a length follows.
const (
	tagTileLayer       = 3<<3 | 2
	tagLayerName       = 1<<3 | 2
	tagLayerFeature    = 2<<3 | 2
	tagLayerKey        = 3<<3 | 2
	tagLayerValue      = 4<<3 | 2
	tagLayerExtent     = 5 << 3
	tagLayerVersion    = 15 << 3
	tagFeatureID       = 1 << 3
	tagFeatureTags     = 2<<3 | 2
	tagFeatureType     = 3 << 3
	tagFeatureGeometry = 4<<3 | 2
	tagValueString     = 1<<3 | 2
	tagValueDouble     = 3<<3 | 1
	tagValueUint       = 5 << 3
	tagValueBool       = 7 << 3
)

type geometryType byte

const (
	typePoint   geometryType = 1
	typePolygon geometryType = 3
)

// Geometry commands, of which the count is three bits higher.
const (
	moveTo    = 1
	lineTo    = 2
	closePath = 7
)

// reset makes the writer ready for another tile and keeps its memory, but for the tile's.
func (w *writer) reset() { w.tile = nil }

// begin starts a layer. The keys are its whole schema: a tag's key is an index into them.
func (w *writer) begin(name string, keys []string) {
	w.name, w.keys = name, keys
	w.features = append(w.features[:0], make([]byte, w.headRoom())...)
	w.values.reset()
	w.drop()
}

// drop forgets what is written of the feature in hand.
func (w *writer) drop() {
	w.tags, w.geometry, w.cursor = w.tags[:0], w.geometry[:0], point{}
}

// feature ends the feature in hand. One without geometry is left out.
func (w *writer) feature(id uint64, t geometryType) {
	if len(w.geometry) > 0 {
		w.shape = appendGeometry(w.shape[:0], t, w.geometry)
		w.stamp(id, w.shape)
	}
	w.drop()
}

// appendGeometry appends the last two fields of a feature: the type and the geometry.
func appendGeometry(b []byte, t geometryType, geometry []byte) []byte {
	b = append(b, tagFeatureType, byte(t))
	return append(appendHead(b, tagFeatureGeometry, len(geometry)), geometry...)
}

// stamp ends the feature in hand, of which type and geometry are written already.
func (w *writer) stamp(id uint64, shape []byte) {
	size := 1 + uvarintLen(id) + len(shape)
	if len(w.tags) > 0 {
		size += 1 + uvarintLen(uint64(len(w.tags))) + len(w.tags)
	}
	b := appendHead(w.features, tagLayerFeature, size)
	b = binary.AppendUvarint(append(b, tagFeatureID), id)
	if len(w.tags) > 0 {
		b = append(appendHead(b, tagFeatureTags, len(w.tags)), w.tags...)
	}
	w.features = append(b, shape...)
	w.tags = w.tags[:0]
}

// headRoom is how many bytes may come before the features of a layer, which are written
// last, when its length is known.
func (w *writer) headRoom() int {
	return 1 + binary.MaxVarintLen32 + 2 + 1 + binary.MaxVarintLen32 + len(w.name)
}

// end finishes the layer. One without features is left out of the tile.
func (w *writer) end() {
	room := w.headRoom()
	if len(w.features) == room {
		return
	}
	b := w.features
	for _, k := range w.keys {
		b = append(appendHead(b, tagLayerKey, len(k)), k...)
	}
	b = append(b, w.values.bytes...)
	b = binary.AppendUvarint(append(b, tagLayerExtent), extent)
	w.features = b

	size := 2 + 1 + uvarintLen(uint64(len(w.name))) + len(w.name) + len(b) - room
	head := appendHead(make([]byte, 0, 64), tagTileLayer, size)
	head = append(head, tagLayerVersion, 2)
	head = append(appendHead(head, tagLayerName, len(w.name)), w.name...)
	copy(b[room-len(head):], head)
	w.tile = append(w.tile, b[room-len(head):]...) // at once: make would clear what is written next
}

// bytes returns the tile: nil where nothing is in it.
func (w *writer) bytes() []byte { return w.tile }

// tag gives the feature in hand a property: key and value by index.
func (w *writer) tag(key int, value uint32) { w.tags = appendTag(w.tags, key, value) }

// appendTag appends a property, key and value by index. No layer has more than 127 keys.
func appendTag(b []byte, key int, value uint32) []byte {
	if value < 1<<7 {
		return append(b, byte(key), byte(value))
	}
	return appendWideTag(b, key, value)
}

func appendWideTag(b []byte, key int, value uint32) []byte {
	if value < 1<<14 {
		return append(b, byte(key), byte(value)|0x80, byte(value>>7))
	}
	return binary.AppendUvarint(append(b, byte(key)), uint64(value))
}

// ring adds a closed ring of at least three points, which must not repeat the first.
func (w *writer) ring(ring []point) {
	w.geometry = append(w.geometry, moveTo|1<<3)
	w.vertex(ring[0])
	w.geometry = binary.AppendUvarint(w.geometry, lineTo|uint64(len(ring)-1)<<3)
	for _, p := range ring[1:] {
		w.vertex(p)
	}
	w.geometry = append(w.geometry, closePath|1<<3)
}

// point makes the feature in hand a single point.
func (w *writer) point(p point) {
	w.geometry = append(w.geometry, moveTo|1<<3)
	w.vertex(p)
}

func (w *writer) vertex(p point) {
	w.geometry = appendZigzag(w.geometry, p.x-w.cursor.x)
	w.geometry = appendZigzag(w.geometry, p.y-w.cursor.y)
	w.cursor = p
}

// appendZigzag appends a signed number so that small ones of either sign are short.
func appendZigzag(b []byte, n int32) []byte {
	u := uint32(n)<<1 ^ uint32(n>>31)
	if u < 1<<7 {
		return append(b, byte(u))
	}
	if u < 1<<14 {
		return append(b, byte(u)|0x80, byte(u>>7))
	}
	return binary.AppendUvarint(b, uint64(u))
}

// appendHead appends the tag and the length of what follows.
func appendHead(b []byte, tag byte, size int) []byte {
	return binary.AppendUvarint(append(b, tag), uint64(size))
}

func uvarintLen(n uint64) int {
	size := 1
	for ; n >= 0x80; n >>= 7 {
		size++
	}
	return size
}

// A dictionary holds the distinct values of a layer in the order in which they first came.
// Counts below 4096 and rates, which are nearly all there is, are found by plain indexing.
type dictionary struct {
	bytes []byte
	n     uint32
	round uint32 // slots of earlier rounds are empty

	small [4096]slot
	rates [rateSteps + 1]slot
	truth slot
	table []hashed // open addressing; its size is a power of two
	used  int
	name  []byte            // room for a text in the making
	text  map[string]uint32 // of areas only
}

type slot struct{ round, index uint32 }

// A hashed value is a number, of a kind that says how it was written.
type hashed struct {
	slot
	kind  byte
	value uint64
}

// The kinds of numbers in the table.
const (
	kindUint byte = iota
	kindRatio
	kindDate
	kindFlags
	kindSigned
	kindSpot
)

// rateSteps is how finely rates are written: to 1e-4.
const rateSteps = 10000

func (d *dictionary) reset() {
	d.bytes, d.n, d.used = d.bytes[:0], 0, 0
	d.round++
	if d.round == 0 { // slots of 2^32 layers ago would seem filled
		*d = dictionary{bytes: d.bytes, round: 1}
	}
	if d.table == nil {
		d.table = make([]hashed, 1024)
	}
	clear(d.text)
}

// next takes the index of the value that is being appended.
func (d *dictionary) next() uint32 {
	d.n++
	return d.n - 1
}

// uint returns the index of a number.
func (d *dictionary) uint(n uint64) uint32 {
	if n < uint64(len(d.small)) && d.small[n].round == d.round {
		return d.small[n].index
	}
	return d.addUint(n)
}

func (d *dictionary) addUint(n uint64) uint32 {
	var s *slot
	if n < uint64(len(d.small)) {
		s = &d.small[n]
	} else {
		s = d.number(kindUint, n)
	}
	if s.round != d.round {
		d.bytes = append(appendHead(d.bytes, tagLayerValue, 1+uvarintLen(n)), tagValueUint)
		d.bytes = binary.AppendUvarint(d.bytes, n)
		*s = slot{d.round, d.next()}
	}
	return s.index
}

// ratio returns the index of part/whole, rounded to 1e-4, halves upward. The whole is not 0.
// A quotient of whole numbers below 2^32 is a half or further than 2^-33 from it, which a
// float of this size tells; dividing whole numbers of 64 bits takes twice as long.
func (d *dictionary) ratio(part, whole uint32) uint32 {
	step := uint64(float64(part)*rateSteps/float64(whole) + 0.5)
	if step <= rateSteps && d.rates[step].round == d.round {
		return d.rates[step].index
	}
	return d.addRatio((uint64(part)*rateSteps*2 + uint64(whole)) / (2 * uint64(whole)))
}

func (d *dictionary) addRatio(step uint64) uint32 {
	var s *slot
	if step < uint64(len(d.rates)) {
		s = &d.rates[step]
	} else {
		s = d.number(kindRatio, step)
	}
	if s.round != d.round {
		*s = slot{d.round, d.double(float64(step) / rateSteps)}
	}
	return s.index
}

func (d *dictionary) double(f float64) uint32 {
	d.bytes = append(d.bytes, tagLayerValue, 9, tagValueDouble)
	d.bytes = binary.LittleEndian.AppendUint64(d.bytes, math.Float64bits(f))
	return d.next()
}

// score returns the index of a number of standard deviations, rounded to 1e-2.
func (d *dictionary) score(z float64) uint32 {
	const steps = 100
	return d.signed(math.Round(z*steps) * (rateSteps / steps))
}

// signed returns the index of a whole number of rateSteps that may be below nought.
func (d *dictionary) signed(step float64) uint32 {
	if step >= 0 { // a rate may be the same number, and no value stands in a layer twice
		return d.ratio(uint32(step), rateSteps)
	}
	s := d.number(kindSigned, uint64(-int64(step)))
	if s.round != d.round {
		*s = slot{d.round, d.double(step / rateSteps)}
	}
	return s.index
}

// yes returns the index of true.
func (d *dictionary) yes() uint32 {
	if d.truth.round != d.round {
		d.bytes = append(d.bytes, tagLayerValue, 2, tagValueBool, 1)
		d.truth = slot{d.round, d.next()}
	}
	return d.truth.index
}

// uniqueBytes is unique for a text in a buffer.
func (d *dictionary) uniqueBytes(s []byte) uint32 {
	d.bytes = appendHead(d.bytes, tagLayerValue, 1+uvarintLen(uint64(len(s)))+len(s))
	d.bytes = append(appendHead(d.bytes, tagValueString, len(s)), s...)
	return d.next()
}

// unique appends a text that no other feature has.
func (d *dictionary) unique(s string) uint32 {
	d.bytes = appendHead(d.bytes, tagLayerValue, 1+uvarintLen(uint64(len(s)))+len(s))
	d.bytes = append(appendHead(d.bytes, tagValueString, len(s)), s...)
	return d.next()
}

// shared returns the index of a text that others may have too.
func (d *dictionary) shared(s string) uint32 {
	if i, ok := d.text[s]; ok {
		return i
	}
	if d.text == nil {
		d.text = make(map[string]uint32)
	}
	i := d.unique(s)
	d.text[s] = i
	return i
}

// named returns the index of the text that stands for a number of the kind.
func (d *dictionary) named(kind byte, n uint64, appendText func([]byte, uint64) []byte) uint32 {
	s := d.number(kind, n)
	if s.round != d.round {
		d.name = appendText(d.name[:0], n)
		*s = slot{d.round, d.uniqueBytes(d.name)}
	}
	return s.index
}

// number returns the slot of a number in the table: an empty one where it is new, which the
// caller fills at once.
func (d *dictionary) number(kind byte, n uint64) *slot {
	if d.used*2 >= len(d.table) {
		d.grow()
	}
	i := d.find(kind, n)
	h := &d.table[i]
	if h.round != d.round {
		h.kind, h.value = kind, n
		d.used++
	}
	return &h.slot
}

func (d *dictionary) find(kind byte, n uint64) int {
	mask := uint64(len(d.table) - 1)
	i := (n ^ uint64(kind)<<61) * 0x9e3779b97f4a7c15 >> 20 & mask
	for d.table[i].round == d.round && (d.table[i].value != n || d.table[i].kind != kind) {
		i = (i + 1) & mask
	}
	return int(i)
}

func (d *dictionary) grow() {
	old := d.table
	d.table = make([]hashed, 2*len(old))
	for i := range old {
		if old[i].round == d.round {
			d.table[d.find(old[i].kind, old[i].value)] = old[i]
		}
	}
}
