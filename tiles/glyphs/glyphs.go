// Package glyphs serves the letters of map labels as MapLibre's clients request them: ranges
// of 256 characters of a face, each drawn as a signed distance field.
package glyphs

import (
	"embed"
	"encoding/binary"
	"fmt"
	"image"
	"image/draw"
	"math"
	"strings"
	"sync"

	"golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/vector"
)

// The faces, Be Vietnam Pro under the SIL Open Font License. Three files contain a face: the
// letters of most languages in Latin script, and all of Vietnamese.
const (
	Regular  = "Be Vietnam Pro Regular"
	SemiBold = "Be Vietnam Pro SemiBold"
)

//go:embed fonts/*.woff
var files embed.FS

var faces = []*face{{name: Regular, weight: 400}, {name: SemiBold, weight: 600}}

// A face is read when it is first requested, and each of its ranges drawn then.
type face struct {
	name   string
	weight int
	read   sync.Once
	fonts  []*sfnt.Font
	err    error
	ranges [256]struct {
		once sync.Once
		body []byte
		err  error
	}
}

// Range returns the glyphs of the characters from first on, 256 of them, of the first face
// in the stack that there is: a list of names with commas between. ok is false where there
// is none, or no such range. The bytes must not be changed.
func Range(stack string, first int) (body []byte, ok bool, err error) {
	if first < 0 || first%256 != 0 || first > 255*256 {
		return nil, false, nil
	}
	for name := range strings.SplitSeq(stack, ",") {
		for _, f := range faces {
			if strings.TrimSpace(name) != f.name {
				continue
			}
			r := &f.ranges[first/256]
			r.once.Do(func() { r.body, r.err = f.draw(rune(first)) })
			if r.err != nil {
				return nil, true, fmt.Errorf("glyphs %d to %d of %s: %w", first, first+255, f.name, r.err)
			}
			return r.body, true, nil
		}
	}
	return nil, false, nil
}

func (f *face) open() error {
	f.read.Do(func() {
		for _, subset := range []string{"latin", "vietnamese", "latin-ext"} {
			raw, err := files.ReadFile(fmt.Sprintf("fonts/be-vietnam-pro-%s-%d-normal.woff", subset, f.weight))
			if err == nil {
				raw, err = unpack(raw)
			}
			var parsed *sfnt.Font
			if err == nil {
				parsed, err = sfnt.Parse(raw)
			}
			if err != nil {
				f.err = fmt.Errorf("subset %s: %w", subset, err)
				return
			}
			f.fonts = append(f.fonts, parsed)
		}
	})
	return f.err
}

// What clients expect of a glyph: a letter of 24 pixels, 3 around it, distances up to 8
// pixels of which a quarter is inside. Its top is counted from 27 pixels above the baseline,
// as these clients do for letters that they draw themselves.
const (
	letter = 24
	border = 3
	radius = 8
	inside = 0.25
	ascent = 27
)

// draw makes the message of glyphs.proto for the characters from first on:
//
//	glyphs    1: fontstack
//	fontstack 1: name  2: range  3: glyph, repeated
//	glyph     1: id  2: bitmap  3: width  4: height  5: left (zigzag)  6: top (zigzag)  7: advance
func (f *face) draw(first rune) ([]byte, error) {
	if err := f.open(); err != nil {
		return nil, err
	}
	var stack []byte
	stack = appendText(stack, 1, f.name)
	stack = appendText(stack, 2, fmt.Sprintf("%d-%d", first, first+255))
	var buffer sfnt.Buffer
	for r := first; r < first+256; r++ {
		for _, from := range f.fonts {
			index, err := from.GlyphIndex(&buffer, r)
			if err != nil {
				return nil, fmt.Errorf("character %U: %w", r, err)
			}
			if index == 0 {
				continue
			}
			glyph, err := drawGlyph(from, &buffer, r, index)
			if err != nil {
				return nil, fmt.Errorf("character %U: %w", r, err)
			}
			stack = appendBytes(stack, 3, glyph)
			break
		}
	}
	return appendBytes(nil, 1, stack), nil
}

