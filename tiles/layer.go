package tiles

import (
	"context"
	"math"
	"slices"

	"github.com/paulmach/orb"

	"tungnha/coverage"
	"tungnha/coverage/rules"
	"tungnha/data"
	"tungnha/internal/problem"
	"tungnha/tiles/mvt"
	"tungnha/tiles/style"
)

// Layer is one kind of tile. Each has a file of its own with all that is particular to it: what it is, its fields, how
// it is counted, drawn and styled. To add one, write its file and put it on the list of Layers.
type Layer interface {
	// Name is what the layer is called in addresses and, for the first layer of its tiles, in them.
	Name() string

	// Visible reports whether the viewer may see the layer.
	Visible(coverage.Viewer) bool

	about() *aboutLayer

	// fields returns what features may have, in the order of the keys in a tile.
	fields(skills data.Skills, with variant) []field

	// window returns a result of the window of q: it checks the window and completes its days. A layer that draws the
	// rows of one result returns that, the others the cheapest there is. All: every tile of the zoom is requested, or
	// all rows are needed for one.
	window(ctx context.Context, view *coverage.View, q coverage.Query, z int, all bool) (*coverage.Result, error)

	// prepare counts what all tiles of a zoom have in common.
	prepare(ctx context.Context, r *request, z int) (zoom, error)

	// style returns how the layer is drawn in the complete style.
	style(language string, onBasemap bool) style.Parts
}

// Layers lists the layers. Those whose parts of the style overlap are drawn over each other in this order.
var Layers = []Layer{Cells, Areas, Flags, Households}

// LayerNamed returns the layer of a name. An unknown one gets a *problem.ParameterError.
func LayerNamed(name string) (Layer, error) {
	if i := slices.IndexFunc(Layers, func(l Layer) bool { return l.Name() == name }); i >= 0 {
		return Layers[i], nil
	}
	names := make([]string, len(Layers))
	for i, l := range Layers {
		names[i] = l.Name()
	}
	return nil, noTile("layer", problem.NotOneOf(name, names...))
}

// VisibleLayers lists the layers that the viewer may see.
func VisibleLayers(v coverage.Viewer) []Layer {
	return slices.DeleteFunc(slices.Clone(Layers), func(l Layer) bool { return !l.Visible(v) })
}

// aboutLayer is what a layer is, whatever the data. Layers embed it, and with it how most of them behave.
type aboutLayer struct {
	name, description string
	vectorLayers      []vectorLayer // in its tiles, the first of its own name
	reach             float64       // how far features may be outside the programme, in degrees of latitude
	buffer            int32         // how far features are drawn beyond a tile, in its points
	archived          bool          // archives of its tiles are made: its zooms are archivedZooms
	compares          bool          // features have their change since an earlier window
	spots             bool          // features may have their hot and cold spots
}

// vectorLayer is a layer in tiles.
type vectorLayer struct {
	name, description string
	dimension         int // of its geometry: 0 points, 2 areas
}

func (a *aboutLayer) Name() string { return a.name }

// String is the name: what errors and tests write.
func (a *aboutLayer) String() string { return a.name }

func (a *aboutLayer) Visible(coverage.Viewer) bool { return true }

func (a *aboutLayer) about() *aboutLayer { return a }

func (a *aboutLayer) window(ctx context.Context, view *coverage.View, q coverage.Query, _ int, _ bool) (
	*coverage.Result, error) {
	return view.Query(ctx, q)
}

// A variant is what fields depend on beside the skills.
type variant struct{ spots, change bool }

// variant returns which fields the tiles of a window have.
func (a *aboutLayer) variant(w *Window) variant {
	return variant{spots: a.spots && w.HotSpots, change: a.compares && w.EarlierTo != data.NoDate}
}

// A request is what tiles are requested of.
type request struct {
	server  *Server
	view    *coverage.View
	layer   Layer
	variant variant

	window  *coverage.Result // as the layer's window returns it
	earlier *coverage.Result // of the same query in the window to compare with; nil: none
}

