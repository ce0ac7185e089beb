package geojson

import "tungnha/internal/problem"

// Feature is the parts of a GeoJSON feature (RFC 7946), each as the text of the file; empty where it
// is missing.
type Feature struct {
	Type, ID, Geometry string
	Properties         string // {} where there are none
	From, To           int    // where the feature has its properties: an object, null, or nothing
}

// ReadFeature reads a feature, or returns a *SyntaxError. An object that is no Feature is taken for
// the properties of one.
func ReadFeature(raw string) (f Feature, err error) {
	isFeature := false
	end, err := EachMember(raw, 0, 0, func(name string, from, depth int) (int, error) {
		end, err := SkipValue(raw, from, depth)
		if err != nil {
			return end, err
		}
		switch value := raw[from:end]; name {
		case "type":
			f.Type = value
			isFeature = isFeature || value == `"Feature"`
		case "id":
			f.ID = value
		case "geometry":
			f.Geometry = value
			isFeature = true
		case "properties":
			isFeature = true
			f.From, f.To = from, end
			if value[0] == '{' {
				f.Properties = value
			}
		}
		return end, nil
	})
	switch {
	case err != nil:
		return f, err
	case end != len(raw):
		return f, unexpected(raw, end, "end_of_feature")
	case !isFeature:
		return Feature{Type: f.Type, Properties: raw, To: end}, nil
	case f.Properties == "":
		f.Properties = "{}"
	}
	return f, nil
}

// CheckType returns a problem for objects of GeoJSON and TopoJSON that are no features.
func (f *Feature) CheckType() error {
	switch f.Type {
	case `"Topology"`:
		return problem.TopoJSON()
	case `"Point"`, `"MultiPoint"`, `"LineString"`, `"MultiLineString"`, `"Polygon"`, `"MultiPolygon"`, `"GeometryCollection"`:
		return problem.BareGeometry(Unquote(f.Type))
	}
	return nil
}
