package geojson

import (
	"fmt"
	"strings"
	"testing"

	"tungnha/data/ingest/scan"
)

// The shapes in which features come, each through a buffer of one byte at first.
func TestScanner(t *testing.T) {
	const a, b = `{"type":"Feature","properties":{"household_id":"]}\"{"}}`, `{"lon":1}`
	tests := []struct{ name, content, want string }{
		{"collection", `{"type":"FeatureCollection","features":[` + a + ` , ` + b + `]}`, "1:" + a + " 1:" + b},
		{"type behind the features", `{"bbox":[1,2],"features":[` + a + `],"type":"FeatureCollection","n":{"a":[1]} }`, "1:" + a},
		{"empty collection", `{"features": [ ] }`, ""},
		{"two collections", `{"features":[` + a + `]}` + "\n" + `{"features":[` + b + `]}`, "1:" + a + " 2:" + b},
		{"lines", a + "\n\n" + b + "\r\n", "1:" + a + " 3:" + b},
		{"text sequence", "\x1e" + a + "\n\x1e" + b + "\n", "1:" + a + " 2:" + b},
		{"array", "[\n" + a + ",\n" + b + "\n]", "2:" + a + " 3:" + b},
		{"WGS 84 by its old name", `{"crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:OGC:1.3:CRS84"}},"features":[` + a + `]}`, "1:" + a},
		{"another system behind the features", `{"features":[],"crs":{"properties":{"name":"EPSG:3405"}}}`,
			"error: the coordinates are in EPSG:3405: convert the file to longitude and latitude (ogr2ogr -t_srs EPSG:4326)"},
		{"comma too many", "[" + a + ",]", "1:" + a + ` error: line 1: "]" where a feature should stand`},
		{"two commas", "[" + a + ",," + a + "]", "1:" + a + ` error: line 1: "," where a feature should stand`},
		{"garbage behind the features", `{"features":[],x}`, `error: line 1: "x}" where the end of the collection should stand`},
		{"no colon behind the features", `{"features":[],"x" 1}`, `error: line 1: "1}" where a colon should stand`},
		{"no end", `{"features":[]`, "error: breaks off at byte 14 on line 1: the file is not whole"},
		{"text", `{} x`, `1:{} error: line 1: "x" where a GeoJSON object should stand`},
	}
	for _, tt := range tests {
		f := NewScanner(scan.NewBuffer(strings.NewReader(tt.content), 1))
		var got []string
		for {
			raw, line, err := f.Next()
			if err != nil {
				if err.Error() != "EOF" {
					got = append(got, "error: "+err.Error())
				}
				break
			}
			got = append(got, fmt.Sprintf("%d:%s", line, raw))
		}
		if s := strings.Join(got, " "); s != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.name, s, tt.want)
		}
	}
}

func TestParseGeometry(t *testing.T) {
	tests := []struct{ in, want string }{
		{`null`, "<nil>"},
		{`{"type":"Point","coordinates":[1.5,-2,99]}`, "orb.Point [1.5 -2]"},
		{`{"coordinates":[[1,2],[3,4]],"type":"MultiPoint"}`, "orb.MultiPoint [[1 2] [3 4]]"},
		{`{"type":"LineString","coordinates":[[1,2],[3,4e1]]}`, "orb.LineString [[1 2] [3 40]]"},
		{`{"type":"MultiLineString","coordinates":[[[1,2]],[]]}`, "orb.MultiLineString [[[1 2]] []]"},
		{`{"type":"Polygon","coordinates":[ [ [1,2], [3,4] ] ]}`, "orb.Polygon [[[1 2] [3 4]]]"},
		{`{"type":"MultiPolygon","coordinates":[[[[1,2]]],[[[3,4]],[[5,6]]]]}`, "orb.MultiPolygon [[[[1 2]]] [[[3 4]] [[5 6]]]]"},
		{`{"type":"GeometryCollection","geometries":[{"type":"Point","coordinates":[1,2]},null]}`, "orb.Collection [[1 2]]"},
		{`7`, "error: 7 is no geometry"},
		{`{}`, "error: the geometry has no type"},
		{`{"type":"Circle"}`, `error: "Circle" is no type of geometry`},
		{`{"type":"Polygon"}`, "error: the Polygon has no coordinates"},
		{`{"type":"GeometryCollection"}`, "error: the GeometryCollection has no geometries"},
		{`{"type":"Polygon","coordinates":[1,2]}`, `error: the coordinates of the Polygon: "1" where an array should stand`},
		{`{"type":"Point","coordinates":["1","2"]}`, `error: the coordinates of the Point: "\"1\"" where a number should stand`},
		{`{"type":"Point","coordinates":[]}`, "error: the coordinates of the Point: [] is no position: want [longitude, latitude]"},
	}
	for _, tt := range tests {
		g, err := ParseGeometry(tt.in)
		got := fmt.Sprintf("%T %v", g, g)
		if g == nil {
			got = "<nil>"
		}
		if err != nil {
			got = "error: " + err.Error()
		}
		if got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.in, got, tt.want)
		}
	}
}
