package tiles

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/paulmach/orb"
	orbmvt "github.com/paulmach/orb/encoding/mvt"
	"github.com/paulmach/orb/geojson"
	"github.com/paulmach/orb/maptile"

	"tungnha/coverage"
	"tungnha/coverage/rules"
	"tungnha/geo"
	"tungnha/tiles/mvt"
	"tungnha/tiles/outline"
)

// hexagons makes a result of about 2,000 cells around the middle of a tile, each with
// counts of its own.
func hexagons(tb testing.TB) (result *coverage.Result, g *outline.CellGrid, tile maptile.Tile) {
	tb.Helper()
	const resolution = 9
	center := orb.Point{108.2, 16.05}
	tile = maptile.At(center, 11)
	middle, err := geo.CellAt(tile.Center(), resolution)
	if err != nil {
		tb.Fatal(err)
	}
	disk, err := middle.Disk(25) // 1,951 cells
	if err != nil {
		tb.Fatal(err)
	}
	random := rand.New(rand.NewPCG(9, 9))
	result = &coverage.Result{Config: rules.DefaultConfig(),
		Query: coverage.Query{To: mustDay("2026-08-01"), Resolution: resolution}}
	for _, c := range disk {
		row := coverage.Row{Cell: c}
		row.Households = random.Uint32N(300) + 1
		row.Attempted = random.Uint32N(row.Households + 1)
		row.Contacted = random.Uint32N(row.Attempted + 1)
		row.Reached = random.Uint32N(row.Contacted + 1)
		row.Visits = row.Attempted + random.Uint32N(50)
		row.LastVisit = result.Query.To - 10
		for s := range result.Config.Skills {
			row.Assessed[s] = random.Uint32N(row.Reached + 1)
			row.Shown[s] = random.Uint32N(row.Assessed[s] + 1)
		}
		result.Rows = append(result.Rows, row)
	}
	sortRows(result.Rows)
	cells := cellsOf(result, result.Query.Resolution)
	if g, err = outline.NewCellGrid(cells, int(tile.Z), nil); err != nil {
		tb.Fatal(err)
	}
	return result, g, tile
}

func sortRows(rows []coverage.Row) {
	for i := 1; i < len(rows); i++ { // they come nearly in order
		for j := i; j > 0 && rows[j].Cell < rows[j-1].Cell; j-- {
			rows[j], rows[j-1] = rows[j-1], rows[j]
		}
	}
}

func BenchmarkHexagons(b *testing.B) {
	result, g, tile := hexagons(b)
	d := tileEncoder{keys: names(Cells.fields(result.Config.Skills, variant{}))}
	size := 0
	for b.Loop() {
		f := mvt.NewTransform(int(tile.Z), int(tile.X), int(tile.Y))
		d.mvt.Reset()
		d.cells(&f, result, nil, g, nil)
		size = len(d.mvt.Bytes())
	}
	b.ReportMetric(float64(len(result.Rows)), "cells")
	b.ReportMetric(float64(size), "B/tile")
}

// readyHexagon is what is to be written of one cell once all is known.
type readyHexagon struct {
	id        uint64
	ring      []mvt.Point
	tags      []tagged
	ringBytes []byte // the same, written
	tagBytes  []byte
}

type tagged struct {
	key   int
	value uint32
}

// readyHexagons takes the tile of hexagons apart: the cells, and the values of the layer.
func readyHexagons(tb testing.TB) (cells []readyHexagon, values, tile []byte, keys []string) {
	result, g, at := hexagons(tb)
	d := tileEncoder{keys: names(Cells.fields(result.Config.Skills, variant{}))}
	f := mvt.NewTransform(int(at.Z), int(at.X), int(at.Y))
	d.cells(&f, result, nil, g, nil)
	tile = d.mvt.Bytes()
	layers, err := readTile(tile, buffers)
	if err != nil {
		tb.Fatal(err)
	}
	var w mvt.Encoder
	for _, read := range layers[0].features {
		c := readyHexagon{id: read.id, ring: read.rings[0]}
		w.Drop()
		w.Ring(c.ring)
		c.ringBytes = bytes.Clone(w.Geometry)
		for i := 0; i < len(read.tags); i += 2 {
			c.tags = append(c.tags, tagged{int(read.tags[i]), uint32(read.tags[i+1])})
			w.Tag(int(read.tags[i]), uint32(read.tags[i+1]))
		}
		c.tagBytes = bytes.Clone(w.Tags)
		cells = append(cells, c)
	}
	return cells, d.mvt.Values.Bytes, tile, d.keys
}

