package glyphs

import (
	"fmt"

	"golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/vector"
)

// Line returns the outlines of a line of text in a face, size pixels high, and how wide it
// is. It begins at 0 on the baseline; y grows downward. What the face has no letter for is
// left out.
func Line(name string, size fixed.Int26_6, text string) (outlines sfnt.Segments, width fixed.Int26_6, err error) {
	for _, f := range faces {
		if f.name != name {
			continue
		}
		if err := f.open(); err != nil {
			return nil, 0, err
		}
		var buffer sfnt.Buffer
		for _, r := range text {
			for _, from := range f.fonts {
				index, err := from.GlyphIndex(&buffer, r)
				if err != nil {
					return nil, 0, fmt.Errorf("character %U: %w", r, err)
				}
				if index == 0 {
					continue
				}
				letter, err := from.LoadGlyph(&buffer, index, size, nil)
				if err != nil {
					return nil, 0, fmt.Errorf("character %U: %w", r, err)
				}
				for _, s := range letter { // a copy: the buffer is used again
					for i := range s.Args {
						s.Args[i].X += width
					}
					outlines = append(outlines, s)
				}
				advance, err := from.GlyphAdvance(&buffer, index, size, font.HintingNone)
				if err != nil {
					return nil, 0, fmt.Errorf("character %U: %w", r, err)
				}
				width += advance
				break
			}
		}
		return outlines, width, nil
	}
	return nil, 0, fmt.Errorf("there is no face %q", name)
}

// Trace adds outlines to a canvas, their origin at x and y.
func Trace(canvas *vector.Rasterizer, outlines sfnt.Segments, x, y int) {
	at := func(p fixed.Point26_6) (float32, float32) {
		return float32(x) + float32(p.X)/64, float32(y) + float32(p.Y)/64
	}
	for _, s := range outlines {
		ax, ay := at(s.Args[0])
		switch s.Op {
		case sfnt.SegmentOpMoveTo:
			canvas.ClosePath()
			canvas.MoveTo(ax, ay)
		case sfnt.SegmentOpLineTo:
			canvas.LineTo(ax, ay)
		case sfnt.SegmentOpQuadTo:
			bx, by := at(s.Args[1])
			canvas.QuadTo(ax, ay, bx, by)
		case sfnt.SegmentOpCubeTo:
			bx, by := at(s.Args[1])
			cx, cy := at(s.Args[2])
			canvas.CubeTo(ax, ay, bx, by, cx, cy)
		}
	}
	canvas.ClosePath()
}
