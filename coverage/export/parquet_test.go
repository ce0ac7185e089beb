package export

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"runtime/debug"
	"slices"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"

	"tungnha/coverage"
	"tungnha/coverage/internal/fixture"
	"tungnha/data"
)

// crowd is a source of so many households, strewn over two communes in no order.
type crowd struct {
	*fixture.Memory
	households int
}

func (c crowd) Read(ctx context.Context, sink data.RecordHandler) (int64, error) {
	plain, left := sink.Household, c.households
	sink.Household = func(first *data.Household) error {
		random := rand.New(rand.NewPCG(1, 2))
		for i := range left {
			h := data.Household{ID: fmt.Sprintf("c%06d", i), HamletCode: "00001001",
				Point: orb.Point{108 + 0.2*random.Float64(), 16 + 0.1*random.Float64()}}
			if err := plain(&h); err != nil {
				return err
			}
		}
		left = 0
		return plain(first)
	}
	return c.Memory.Read(ctx, sink)
}

func buildCrowd(t *testing.T, households int) *coverage.Index {
	t.Helper()
	ix, err := coverage.Build(t.Context(), crowd{fixture.TwoCommunes(), households}, fixture.Config())
	if err != nil {
		t.Fatal(err)
	}
	return ix
}

// leaf returns the number of a column by its path.
func leaf(t *testing.T, f *parquet.File, path ...string) int {
	t.Helper()
	at := slices.IndexFunc(f.Schema().Columns(), func(p []string) bool { return slices.Equal(p, path) })
	if at < 0 {
		t.Fatalf("no column %v", path)
	}
	return at
}

