package mvt

import (
	"encoding/binary"
)

// Encoder writes the bytes of one Mapbox Vector Tile (version 2.1) by hand: protocol
// buffers whose messages are known in advance need no more than lengths and varints. Layout:
//
//	Tile    3: Layer, repeated
//	Layer   15: version  1: name  2: Feature, repeated  3: key, repeated  4: Value, repeated  5: extent
//	Feature 1: id  2: tags (packed)  3: type  4: geometry (packed)
//	Value   1: string  3: double  5: uint  7: bool
type Encoder struct {
	tile []byte // finished layers

	name     string
	keys     []string
	features []byte
	Values   ValueTable

	Tags     []byte // of the current feature
	Geometry []byte
	shape    []byte // its type and geometry
	cursor   Point  // where its geometry is: commands are relative
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

type GeometryType byte

const (
	PointType   GeometryType = 1
	PolygonType GeometryType = 3
)

// Geometry commands, of which the count is three bits higher.
const (
	moveTo    = 1
	lineTo    = 2
	closePath = 7
)

// Reset makes the encoder ready for another tile and keeps its memory, but for the tile's.
func (w *Encoder) Reset() { w.tile = nil }

// Begin starts a layer. The keys are its whole schema: a tag's key is an index into them.
func (w *Encoder) Begin(name string, keys []string) {
	w.name, w.keys = name, keys
	w.features = append(w.features[:0], make([]byte, w.headRoom())...)
	w.Values.reset()
	w.Drop()
}

// Drop discards what is written of the current feature.
func (w *Encoder) Drop() {
	w.Tags, w.Geometry, w.cursor = w.Tags[:0], w.Geometry[:0], Point{}
}

// Feature ends the current feature. One without geometry is left out.
func (w *Encoder) Feature(id uint64, t GeometryType) {
	if len(w.Geometry) > 0 {
		w.shape = AppendGeometry(w.shape[:0], t, w.Geometry)
		w.EncodedFeature(id, w.shape)
	}
	w.Drop()
}

// AppendGeometry appends the last two fields of a feature: the type and the geometry.
func AppendGeometry(b []byte, t GeometryType, geometry []byte) []byte {
	b = append(b, tagFeatureType, byte(t))
	return append(appendHead(b, tagFeatureGeometry, len(geometry)), geometry...)
}

// EncodedFeature ends the current feature, of which type and geometry are written already.
func (w *Encoder) EncodedFeature(id uint64, shape []byte) {
	size := 1 + uvarintLen(id) + len(shape)
	if len(w.Tags) > 0 {
		size += 1 + uvarintLen(uint64(len(w.Tags))) + len(w.Tags)
	}
	b := appendHead(w.features, tagLayerFeature, size)
	b = binary.AppendUvarint(append(b, tagFeatureID), id)
	if len(w.Tags) > 0 {
		b = append(appendHead(b, tagFeatureTags, len(w.Tags)), w.Tags...)
	}
	w.features = append(b, shape...)
	w.Tags = w.Tags[:0]
}

// headRoom is how many bytes may come before the features of a layer, which are written
// last, when its length is known.
func (w *Encoder) headRoom() int {
	return 1 + binary.MaxVarintLen32 + 2 + 1 + binary.MaxVarintLen32 + len(w.name)
}

// End finishes the layer. One without features is left out of the tile.
func (w *Encoder) End() {
	room := w.headRoom()
	if len(w.features) == room {
		return
	}
	b := w.features
	for _, k := range w.keys {
		b = append(appendHead(b, tagLayerKey, len(k)), k...)
	}
	b = append(b, w.Values.Bytes...)
	b = binary.AppendUvarint(append(b, tagLayerExtent), Extent)
	w.features = b

	size := 2 + 1 + uvarintLen(uint64(len(w.name))) + len(w.name) + len(b) - room
	head := appendHead(make([]byte, 0, 64), tagTileLayer, size)
	head = append(head, tagLayerVersion, 2)
	head = append(appendHead(head, tagLayerName, len(w.name)), w.name...)
	copy(b[room-len(head):], head)
	w.tile = append(w.tile, b[room-len(head):]...) // at once: make would clear what is written next
}

// Bytes returns the tile: nil where nothing is in it.
func (w *Encoder) Bytes() []byte { return w.tile }

// Tag gives the current feature a property: key and value by index.
func (w *Encoder) Tag(key int, value uint32) { w.Tags = AppendTag(w.Tags, key, value) }

// AppendTag appends a property, key and value by index. No layer has more than 127 keys. Of
// two bytes for the value the second is there or not without a branch, which would be
// unpredictable.
func AppendTag(b []byte, key int, value uint32) []byte {
	if value >= 1<<14 {
		return binary.AppendUvarint(append(b, byte(key)), uint64(value))
	}
	wide := (1<<7 - 1 - value) >> 31
	return append(b, byte(key), byte(value)|byte(wide<<7), byte(value>>7))[:len(b)+2+int(wide)]
}

// Ring adds a closed ring of at least three points, which must not repeat the first.
func (w *Encoder) Ring(ring []Point) {
	w.Geometry = append(w.Geometry, moveTo|1<<3)
	w.vertex(ring[0])
	w.Geometry = binary.AppendUvarint(w.Geometry, lineTo|uint64(len(ring)-1)<<3)
	for _, p := range ring[1:] {
		w.vertex(p)
	}
	w.Geometry = append(w.Geometry, closePath|1<<3)
}

// Point makes the current feature a single point.
func (w *Encoder) Point(p Point) {
	w.Geometry = append(w.Geometry, moveTo|1<<3)
	w.vertex(p)
}

func (w *Encoder) vertex(p Point) {
	w.Geometry = appendZigzag(w.Geometry, p.X-w.cursor.X)
	w.Geometry = appendZigzag(w.Geometry, p.Y-w.cursor.Y)
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
