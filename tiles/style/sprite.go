package style

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"sync"

	"tungnha/geo"
)

// A spriteImage is painted place by place. Sizes are in CSS pixels.
type spritePicture struct {
	name  string
	size  int
	paint func(x, y float64) color.NRGBA // transparent where nothing is
}

// symbolSize is the side of a flag's symbol, its rim included; patternSize that of the
// square in which a pattern repeats.
const (
	symbolSize  = 24
	patternSize = 12
)

type sprite struct {
	png, index []byte
	err        error
}

var sprites = [2]func() sprite{
	sync.OnceValue(func() sprite { return drawSprite(1) }),
	sync.OnceValue(func() sprite { return drawSprite(2) }),
}

// Sprite returns the image of the style's symbols and patterns, and the JSON that lists
// where each of them is, at a scale of 1 or 2 (for @2x). It is drawn once.
func Sprite(scale int) (image, index []byte, err error) {
	if scale != 1 && scale != 2 {
		return nil, nil, fmt.Errorf("sprite at scale %d: want 1 or 2", scale)
	}
	s := sprites[scale-1]()
	return s.png, s.index, s.err
}

// spriteImages lists what the sprite contains. Flags differ by shape first, then by colour.
func spriteImages() []spritePicture {
	var images []spritePicture
	for _, s := range symbols {
		images = append(images, spritePicture{"flag-" + s.flag, symbolSize, s.paint()})
	}
	ground, bare := parseColour("#f1eee7"), color.NRGBA{}
	return append(images,
		spritePicture{"pattern-no-data", patternSize, hatch(-1, 1, parseColour("#b9b1a2"), ground)},
		spritePicture{"pattern-too-few", patternSize, dots(1.1, parseColour("#8d8779"), ground)},
		spritePicture{"pattern-suppressed", patternSize, crosses(parseColour("#a59e8d"), parseColour("#e9e4d9"))},
		spritePicture{"pattern-no-team", patternSize, hatch(1, 1.7, parseColour("#b3271e"), bare)},
	)
}

// drawSprite lays the images side by side.
func drawSprite(scale int) sprite {
	type place struct {
		Width      int `json:"width"`
		Height     int `json:"height"`
		X          int `json:"x"`
		Y          int `json:"y"`
		PixelRatio int `json:"pixelRatio"`
	}
	images := spriteImages()
	width := 0
	for _, i := range images {
		width += i.size * scale
	}
	sheet := image.NewNRGBA(image.Rect(0, 0, width, symbolSize*scale))
	places := make(map[string]place)
	left := 0
	for _, i := range images {
		side := i.size * scale
		for y := range side {
			for x := range side {
				sheet.SetNRGBA(left+x, y, i.sample(x, y, scale))
			}
		}
		places[i.name] = place{side, side, left, 0, scale}
		left += side
	}
	var out bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	if err := encoder.Encode(&out, sheet); err != nil {
		return sprite{err: fmt.Errorf("sprite: %w", err)}
	}
	index, err := json.Marshal(places)
	return sprite{out.Bytes(), index, err}
}

// sample returns the colour of one pixel: the mean of 8 × 8 places in it, so that edges
// are smooth.
func (i *spritePicture) sample(x, y, scale int) color.NRGBA {
	const n = 8
	var r, g, b, a float64
	for dy := range n {
		for dx := range n {
			c := i.paint((float64(x)+(float64(dx)+0.5)/n)/float64(scale),
				(float64(y)+(float64(dy)+0.5)/n)/float64(scale))
			alpha := float64(c.A)
			r += float64(c.R) * alpha
			g += float64(c.G) * alpha
			b += float64(c.B) * alpha
			a += alpha
		}
	}
	if a == 0 {
		return color.NRGBA{}
	}
	return color.NRGBA{uint8(r/a + 0.5), uint8(g/a + 0.5), uint8(b/a + 0.5), uint8(a/(n*n) + 0.5)}
}

// An outline is the corners of a polygon.
type outline [][2]float64

func rectangle(x0, y0, x1, y1 float64) outline {
	return outline{{x0, y0}, {x1, y0}, {x1, y1}, {x0, y1}}
}

// A symbol is the shape of a flag, in a square of 24: a body in its colour with white marks
// on it. Where the body has no corners it is a disc whose upper half is empty.
type symbol struct {
	flag   string
	colour string
	body   outline
	marks  []outline
}

