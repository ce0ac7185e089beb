package geojson

import (
	"github.com/paulmach/orb"

	"tungnha/data/ingest/scan"
	"tungnha/internal/problem"
)

// ParseGeometry reads a GeoJSON geometry that SkipValue has read before, so that its
// JSON is known to be sound. null is a nil geometry. Numbers behind longitude and latitude
// (such as a height) are dropped.
func ParseGeometry(s string) (orb.Geometry, error) {
	if s == "null" {
		return nil, nil
	}
	if s == "" || s[0] != '{' {
		return nil, problem.NotGeometry(s)
	}
	kind, coordinates, geometries, err := geometryMembers(s)
	if err != nil {
		return nil, err
	}
	if kind == "GeometryCollection" {
		return parseCollection(geometries)
	}
	switch kind {
	case "":
		return nil, problem.NoGeometryType()
	case "Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon":
	default:
		return nil, problem.UnknownGeometryType(kind)
	}
	if coordinates == "" {
		return nil, problem.NoCoordinates(kind)
	}
	g, err := parseCoordinates(kind, coordinates)
	if err != nil {
		return nil, problem.InCoordinates(kind, problem.Of(err))
	}
	return g, nil
}

func parseCoordinates(kind, s string) (g orb.Geometry, err error) {
	switch kind {
	case "Point":
		g, _, err = parsePosition(s, 0)
	case "MultiPoint":
		var points []orb.Point
		points, _, err = parsePositions(s, 0)
		g = orb.MultiPoint(points)
	case "LineString":
		var points []orb.Point
		points, _, err = parsePositions(s, 0)
		g = orb.LineString(points)
	case "MultiLineString":
		var rings orb.Polygon
		rings, _, err = parseRings(s, 0)
		lines := make(orb.MultiLineString, len(rings))
		for i, r := range rings {
			lines[i] = orb.LineString(r)
		}
		g = lines
	case "Polygon":
		g, _, err = parseRings(s, 0)
	case "MultiPolygon":
		var polygons orb.MultiPolygon
		_, err = EachElement(s, 0, 0, func(from, _ int) (int, error) {
			polygon, end, err := parseRings(s, from)
			polygons = append(polygons, polygon)
			return end, err
		})
		g = polygons
	}
	return g, err
}

func parseCollection(s string) (orb.Geometry, error) {
	if s == "" {
		return nil, problem.NoGeometries()
	}
	members := orb.Collection{}
	_, err := EachElement(s, 0, 0, func(from, depth int) (int, error) {
		end, err := SkipValue(s, from, depth)
		if err != nil {
			return end, err
		}
		member, err := ParseGeometry(s[from:end])
		if member != nil {
			members = append(members, member)
		}
		return end, err
	})
	if err != nil {
		return nil, err
	}
	return members, nil
}

func parseRings(s string, i int) (rings orb.Polygon, end int, err error) {
	end, err = EachElement(s, i, 0, func(from, _ int) (int, error) {
		points, end, err := parsePositions(s, from)
		rings = append(rings, orb.Ring(points))
		return end, err
	})
	return rings, end, err
}

func parsePositions(s string, i int) (points []orb.Point, end int, err error) {
	end, err = EachElement(s, i, 0, func(from, _ int) (int, error) {
		p, end, err := parsePosition(s, from)
		points = append(points, p)
		return end, err
	})
	return points, end, err
}

func parsePosition(s string, i int) (p orb.Point, end int, err error) {
	n := 0
	end, err = EachElement(s, i, 0, func(from, _ int) (int, error) {
		end, err := skipNumber(s, from)
		if err != nil {
			return end, err
		}
		if n < 2 {
			v, wrong := scan.Degrees("", s[from:end])
			if wrong != nil {
				return from, &SyntaxError{from, wrong}
			}
			p[n] = v
		}
		n++
		return end, nil
	})
	if err == nil && n < 2 {
		err = &SyntaxError{i, problem.NotPosition(s[i:end])}
	}
	return p, end, err
}

// PointTexts returns the longitude and the latitude of a Point as the text of the file.
func PointTexts(s string) (lon, lat string, err error) {
	kind, coordinates, _, _ := geometryMembers(s)
	if kind != "Point" {
		return "", "", problem.NotPoint(kind)
	}
	if _, _, err := parsePosition(coordinates, 0); err != nil {
		return "", "", err
	}
	n := 0
	_, err = EachElement(coordinates, 0, 0, func(from, _ int) (int, error) {
		end, err := skipNumber(coordinates, from)
		switch n {
		case 0:
			lon = coordinates[from:end]
		case 1:
			lat = coordinates[from:end]
		}
		n++
		return end, err
	})
	return lon, lat, err
}

// GeometryType returns the type of a geometry; empty where it is no geometry.
func GeometryType(s string) string {
	kind, _, _, _ := geometryMembers(s)
	return kind
}

// geometryMembers returns the type of a geometry, and as they are its coordinates or, of a
// collection, its geometries; nothing where it is no object.
func geometryMembers(s string) (kind, coordinates, geometries string, err error) {
	if s == "" || s[0] != '{' {
		return "", "", "", nil
	}
	_, err = EachMember(s, 0, 0, func(name string, from, depth int) (int, error) {
		end, err := SkipValue(s, from, depth)
		switch {
		case err != nil:
		case name == "type" && s[from] == '"':
			kind = Unquote(s[from:end])
		case name == "coordinates":
			coordinates = s[from:end]
		case name == "geometries":
			geometries = s[from:end]
		}
		return end, err
	})
	return kind, coordinates, geometries, err
}