// The metadata are as GeoParquet 1.1 requires, the columns in their order, the geometries WKB
// within their bbox.
func TestGeoParquet(t *testing.T) {
	file := write(t, build(t).For(coverage.Operator), Request{Layer: Areas, Query: window}, Parquet)
	f, err := parquet.OpenFile(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	about, _ := f.Lookup("geo")
	var g geoMetadata
	if err := json.Unmarshal([]byte(about), &g); err != nil {
		t.Fatal(err)
	}
	c := g.Columns[g.Primary]
	if g.Version != "1.1.0" || c.Encoding != "WKB" || !slices.Equal(c.Types, []string{"MultiPolygon"}) ||
		c.Orientation != "counterclockwise" ||
		len(c.BBox) != 4 || !slices.Equal(c.Covering["bbox"]["ymax"], []string{"bbox", "ymax"}) {
		t.Errorf("%s", about)
	}
	if first := f.Schema().Fields()[0]; first.Name() != "code" {
		t.Errorf("the first column is %s", first.Name())
	}
	shape, xmin := leaf(t, f, "geometry"), leaf(t, f, "bbox", "xmin")
	for _, chunk := range f.Metadata().RowGroups[0].Columns {
		if chunk.MetaData.Codec.String() != "ZSTD" {
			t.Errorf("%v is packed by %v", chunk.MetaData.PathInSchema, chunk.MetaData.Codec)
		}
	}
	rows := f.RowGroups()[0].Rows()
	defer rows.Close()
	buffer := make([]parquet.Row, 10)
	n, err := rows.ReadRows(buffer)
	if n != 3 || err != nil && err != io.EOF {
		t.Fatalf("%d rows, error %v", n, err)
	}
	for _, row := range buffer[:n] {
		var g orb.Geometry
		var least float64
		for _, v := range row {
			switch v.Column() {
			case shape:
				if g, err = wkb.Unmarshal(v.ByteArray()); err != nil {
					t.Fatal(err)
				}
			case xmin:
				least = v.Double()
			}
		}
		area, ok := g.(orb.MultiPolygon)
		if !ok || area[0][0].Orientation() != orb.CCW || area.Bound().Min[0] != least {
			t.Errorf("%v from %v", g, least)
		}
	}
}

// A reader who looks for a small window can skip most row groups by the bounds of the bbox.
func TestParquetRowGroupsAreLocal(t *testing.T) {
	file := write(t, buildCrowd(t, 16*groupRows).For(coverage.Operator), Request{Layer: Households, Query: window},
		Parquet)
	f, err := parquet.OpenFile(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	within := orb.Bound{Min: orb.Point{108.05, 16.05}, Max: orb.Point{108.06, 16.06}}
	groups, met, found := 0, 0, 0
	for _, group := range f.RowGroups() {
		groups++
		bounds := make(map[string][2]float64)
		for _, name := range bboxMembers {
			chunk := group.ColumnChunks()[leaf(t, f, "bbox", name)].(*parquet.FileColumnChunk)
			least, most, ok := chunk.Bounds()
			if !ok {
				t.Fatalf("row group %d: no bounds of %s", groups, name)
			}
			bounds[name] = [2]float64{least.Double(), most.Double()}
		}
		meets := bounds["xmin"][0] <= within.Max[0] && bounds["xmax"][1] >= within.Min[0] &&
			bounds["ymin"][0] <= within.Max[1] && bounds["ymax"][1] >= within.Min[1]
		if meets {
			met++
		}
		if n := rowsWithin(t, f, group, within); n > 0 && !meets {
			t.Errorf("row group %d has %d households that its bounds %v deny", groups, n, bounds)
		} else {
			found += n
		}
	}
	if groups != 17 || met*2 > groups || found == 0 {
		t.Errorf("%d of %d row groups meet a window of half a hundredth of the ground, with %d households", met, groups,
			found)
	}
}

func rowsWithin(t *testing.T, f *parquet.File, group parquet.RowGroup, within orb.Bound) (n int) {
	t.Helper()
	x, y := leaf(t, f, "bbox", "xmin"), leaf(t, f, "bbox", "ymin")
	rows := group.Rows()
	defer rows.Close()
	buffer := make([]parquet.Row, 512)
	for {
		got, err := rows.ReadRows(buffer)
		for _, row := range buffer[:got] {
			var p orb.Point
			for _, v := range row {
				switch v.Column() {
				case x:
					p[0] = v.Double()
				case y:
					p[1] = v.Double()
				}
			}
			if within.Contains(p) {
				n++
			}
		}
		if err == io.EOF {
			return n
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// The memory that a file takes to be written does not grow with its rows.
func TestWriteInBoundedMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("writes many rows in every format")
	}
	defer debug.SetGCPercent(debug.SetGCPercent(20)) // so that what is measured lives, and is not garbage
	few, many := buildCrowd(t, 40_000), buildCrowd(t, 240_000)
	const growth = 24 << 20 // the rows alone are 62 MB more of GeoJSON
	for _, format := range Formats {
		small, large := peakOf(t, few, format), peakOf(t, many, format)
		for range 3 { // garbage that was not collected yet only ever adds to a peak
			if large-small > growth {
				large = min(large, peakOf(t, many, format))
			}
		}
		t.Logf("%s: %d MB for 40,000 rows, %d MB for 240,000", format, small>>20, large>>20)
		if large-small > growth {
			t.Errorf("%s: %d MB for 40,000 rows, but %d MB for 240,000", format, small>>20, large>>20)
		}
	}
}

// peakOf returns the most that the heap grows by while the households are written.
func peakOf(t *testing.T, ix *coverage.Index, format Format) int64 {
	t.Helper()
	table, err := NewTable(t.Context(), ix.For(coverage.Operator), Request{Layer: Households, Query: window})
	if err != nil {
		t.Fatal(err)
	}
	runtime.GC()
	var before runtime.MemStats
	runtime.ReadMemStats(&before)
	peak, done := make(chan uint64), make(chan struct{})
	go func() {
		most := before.HeapAlloc
		for {
			select {
			case <-done:
				peak <- most
				return
			case <-time.After(5 * time.Millisecond):
				var now runtime.MemStats
				runtime.ReadMemStats(&now)
				most = max(most, now.HeapAlloc)
			}
		}
	}()
	err = table.Write(t.Context(), io.Discard, format)
	close(done)
	grown := int64(<-peak) - int64(before.HeapAlloc)
	if err != nil {
		t.Fatal(err)
	}
	return grown
}