// symbols are the shapes by which flags are distinguished, here and on the web page.
var symbols = []symbol{
	// nobody works here: an octagon, crossed through
	{"no_team", "#b3271e", outline{{8, 2}, {16, 2}, {22, 8}, {22, 16}, {16, 22}, {8, 22}, {2, 16}, {2, 8}},
		[]outline{{{7.6, 5.8}, {18.2, 16.4}, {16.3, 18.3}, {5.7, 7.7}}}},
	// nobody came: a triangle with a bar and a dot
	{"unvisited", "#8f1d5c", outline{{12, 1.5}, {23.2, 21.5}, {0.8, 21.5}},
		[]outline{rectangle(10.7, 8.5, 13.3, 15), rectangle(10.7, 16.6, 13.3, 19.2)}},
	// hardly anybody came: a diamond, its upper part empty
	{"barely_visited", "#8a4b00", outline{{12, 1}, {23, 12}, {12, 23}, {1, 12}},
		[]outline{{{12, 4.6}, {19.4, 12}, {4.6, 12}}}},
	// few can do it: an arrow down
	{"low_uptake", "#5a2a86", outline{{7.5, 2}, {16.5, 2}, {16.5, 11.5}, {23, 11.5}, {12, 22.5}, {1, 11.5},
		{7.5, 11.5}},
		[]outline{rectangle(10.8, 5, 13.2, 14)}},
	// nobody came for long: an hourglass
	{"stale", "#4d5358", outline{{3, 1.5}, {21, 1.5}, {21, 5.5}, {15, 12}, {21, 18.5}, {21, 22.5}, {3, 22.5}, {3, 18.5},
		{9, 12}, {3, 5.5}},
		[]outline{{{7, 4.2}, {17, 4.2}, {17, 5.2}, {12, 10.5}, {7, 5.2}}}},
	// less than half reached: a disc, its upper half empty
	{"low_coverage", "#3b4a66", nil, nil},
	// the register does not agree: a square with a not-equal sign
	{"registry_gap", "#1f5b57", rectangle(2, 2, 22, 22),
		[]outline{rectangle(5.5, 8, 18.5, 10.4), rectangle(5.5, 13.6, 18.5, 16),
			{{14.5, 4.5}, {16.7, 5.4}, {9.5, 19.5}, {7.3, 18.6}}}},
}

// SignedFlags lists the flags that have a symbol, in the order of the sprite. Flag "x" is the image "flag-x".
func SignedFlags() []string {
	flags := make([]string, len(symbols))
	for i, s := range symbols {
		flags[i] = s.flag
	}
	return flags
}

// paint returns what colour a place of the symbol has. It is drawn a little smaller than
// its square, which leaves room for a white rim that lifts it off any ground.
func (s *symbol) paint() func(x, y float64) color.NRGBA {
	const scale, rim = 1.17, 1.9
	body, white := parseColour(s.colour), color.NRGBA{255, 255, 255, 255}
	return func(x, y float64) color.NRGBA {
		x, y = 12+(x-12)*scale, 12+(y-12)*scale
		d := s.distance(x, y)
		switch {
		case d > rim:
			return color.NRGBA{}
		case d > 0 || s.marked(x, y):
			return white
		}
		return body
	}
}

// distance is how far a place is outside the body; 0 and less is inside.
func (s *symbol) distance(x, y float64) float64 {
	if s.body == nil {
		return math.Hypot(x-12, y-12) - 10.5
	}
	return s.body.distance(x, y)
}

func (s *symbol) marked(x, y float64) bool {
	if s.body == nil {
		return y < 12 && math.Hypot(x-12, y-12) < 7.2
	}
	for _, m := range s.marks {
		if m.distance(x, y) <= 0 {
			return true
		}
	}
	return false
}

// distance is how far a place is from the polygon's edge, negative inside.
func (o outline) distance(x, y float64) float64 {
	inside := false
	least := math.Inf(1)
	b := o[len(o)-1]
	for _, a := range o {
		if (a[1] > y) != (b[1] > y) && x < (b[0]-a[0])*(y-a[1])/(b[1]-a[1])+a[0] {
			inside = !inside
		}
		least = min(least, geo.SegmentDistance2(x, y, a[0], a[1], b[0], b[1]))
		b = a
	}
	if inside {
		return -math.Sqrt(least)
	}
	return math.Sqrt(least)
}

// hatch paints lines at 45°: falling where the slope is 1, rising where it is -1.
func hatch(slope, width float64, ink, ground color.NRGBA) func(x, y float64) color.NRGBA {
	const spacing = patternSize / 2 // along an axis; it divides the square, so no seam shows
	return func(x, y float64) color.NRGBA {
		d := math.Mod(x-slope*y+4*patternSize, spacing)
		if min(d, spacing-d)/math.Sqrt2 < width/2 {
			return ink
		}
		return ground
	}
}

// dots paints two dots a square.
func dots(radius float64, ink, ground color.NRGBA) func(x, y float64) color.NRGBA {
	return func(x, y float64) color.NRGBA {
		if math.Hypot(x-3, y-3) < radius || math.Hypot(x-9, y-9) < radius {
			return ink
		}
		return ground
	}
}

// crosses paints one small cross a square.
func crosses(ink, ground color.NRGBA) func(x, y float64) color.NRGBA {
	return func(x, y float64) color.NRGBA {
		dx, dy := math.Abs(x-6), math.Abs(y-6)
		if dx < 2.6 && dy < 0.6 || dy < 2.6 && dx < 0.6 {
			return ink
		}
		return ground
	}
}
