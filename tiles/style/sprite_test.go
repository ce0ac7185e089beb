package style

import (
	"bytes"
	"encoding/json"
	"image/png"
	"math"
	"slices"
	"strings"
	"testing"
)

func TestSprite(t *testing.T) {
	for scale := 1; scale <= 2; scale++ {
		picture, index, err := Sprite(scale)
		if err != nil {
			t.Fatal(err)
		}
		sheet, err := png.Decode(bytes.NewReader(picture))
		if err != nil {
			t.Fatal(err)
		}
		var places map[string]struct{ X, Y, Width, Height, PixelRatio int }
		if err := json.Unmarshal(index, &places); err != nil {
			t.Fatal(err)
		}
		if len(places) != len(symbols)+4 {
			t.Errorf("%d images", len(places))
		}
		looks := make(map[string]string)
		for name, p := range places {
			if p.PixelRatio != scale || p.X+p.Width > sheet.Bounds().Dx() || p.Y+p.Height > sheet.Bounds().Dy() {
				t.Errorf("@%d %s: %+v", scale, name, p)
			}
			// What is left of an image without its colours: its shape.
			var shape strings.Builder
			covered := 0
			for y := range p.Height {
				for x := range p.Width {
					r, g, b, a := sheet.At(p.X+x, p.Y+y).RGBA()
					switch {
					case a < 0x8000:
						shape.WriteByte(' ')
					case r+g+b > 3*0xe000:
						shape.WriteByte('o')
						covered++
					default:
						shape.WriteByte('#')
						covered++
					}
				}
			}
			if covered < p.Width*p.Height/10 {
				t.Errorf("@%d %s covers %d of %d pixels", scale, name, covered, p.Width*p.Height)
			}
			if other, same := looks[shape.String()]; same {
				t.Errorf("@%d: %s and %s have one shape", scale, name, other)
			}
			looks[shape.String()] = name
		}
	}
	if _, _, err := Sprite(3); err == nil {
		t.Error("a sprite at scale 3")
	}
}

// TestRampIsEven checks that the ramp is as its comment describes, and that its colours are
// distinguishable by eyes that lack red or green cones.
func TestRampIsEven(t *testing.T) {
	var last [3]float64
	const step = (0.93 - 0.33) / 6
	for i, css := range coverageRamp {
		c := parseColour(css)
		full := oklab([3]float64{linear(c.R), linear(c.G), linear(c.B)})
		if want := 0.93 - step*float64(i); math.Abs(full[0]-want) > 0.015 {
			t.Errorf("class %d: lightness %.3f, want %.3f", i, full[0], want)
		}
		if i > 0 {
			for name, m := range deficiencies {
				before, after := oklab(apply(m, last)),
					oklab(apply(m, [3]float64{linear(c.R), linear(c.G), linear(c.B)}))
				if d := before[0] - after[0]; d < 0.06 {
					t.Errorf("%s: classes %d and %d differ by %.3f in lightness", name, i-1, i, d)
				}
			}
		}
		last = [3]float64{linear(c.R), linear(c.G), linear(c.B)}
	}
	if len(rateBreaks) != len(coverageRamp)-1 || !slices.IsSorted(rateBreaks) {
		t.Errorf("breaks %v for %d classes", rateBreaks, len(coverageRamp))
	}
}

// Matrices of Machado, Oliveira and Fernandes (2009) for full loss, on linear RGB.
var deficiencies = map[string][3][3]float64{
	"protanopia":   {{0.152286, 1.052583, -0.204868}, {0.114503, 0.786281, 0.099216}, {-0.003882, -0.048116, 1.051998}},
	"deuteranopia": {{0.367322, 0.860646, -0.227968}, {0.280085, 0.672501, 0.047413}, {-0.011820, 0.042940, 0.968881}},
}

func apply(m [3][3]float64, c [3]float64) (out [3]float64) {
	for i := range m {
		for j := range c {
			out[i] += m[i][j] * c[j]
		}
		out[i] = min(max(out[i], 0), 1)
	}
	return out
}

func linear(v uint8) float64 {
	x := float64(v) / 255
	if x <= 0.04045 {
		return x / 12.92
	}
	return math.Pow((x+0.055)/1.055, 2.4)
}

// oklab is Björn Ottosson's space, from linear sRGB.
func oklab(c [3]float64) [3]float64 {
	l := math.Cbrt(0.4122214708*c[0] + 0.5363325363*c[1] + 0.0514459929*c[2])
	m := math.Cbrt(0.2119034982*c[0] + 0.6806995451*c[1] + 0.1073969566*c[2])
	s := math.Cbrt(0.0883024619*c[0] + 0.2817188376*c[1] + 0.6299787005*c[2])
	return [3]float64{
		0.2104542553*l + 0.7936177850*m - 0.0040720468*s,
		1.9779984951*l - 2.4285922050*m + 0.4505937099*s,
		0.0259040371*l + 0.7827717662*m - 0.8086757660*s,
	}
}