func drawGlyph(from *sfnt.Font, buffer *sfnt.Buffer, r rune, index sfnt.GlyphIndex) ([]byte, error) {
	size := fixed.I(letter)
	advance, err := from.GlyphAdvance(buffer, index, size, font.HintingNone)
	if err != nil {
		return nil, err
	}
	segments, err := from.LoadGlyph(buffer, index, size, nil)
	if err != nil {
		return nil, err
	}
	bounds := segments.Bounds()
	left, top := bounds.Min.X.Floor(), bounds.Min.Y.Floor() // y grows downward
	width, height := bounds.Max.X.Ceil()-left, bounds.Max.Y.Ceil()-top
	if len(segments) == 0 {
		left, top, width, height = 0, 0, 0, 0
	}
	glyph := appendNumber(nil, 1, uint64(r))
	if width > 0 && height > 0 {
		glyph = appendBytes(glyph, 2, distances(rasterize(segments, left-border, top-border, width+2*border,
			height+2*border)))
	}
	glyph = appendNumber(glyph, 3, uint64(width))
	glyph = appendNumber(glyph, 4, uint64(height))
	glyph = appendNumber(glyph, 5, zigzag(left))
	glyph = appendNumber(glyph, 6, zigzag(-top-ascent))
	return appendNumber(glyph, 7, uint64(advance.Round())), nil
}

// rasterize paints an outline on a canvas whose corner is at left and top: how much of each
// pixel it covers.
func rasterize(segments sfnt.Segments, left, top, width, height int) *image.Alpha {
	canvas := vector.NewRasterizer(width, height)
	canvas.DrawOp = draw.Src
	Trace(canvas, segments, -left, -top)
	painted := image.NewAlpha(image.Rect(0, 0, width, height))
	canvas.Draw(painted, painted.Bounds(), image.Opaque, image.Point{})
	return painted
}

// distances turns coverage into distances from the outline. A pixel that is covered in part
// is as far from it as the part is from a half.
func distances(painted *image.Alpha) []byte {
	const far = 1e20
	width, height := painted.Rect.Dx(), painted.Rect.Dy()
	out, in := make([]float64, width*height), make([]float64, width*height)
	for i, a := range painted.Pix {
		d := 0.5 - float64(a)/255
		switch a {
		case 0:
			out[i] = far
		case 255:
			in[i] = far
		default:
			out[i], in[i] = square(max(0, d)), square(max(0, -d))
		}
	}
	nearest(out, width, height)
	nearest(in, width, height)
	field := make([]byte, len(out))
	for i := range field {
		d := math.Sqrt(out[i]) - math.Sqrt(in[i])
		field[i] = byte(math.Round(min(max(255-255*(d/radius+inside), 0), 255)))
	}
	return field
}

func square(x float64) float64 { return x * x }

// nearest replaces each value of a grid by the least of all values, each grown by the square
// of how far off it is: along columns, then along rows.
func nearest(grid []float64, width, height int) {
	line := make([]float64, max(width, height))
	pass := func(start, step, n int) {
		for i := range n {
			line[i] = grid[start+i*step]
		}
		for i := range n {
			least := line[i]
			for j := range n {
				least = min(least, line[j]+square(float64(i-j)))
			}
			grid[start+i*step] = least
		}
	}
	for x := range width {
		pass(x, width, height)
	}
	for y := range height {
		pass(y*width, 1, width)
	}
}

func appendNumber(b []byte, field int, n uint64) []byte {
	return binary.AppendUvarint(append(b, byte(field<<3)), n)
}

func appendBytes(b []byte, field int, body []byte) []byte {
	return append(binary.AppendUvarint(append(b, byte(field<<3|2)), uint64(len(body))), body...)
}

func appendText(b []byte, field int, text string) []byte { return appendBytes(b, field, []byte(text)) }

// zigzag makes a number of either sign one that is short where it is small.
func zigzag(n int) uint64 { return uint64(uint32(n<<1) ^ uint32(n>>31)) }
