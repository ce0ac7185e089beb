package svgmap

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"math"

	"golang.org/x/image/math/fixed"
	"golang.org/x/image/vector"

	"tungnha/tiles/glyphs"
)

// State is what a hamlet is foremost, in the order in which somebody should go there.
type State int

const (
	Unvisited State = iota
	BarelyVisited
	NoTeam
	Stale
	Going // none of these
)

// Card is the content of the preview picture of a link.
type Card struct {
	Brand    string
	Title    string
	Subtitle string
	Figure   string   // the share that was reached, large
	Words    []string // what it is a share of, a line each
	Share    float64  // drawn as a bar; below 0: none is known
	Tally    []Count
	States   map[string]State // by the code of a hamlet; without one: Going
}

// Count is how many hamlets are in a state.
type Count struct {
	State State
	Words string
}

// Size of a card in pixels, as messengers recommend.
const (
	CardWidth  = 1200
	CardHeight = 630
)

var (
	paper  = color.RGBA{0xfb, 0xf8, 0xf1, 0xff}
	white  = color.RGBA{0xff, 0xff, 0xff, 0xff}
	ink    = color.RGBA{0x1c, 0x25, 0x40, 0xff}
	indigo = color.RGBA{0x22, 0x31, 0x5c, 0xff}
	brick  = color.RGBA{0xc2, 0x51, 0x2b, 0xff}
	muted  = color.RGBA{0x56, 0x5f, 0x73, 0xff}
	line   = color.RGBA{0xdd, 0xd6, 0xc6, 0xff}
	green  = color.RGBA{0x37, 0x9a, 0x9a, 0xff}
	land   = color.RGBA{0xf6, 0xf1, 0xe4, 0xff}
)

// PNG draws the card, with the map on its right. The same card gives the same bytes. s
// may be nil.
func (c *Card) PNG(s *Map) ([]byte, error) {
	p := &painter{canvas: image.NewRGBA(image.Rect(0, 0, CardWidth, CardHeight))}
	draw.Draw(p.canvas, p.canvas.Bounds(), image.NewUniform(paper), image.Point{}, draw.Src)
	const left, right, mapLeft = 64, 640, 680
	p.mark(left, 52)
	p.text(glyphs.SemiBold, 30, left+64, 88, 400, indigo, c.Brand)
	p.text(glyphs.SemiBold, 62, left, 186, right-left, indigo, c.Title)
	p.text(glyphs.Regular, 26, left, 228, right-left, muted, c.Subtitle)
	end := p.text(glyphs.SemiBold, 92, left, 344, 330, ink, c.Figure)
	for i, words := range c.Words {
		p.text(glyphs.Regular, 26, end+22, 304+34*i, right-end-22, ink, words)
	}
	if c.Share >= 0 {
		p.box(left, 372, right-left, 14, image.NewUniform(line))
		p.box(left, 372, int(math.Round(float64(right-left)*min(c.Share, 1))), 14, image.NewUniform(green))
	}
	for i, count := range c.Tally {
		y := 416 + 48*i
		p.box(left, y, 52, 32, image.NewUniform(ink))
		p.box(left+2, y+2, 48, 28, hatch(count.State))
		p.text(glyphs.SemiBold, 27, left+70, y+26, right-left-70, ink, count.Words)
	}
	p.box(mapLeft, 40, CardWidth-mapLeft-40, CardHeight-80, image.NewUniform(line))
	frame := image.Rect(mapLeft+2, 42, CardWidth-42, CardHeight-42)
	draw.Draw(p.canvas, frame, image.NewUniform(white), image.Point{}, draw.Src)
	if s != nil {
		p.drawMap(s, frame, c.States)
	}
	if p.err != nil {
		return nil, p.err
	}
	var b bytes.Buffer
	if err := png.Encode(&b, p.canvas); err != nil {
		return nil, fmt.Errorf("card %q: %w", c.Title, err)
	}
	return b.Bytes(), nil
}

// painter keeps the first error, so that a card reads from top to bottom.
type painter struct {
	canvas *image.RGBA
	err    error
}

func (p *painter) box(x, y, width, height int, fill image.Image) {
	draw.Draw(p.canvas, image.Rect(x, y, x+width, y+height), fill, image.Point{}, draw.Over)
}

// text writes a line from x on the baseline y, smaller where it would be wider than room, and
// returns where it ends.
func (p *painter) text(face string, size float64, x, y, room int, ink color.Color, text string) int {
	const smallest = 8
	if p.err != nil || text == "" {
		return x
	}
	outlines, width, err := glyphs.Line(face, fixed.Int26_6(size*64), text)
	if err != nil {
		p.err = fmt.Errorf("text %q: %w", text, err)
		return x
	}
	if width.Ceil() > room && size > smallest {
		return p.text(face, max(smallest, min(size-1, size*float64(room)/float64(width.Ceil()))), x, y, room, ink, text)
	}
	// The canvas is cut to the line: accents and tails reach less than its height above and below.
	cut := image.Rect(x-4, y-int(size*1.5), x+width.Ceil()+4, y+int(size*0.5))
	r := vector.NewRasterizer(cut.Dx(), cut.Dy())
	glyphs.Trace(r, outlines, x-cut.Min.X, y-cut.Min.Y)
	r.Draw(p.canvas, cut, image.NewUniform(ink), image.Point{})
	return x + width.Ceil()
}

