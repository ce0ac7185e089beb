package glyphs

import (
	"bytes"
	"math/rand/v2"
	"path"
	"testing"
)

// A glyph as it is read from the bytes of a range.
type glyph struct {
	bitmap             []byte
	width, height      int
	left, top, advance int
}

func readRange(t *testing.T, body []byte) map[rune]glyph {
	t.Helper()
	found := make(map[rune]glyph)
	each(t, body, func(field int, _ uint64, stack []byte) {
		each(t, stack, func(field int, _ uint64, raw []byte) {
			if field != 3 {
				return
			}
			var g glyph
			var r rune
			signed := func(n uint64) int { return int(int32(n>>1) ^ -int32(n&1)) }
			each(t, raw, func(field int, n uint64, body []byte) {
				switch field {
				case 1:
					r = rune(n)
				case 2:
					g.bitmap = body
				case 3:
					g.width = int(n)
				case 4:
					g.height = int(n)
				case 5:
					g.left = signed(n)
				case 6:
					g.top = signed(n)
				case 7:
					g.advance = int(n)
				default:
					t.Fatalf("field %d of a glyph", field)
				}
			})
			found[r] = g
		})
	})
	return found
}

// each reads the fields of a message.
func each(t *testing.T, b []byte, yield func(field int, n uint64, body []byte)) {
	t.Helper()
	number := func() (n uint64) {
		for shift := 0; ; shift += 7 {
			if len(b) == 0 {
				t.Fatal("truncated")
			}
			c := b[0]
			b = b[1:]
			n |= uint64(c&127) << shift
			if c < 128 {
				return n
			}
		}
	}
	for len(b) > 0 {
		tag := number()
		n := number()
		var body []byte
		if tag&7 == 2 {
			body, b = b[:n], b[n:]
		}
		yield(int(tag>>3), n, body)
	}
}

// Every letter of Vietnamese and English is there in both faces, dark in its middle and
// clear at its border.
func TestLettersOfVietnamese(t *testing.T) {
	const letters = "AĂÂBCDĐEÊGHIKLMNOÔƠPQRSTUƯVXYaăâbcdđeêghiklmnoôơpqrstuưvxyFJWZfjwz0123456789.,-()" +
		"áàảãạắằẳẵặấầẩẫậéèẻẽẹếềểễệíìỉĩịóòỏõọốồổỗộớờởỡợúùủũụứừửữựýỳỷỹỵÁÀẢÃẠẮẰẲẴẶẤẦẨẪẬÉÈẺẼẸẾỀỂỄỆÍÌỈĨỊÓÒỎÕỌỐỒỔỖỘỚỜỞỠỢÚÙỦŨỤỨỪỬỮỰÝỲỶỸỴ"
	ink := make(map[string]int)
	for _, face := range []string{Regular, SemiBold} {
		for _, r := range letters {
			body, ok, err := Range("Nobody's Sans,"+face, int(r)/256*256)
			if err != nil || !ok {
				t.Fatalf("%s: ok %v, error %v", face, ok, err)
			}
			g, there := readRange(t, body)[r]
			if !there || g.advance < 4 || g.advance > 30 || len(g.bitmap) != (g.width+2*border)*(g.height+2*border) {
				t.Errorf("%s %c: %v, %d by %d, advance %d, %d bytes", face, r, there, g.width, g.height, g.advance,
					len(g.bitmap))
				continue
			}
			most := byte(0)
			for i, v := range g.bitmap {
				most = max(most, v)
				if v >= 192 {
					ink[face]++
					if x, y := i%(g.width+2*border), i/(g.width+2*border); x < border-1 || y < border-1 {
						t.Errorf("%s %c: ink at %d,%d, in the border", face, r, x, y)
					}
				}
			}
			if most < 192 {
				t.Errorf("%s %c: no ink", face, r)
			}
		}
	}
	if ink[SemiBold] < ink[Regular]*11/10 {
		t.Errorf("semi-bold has %d dark pixels, regular %d", ink[SemiBold], ink[Regular])
	}
}

// The marks of Vietnamese are above and below the letter they belong to.
func TestMarksStandWhereTheyBelong(t *testing.T) {
	plain := readRange(t, mustRange(t, 0))
	marked := readRange(t, mustRange(t, 0x1e00))
	e, both := plain['e'], marked['ệ'] // circumflex above, dot below
	if both.top <= e.top || both.height <= e.height+(both.top-e.top) || both.advance < e.advance ||
		both.advance > e.advance+1 {
		e.bitmap, both.bitmap = nil, nil
		t.Errorf("e is %+v, ệ %+v", e, both)
	}
	if space := plain[' ']; space.bitmap != nil || space.advance == 0 {
		t.Errorf("the space is %+v", space)
	}
	if x := plain['x']; x.top+ascent < 11 || x.top+ascent > 14 { // half of 24 and a little
		t.Errorf("x reaches %d pixels above the baseline", x.top+ascent)
	}
}

func mustRange(t *testing.T, first int) []byte {
	t.Helper()
	body, ok, err := Range(Regular, first)
	if err != nil || !ok {
		t.Fatalf("range %d: ok %v, error %v", first, ok, err)
	}
	return body
}

func TestRangesThatAreNot(t *testing.T) {
	for _, first := range []int{-256, 1, 255, 65536, 1 << 30} {
		if _, ok, _ := Range(Regular, first); ok {
			t.Errorf("there is a range from %d", first)
		}
	}
	if _, ok, _ := Range("Nobody's Sans", 0); ok {
		t.Error("there is a face of any name")
	}
	if got := readRange(t, mustRange(t, 0x4e00)); len(got) != 0 { // Chinese: a range without letters
		t.Errorf("%d letters of Chinese", len(got))
	}
}

// distances against measuring each pixel from each other.
func TestNearestAgainstAllPairs(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	const width, height = 9, 7
	grid := make([]float64, width*height)
	for i := range grid {
		grid[i] = 1e20
		if random.IntN(4) == 0 {
			grid[i] = random.Float64()
		}
	}
	got := append([]float64(nil), grid...)
	nearest(got, width, height)
	for i := range grid {
		want := 1e20
		for j := range grid {
			want = min(want, grid[j]+square(float64(i%width-j%width))+square(float64(i/width-j/width)))
		}
		if d := got[i] - want; d > 1e-9 || d < -1e-9 {
			t.Fatalf("pixel %d: got %v, want %v", i, got[i], want)
		}
	}
}

func FuzzUnpack(f *testing.F) {
	entries, err := files.ReadDir("fonts")
	if err != nil || len(entries) != 6 {
		f.Fatalf("%d fonts, error %v", len(entries), err)
	}
	for _, e := range entries {
		raw, err := files.ReadFile(path.Join("fonts", e.Name()))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
		f.Add(raw[:len(raw)/2])
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		font, err := unpack(bytes.Clone(raw))
		if err == nil && len(font) < 12 {
			t.Errorf("a font of %d bytes", len(font))
		}
	})
}