// BenchmarkHexagonsFloor is the writing of the same bytes alone: rings, properties and their
// values are all known. What drawing takes beyond it goes into finding cells, counts and
// values, and placing vertices.
func BenchmarkHexagonsFloor(b *testing.B) {
	cells, values, tile, keys := readyHexagons(b)
	var w mvt.Encoder
	measure := func(name string, feature func(*readyHexagon)) {
		b.Run(name, func(b *testing.B) {
			var got []byte
			for b.Loop() {
				w.Reset()
				w.Begin(Cells.name, keys)
				for i := range cells {
					feature(&cells[i])
				}
				w.Values.Bytes = append(w.Values.Bytes, values...)
				w.End()
				got = w.Bytes()
			}
			if !bytes.Equal(got, tile) {
				b.Fatal("these are other bytes")
			}
		})
	}
	measure("writing", func(c *readyHexagon) {
		w.Ring(c.ring)
		for _, t := range c.tags {
			w.Tag(t.key, t.value)
		}
		w.Feature(c.id, mvt.PolygonType)
	})
	measure("copying", func(c *readyHexagon) {
		w.Geometry = append(w.Geometry, c.ringBytes...)
		w.Tags = append(w.Tags, c.tagBytes...)
		w.Feature(c.id, mvt.PolygonType)
	})
}

// BenchmarkHexagonsOrb is the way that orb offers, from rows to bytes: features, projected,
// clipped, marshalled, with the same properties.
func BenchmarkHexagonsOrb(b *testing.B) {
	result, g, tile := hexagons(b)
	var d tileEncoder
	d.keys = names(Cells.fields(result.Config.Skills, variant{}))
	f := mvt.NewTransform(int(tile.Z), int(tile.X), int(tile.Y))
	d.cells(&f, result, nil, g, nil)
	layers, err := readTile(d.mvt.Bytes(), buffers)
	if err != nil {
		b.Fatal(err)
	}
	outlines := make(map[string]orb.Ring)
	for _, c := range g.Cells {
		if outlines[c.String()], err = c.Boundary(); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		fc := geojson.NewFeatureCollection()
		for _, feature := range layers[0].features {
			ring := outlines[feature.props["h3"].(string)]
			gf := geojson.NewFeature(orb.Polygon{ring.Clone()})
			gf.ID = feature.id
			for k, v := range feature.props {
				gf.Properties[k] = v
			}
			fc.Append(gf)
		}
		l := orbmvt.NewLayer("cells", fc)
		l.Version = 2
		l.ProjectToTile(tile)
		l.Clip(orbmvt.MapboxGLDefaultExtentBound)
		if _, err := orbmvt.Marshal(orbmvt.Layers{l}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncodings(b *testing.B) {
	result, g, tile := hexagons(b)
	d := tileEncoder{keys: names(Cells.fields(result.Config.Skills, variant{}))}
	f := mvt.NewTransform(int(tile.Z), int(tile.X), int(tile.Y))
	d.cells(&f, result, nil, g, nil)
	raw := d.mvt.Bytes()
	for e := Gzip; e < numEncodings; e++ {
		b.Run(e.String(), func(b *testing.B) {
			size := 0
			for b.Loop() {
				body, err := compress(raw, e)
				if err != nil {
					b.Fatal(err)
				}
				size = len(body)
			}
			b.ReportMetric(float64(size), "B/tile")
		})
	}
}

func BenchmarkCachedTile(b *testing.B) {
	ix := newIndex(b, newProgramme(41, 4000))
	s := New(Config{})
	at := maptile.At(land.Center(), 10)
	for b.Loop() {
		tile, err := s.Tile(b.Context(), ix.For(coverage.Operator), Cells, 10, int(at.X), int(at.Y), window)
		if err != nil {
			b.Fatal(err)
		}
		if _, _, err := tile.Encoded(Gzip); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAreas(b *testing.B) {
	ix := newIndex(b, newProgramme(42, 4000))
	s := New(Config{})
	for _, z := range []int{6, 9, 12} {
		b.Run(fmt.Sprint("zoom", z), func(b *testing.B) {
			at := maptile.At(land.Center(), maptile.Zoom(z))
			for b.Loop() {
				s.cache.DeleteFunc(func(key) bool { return true })
				if _, err := s.Tile(b.Context(), ix.For(coverage.Operator), Areas, z, int(at.X), int(at.Y),
					window); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