// newRequest checks a window and returns what is requested of tiles at a zoom.
func (s *Server) newRequest(ctx context.Context, view *coverage.View, layer Layer, w *Window, z int, everywhere bool) (
	request, error) {
	r := request{server: s, view: view, layer: layer, variant: layer.about().variant(w)}
	var err error
	if r.window, err = layer.window(ctx, view, w.query(), z, everywhere || r.variant.spots); err != nil {
		return r, err
	}
	if r.variant.change {
		q := r.window.Query
		q.From, q.To = w.EarlierFrom, w.EarlierTo
		if r.earlier, err = view.Query(ctx, q); err != nil {
			return r, err
		}
	}
	return r, nil
}

// keys returns the names of the fields.
func (r *request) keys() []string {
	return r.server.schemas.keys(schema{r.window.Config, r.layer, r.variant})
}

// A zoom is what all tiles of one zoom are drawn from.
type zoom interface {
	// around returns what draws the tile given, or the tiles within it. For the tiles of an archive it calls mark, nil
	// otherwise, with a box around each feature.
	around(ctx context.Context, wide *mvt.Transform, mark func(mvt.Box)) (draw, error)
}

// A draw writes the layers of one tile.
type draw func(d *tileEncoder, f *mvt.Transform) error

// An archivedZoom is one that archives are made of.
type archivedZoom interface {
	zoom

	// extents calls mark with boxes that contain all that is drawn, and ends with its error.
	extents(mark func(mvt.Box) error) error
}

// A schema is what the names of a layer's fields depend on.
type schema struct {
	config  *rules.Config
	layer   Layer
	variant variant
}

// How far, in degrees of latitude, what is drawn may reach beyond the box around all areas
// and households: a cell of the coarsest resolution is 160 km wide and its children stick
// out of it; a footprint adds a kilometre or two.
const (
	cellReach  = 1.7
	otherReach = 0.03
)

// Bounds returns the box beyond which no tile is: it contains all that is drawn of any layer.
// Without areas and households it is the world.
func Bounds(view *coverage.View) orb.Bound { return reached(view.Bound(), cellReach) }

// boundsOf returns the box that contains what is drawn of a layer.
func boundsOf(view *coverage.View, layer Layer) orb.Bound {
	return reached(view.Bound(), layer.about().reach)
}

// reached returns a box grown by degrees of latitude and as many kilometres of longitude.
func reached(b orb.Bound, reach float64) orb.Bound {
	if b.IsEmpty() {
		return orb.Bound{Min: orb.Point{-180, -mapLatitude}, Max: orb.Point{180, mapLatitude}}
	}
	polar := min(max(math.Abs(b.Min[1]), math.Abs(b.Max[1]))+reach, 85)
	wide := reach / math.Cos(polar*math.Pi/180)
	round := func(degrees float64) float64 { return math.Round(degrees*1e6) / 1e6 }
	grown := orb.Bound{
		Min: orb.Point{round(b.Min[0] - wide), max(round(b.Min[1]-reach), -mapLatitude)},
		Max: orb.Point{round(b.Max[0] + wide), min(round(b.Max[1]+reach), mapLatitude)},
	}
	if grown.Min[0] < -180 || grown.Max[0] > 180 { // beyond the antimeridian is the other end
		grown.Min[0], grown.Max[0] = -180, 180
	}
	return grown
}

// mapLatitude is maxLatitude as documents write it.
const mapLatitude = 85.051129

// A Range is the tiles of a zoom that a box touches: columns and rows, both ends included.
type Range struct{ MinX, MinY, MaxX, MaxY int }

// RangeOf returns the tiles of a zoom that a box touches.
func RangeOf(b orb.Bound, z int) Range {
	last := 1<<z - 1
	shift := mvt.WorldBits - z
	nw, se := mvt.Project(orb.Point{b.Min[0], b.Max[1]}), mvt.Project(orb.Point{b.Max[0], b.Min[1]})
	r := Range{int(nw.X >> shift), int(nw.Y >> shift), int(se.X >> shift), int(se.Y >> shift)}
	if b.Max[0] >= 180 {
		r.MaxX = last // its vertex is that of -180
	}
	return r
}

// within reports which parameter of a tile's address is out of a box, nil where none is.
func within(b orb.Bound, z, x, y int) error {
	r := RangeOf(b, z)
	if x < r.MinX || x > r.MaxX {
		return noTile("x", problem.TileEmpty(x, r.MinX, r.MaxX, z))
	}
	if y < r.MinY || y > r.MaxY {
		return noTile("y", problem.TileEmpty(y, r.MinY, r.MaxY, z))
	}
	return nil
}