// mark draws the hexagon with the house in it, 48 pixels high.
func (p *painter) mark(x, y int) {
	fill := func(ink color.Color, corners ...float32) {
		r := vector.NewRasterizer(48, 48)
		for i := 0; i < len(corners); i += 2 {
			cx, cy := corners[i]*1.5, corners[i+1]*1.5
			if i == 0 {
				r.MoveTo(cx, cy)
			} else {
				r.LineTo(cx, cy)
			}
		}
		r.ClosePath()
		r.Draw(p.canvas, image.Rect(x, y, x+48, y+48), image.NewUniform(ink), image.Point{})
	}
	fill(indigo, 16, 1.2, 29, 8.6, 29, 23.4, 16, 30.8, 3, 23.4, 3, 8.6)
	fill(paper, 16, 8, 24.4, 15, 24.4, 23.3, 7.6, 23.3, 7.6, 15)
	fill(brick, 13.2, 16.6, 18.8, 16.6, 18.8, 23.3, 13.2, 23.3)
}

// drawMap draws the hamlets as large as the frame allows.
func (p *painter) drawMap(s *Map, frame image.Rectangle, states map[string]State) {
	width, height := frame.Dx(), frame.Dy()
	scale := min(float32(width)/float32(s.Width), float32(height)/float32(s.Height))
	left, top := (float32(width)-scale*float32(s.Width))/2, (float32(height)-scale*float32(s.Height))/2
	at := func(q point) (x, y float32) { return left + scale*float32(q.x), top + scale*float32(q.y) }
	fill := func(rings []ring, with image.Image) {
		if len(rings) == 0 {
			return
		}
		r := vector.NewRasterizer(width, height)
		for _, ring := range rings {
			for i, q := range ring {
				if x, y := at(q); i == 0 {
					r.MoveTo(x, y)
				} else {
					r.LineTo(x, y)
				}
			}
			r.ClosePath()
		}
		r.Draw(p.canvas, frame, with, image.Point{})
	}
	fill(s.ground, image.NewUniform(land))
	borders := vector.NewRasterizer(width, height)
	var filled [len(hatches)][]ring // no two hamlets overlap, so all of a state are one fill
	for i := range s.Shapes {
		state, known := states[s.Shapes[i].Code]
		if !known {
			state = Going
		}
		filled[state] = append(filled[state], s.Shapes[i].rings...)
		for _, ring := range s.Shapes[i].rings {
			for j := 1; j < len(ring); j++ {
				ax, ay := at(ring[j-1])
				bx, by := at(ring[j])
				stroke(borders, ax, ay, bx, by, 0.6)
			}
		}
	}
	for state, rings := range filled {
		fill(rings, hatch(state))
	}
	borders.Draw(p.canvas, frame, image.NewUniform(ink), image.Point{})
}

// stroke adds a line, twice half wide. All are wound alike, so that they never cancel out.
func stroke(r *vector.Rasterizer, ax, ay, bx, by, half float32) {
	length := float32(math.Hypot(float64(bx-ax), float64(by-ay)))
	if length == 0 {
		return
	}
	dx, dy := (by-ay)/length*half, (ax-bx)/length*half
	r.MoveTo(ax+dx, ay+dy)
	r.LineTo(bx+dx, by+dy)
	r.LineTo(bx-dx, by-dy)
	r.LineTo(ax-dx, ay-dy)
	r.ClosePath()
}

// hatch is a state as an endless pattern, as the page draws it.
type hatch State

var hatches = [...]struct{ ground, ink color.RGBA }{
	Unvisited:     {color.RGBA{0x4a, 0x13, 0x30, 0xff}, color.RGBA{0xe6, 0xc0, 0x92, 0xff}},
	BarelyVisited: {color.RGBA{0xf0, 0xd2, 0xa0, 0xff}, color.RGBA{0x7a, 0x41, 0x00, 0xff}},
	NoTeam:        {white, color.RGBA{0xb3, 0x27, 0x1e, 0xff}},
	Stale:         {color.RGBA{0xdc, 0xdf, 0xe2, 0xff}, color.RGBA{0x3c, 0x42, 0x47, 0xff}},
	Going:         {color.RGBA{0xdc, 0xeb, 0xe1, 0xff}, color.RGBA{0xdc, 0xeb, 0xe1, 0xff}},
}

// ColorModel and Bounds make a hatch an image.
func (h hatch) ColorModel() color.Model { return color.RGBAModel }

// Bounds are without end.
func (h hatch) Bounds() image.Rectangle { return image.Rect(-1e9, -1e9, 1e9, 1e9) }

// At returns whether a pixel is on a stroke of the pattern, which repeats every 12.
func (h hatch) At(x, y int) color.Color {
	const tile = 12
	wrap := func(n int) int { return (n%tile + tile) % tile }
	var on bool
	switch State(h) {
	case Unvisited:
		on = wrap(x) == 6 || wrap(y) == 6
	case BarelyVisited:
		on = wrap(x+y) < 3
	case NoTeam:
		on = wrap(x-y) < 4
	case Stale:
		on = (wrap(x) < 3 && wrap(y) < 3) || (wrap(x+6) < 3 && wrap(y+6) < 3)
	}
	if on {
		return hatches[h].ink
	}
	return hatches[h].ground
}
