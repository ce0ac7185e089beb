package svgmap

import (
	"bytes"
	"image"
	"image/png"
	"testing"

	"github.com/paulmach/orb"
)

func square(west, south, east, north float64) orb.MultiPolygon {
	return orb.MultiPolygon{{{{west, south}, {east, south}, {east, north}, {west, north}, {west, south}}}}
}

func TestNew(t *testing.T) {
	commune := square(108, 15.9, 108.3, 16.2)
	for _, c := range []struct {
		name    string
		commune orb.MultiPolygon
		hamlets []Outline
		shapes  int
		height  int // 0: whatever comes
	}{
		{"of the hamlets, not of all the land around them", commune,
			[]Outline{{"a", "A", square(108.1, 16, 108.12, 16.02)}, {"b", "B", square(108.12, 16, 108.14, 16.02)},
				{"c", "C", nil}}, 2, 534},
		{"of the commune where no hamlet has an outline", commune, []Outline{{"c", "C", nil}}, 0, 0},
		{"of hamlets without a commune's outline", nil, []Outline{{"a", "A", square(108.1, 16, 108.12, 16.02)}}, 1, 0},
		{"of one that is a thousand times as high as wide", nil, []Outline{{"a", "A", square(108, 15, 108.001, 16)}}, 1,
			1292},
		{"of one that is a point", nil, []Outline{{"a", "A", square(108, 16, 108, 16)}}, 0, 0},
	} {
		s := New(c.commune, c.hamlets)
		if s == nil {
			t.Fatalf("%s: no map", c.name)
		}
		if len(s.Shapes) != c.shapes {
			t.Errorf("%s: %d shapes, want %d", c.name, len(s.Shapes), c.shapes)
		}
		if c.height != 0 && (s.Height < c.height-8 || s.Height > c.height+8) {
			t.Errorf("%s: %d high, want about %d", c.name, s.Height, c.height)
		}
		for _, shape := range s.Shapes {
			for _, ring := range shape.rings {
				for _, p := range ring {
					if p.x < 0 || p.x > s.Width || p.y < 0 || p.y > s.Height {
						t.Errorf("%s: %s leaves the map at %v", c.name, shape.Code, p)
					}
				}
			}
		}
	}
	if s := New(nil, []Outline{{"a", "A", nil}}); s != nil {
		t.Errorf("without any outline: got %+v", s)
	}
}

func TestPath(t *testing.T) {
	s := New(nil, []Outline{{"a", "A", square(0, 0, 1, 1)}})
	if got, want := s.Shapes[0].Path, "M14 986l972 0 0-972-972 0z"; got != want {
		t.Errorf("path: got %q, want %q", got, want)
	}
	if got := s.Shapes[0].At; got != [2]int{500, 500} {
		t.Errorf("middle: got %v", got)
	}
}

// TestSmall checks that a hamlet along a road is seen, and filled throughout where its sign is
// upon it: nothing cancels out.
func TestSmall(t *testing.T) {
	s := New(nil, []Outline{{"road", "Road", square(108, 16, 108.05, 16.0005)},
		{"far", "Far", square(108, 16.2, 108.2, 16.4)}})
	road, far := s.Shapes[0], s.Shapes[1]
	if len(road.rings) != 2 || len(far.rings) != 1 {
		t.Fatalf("got %d and %d rings, want a sign on the first alone", len(road.rings), len(far.rings))
	}
	area := func(r ring) (twice int) {
		for i := 1; i < len(r); i++ {
			twice += r[i-1].x*r[i].y - r[i].x*r[i-1].y
		}
		return twice
	}
	if a, b := area(road.rings[0]), area(road.rings[1]); (a > 0) != (b > 0) {
		t.Errorf("the sign is wound the other way: %d and %d", a, b)
	}
}

// TestCard looks at pixels: a picture whose parts are missing is still a picture.
func TestCard(t *testing.T) {
	s := New(square(108, 16, 108.1, 16.1), []Outline{{"a", "A", square(108, 16, 108.05, 16.1)},
		{"b", "B", square(108.05, 16, 108.1, 16.1)}})
	card := &Card{Brand: "Từng Nhà", Title: "Phường Hoà Xuân", Subtitle: "01/01/2026 – 31/03/2026", Figure: "50,0 %",
		Words: []string{"1 trên 2 hộ"},
		Share: 0.5, Tally: []Count{{Unvisited, "1 thôn chưa ai đến"}}, States: map[string]State{"a": Unvisited}}
	body, err := card.PNG(s)
	if err != nil {
		t.Fatal(err)
	}
	drawn, err := png.Decode(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if got := drawn.Bounds(); got != image.Rect(0, 0, 1200, 630) {
		t.Errorf("size: got %v", got)
	}
	count := func(in image.Rectangle) map[[3]uint8]int {
		seen := map[[3]uint8]int{}
		for y := in.Min.Y; y < in.Max.Y; y++ {
			for x := in.Min.X; x < in.Max.X; x++ {
				r, g, b, _ := drawn.At(x, y).RGBA()
				seen[[3]uint8{uint8(r >> 8), uint8(g >> 8), uint8(b >> 8)}]++
			}
		}
		return seen
	}
	rgb := func(s State) [3]uint8 { return [3]uint8{hatches[s].ground.R, hatches[s].ground.G, hatches[s].ground.B} }
	left, right := count(image.Rect(700, 200, 910, 400)), count(image.Rect(930, 200, 1140, 400))
	if left[rgb(Unvisited)] < 20000 || right[rgb(Unvisited)] != 0 || right[rgb(Going)] < 20000 {
		t.Errorf("hamlets: left %d dark, right %d dark and %d light", left[rgb(Unvisited)], right[rgb(Unvisited)],
			right[rgb(Going)])
	}
	for name, place := range map[string]image.Rectangle{"title": image.Rect(64, 130, 640, 200),
		"figure": image.Rect(64, 270, 380, 350), "tally": image.Rect(130, 416, 640, 450)} {
		if dark := len(count(place)); dark < 10 { // letters have smooth edges
			t.Errorf("%s: %d colours, want letters", name, dark)
		}
	}
	again, err := card.PNG(s)
	if err != nil || !bytes.Equal(body, again) {
		t.Errorf("the same card: other bytes, error %v", err)
	}
	long := &Card{Title: "Phường có một cái tên dài đến nỗi không vừa vào một dòng nào cả của bức ảnh này", Share: -1}
	if body, err = long.PNG(nil); err != nil {
		t.Fatal(err)
	}
	if drawn, err = png.Decode(bytes.NewReader(body)); err != nil {
		t.Fatal(err)
	}
	if seen := count(image.Rect(642, 100, 678, 240)); len(seen) != 1 {
		t.Errorf("a long title runs into the map: %d colours beside it", len(seen))
	}
}

func BenchmarkCard(b *testing.B) {
	s := New(square(108, 16, 108.1, 16.1), []Outline{{"a", "A", square(108, 16, 108.05, 16.1)}})
	card := &Card{Brand: "Từng Nhà", Title: "Phường Hoà Xuân", Figure: "50,0 %", Share: 0.5}
	for b.Loop() {
		if _, err := card.PNG(s); err != nil {
			b.Fatal(err)
		}
	}
}
