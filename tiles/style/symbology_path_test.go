package style

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"testing"
)

var (
	flagPath = regexp.MustCompile(`(\w+): \{\s*colour: '[^']*',\s*body: '([^']*)',\s*mark: '([^']*)',?\s*\}`)
	pathStep = regexp.MustCompile(`[a-zA-Z]|-?(?:\d+(?:\.\d+)?|\.\d+)`)
)

// cornersOf returns the corners of the polygons that an SVG path of straight lines draws.
func cornersOf(path string) ([]outline, error) {
	var polygons []outline
	var x, y float64
	steps := pathStep.FindAllString(path, -1)
	command := ""
	for len(steps) > 0 {
		if c := steps[0][0]; c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' {
			command, steps = steps[0], steps[1:]
		}
		take := 2
		switch command {
		case "z":
			command = ""
			continue
		case "H", "h", "V", "v":
			take = 1
		}
		var n [2]float64
		for i := range take {
			if len(steps) == 0 {
				return nil, fmt.Errorf("path %q ends within %s", path, command)
			}
			v, err := strconv.ParseFloat(steps[0], 64)
			if err != nil {
				return nil, fmt.Errorf("path %q: %w", path, err)
			}
			n[i], steps = v, steps[1:]
		}
		switch command {
		case "M":
			x, y = n[0], n[1]
			polygons = append(polygons, nil)
			command = "L" // further pairs are lines
		case "L":
			x, y = n[0], n[1]
		case "l":
			x, y = x+n[0], y+n[1]
		case "H":
			x = n[0]
		case "h":
			x += n[0]
		case "V":
			y = n[0]
		case "v":
			y += n[0]
		default:
			return nil, fmt.Errorf("path %q: command %q", path, command)
		}
		last := len(polygons) - 1
		if last < 0 {
			return nil, fmt.Errorf("path %q begins with no M", path)
		}
		polygons[last] = append(polygons[last], [2]float64{x, y})
	}
	return polygons, nil
}

// Symbols of flags have the same corners in the sprite as on the page. That of low coverage
// has none: it is the one that is round.
func TestWebKeepsTheShapes(t *testing.T) {
	paths := flagPath.FindAllStringSubmatch(webSource(t, "symbology/symbols.ts"), -1)
	for _, s := range symbols {
		i := slices.IndexFunc(paths, func(match []string) bool { return match[1] == s.flag })
		if i < 0 {
			t.Errorf("symbols.ts has no %s", s.flag)
			continue
		}
		if s.body == nil {
			const disc, half = "M12 1.500a10.500 10.500 0 1 1 0 21 10.500 10.500 0 0 1 0-21z",
				"M4.800 12a7.200 7.200 0 0 1 14.400 0z"
			if paths[i][2] != disc || paths[i][3] != half {
				t.Errorf("%s: body %s, mark %s; want %s, %s", s.flag, paths[i][2], paths[i][3], disc, half)
			}
			continue
		}
		got, err := cornersOf(paths[i][2] + paths[i][3])
		if err != nil {
			t.Error(err)
			continue
		}
		near := func(a, b [2]float64) bool { return math.Hypot(a[0]-b[0], a[1]-b[1]) < 1e-9 }
		same := func(a, b outline) bool { return slices.EqualFunc(a, b, near) }
		if want := append([]outline{s.body}, s.marks...); !slices.EqualFunc(got, want, same) {
			t.Errorf("%s: symbols.ts draws %v, want %v", s.flag, got, want)
		}
	}
}
