package ogc

import (
	"slices"

	"tungnha/api/request"
	"tungnha/coverage"
	"tungnha/coverage/export"
	"tungnha/data"
	"tungnha/geo"
)

// collection is one of the collections of features.
type collection struct {
	id         string
	layer      export.Layer // of which the rows are; empty: counts by day
	level      data.Level   // of areas: the one it is of; empty: the parameter decides
	geometry   string       // what JSON Schema calls its geometry; empty: it has none
	parameters []string     // of its own
	titleVI    string
	titleEN    string
	aboutVI    string
	aboutEN    string
}

// all lists the collections in the order in which they are listed.
var all = []collection{
	{"areas", export.Areas, "", "geometry-multipolygon", []string{"level"},
		"Đơn vị hành chính", "Areas",
		"Số hộ, số hộ đã hoàn thành và các tỷ lệ theo đơn vị hành chính; mặc định là xã, phường.",
		"Households, households reached and rates by administrative unit; communes unless level says otherwise."},
	{"hamlets", export.Areas, data.Hamlet, "geometry-polygon-or-multipolygon", nil,
		"Thôn, tổ dân phố", "Hamlets",
		"Từng thôn, tổ dân phố; nơi không có ranh giới chính thức, hình được dựng từ các ô có hộ.",
		"Each hamlet; one without an official outline has that of the cells in which its households live."},
	{"cells", export.Cells, "", "geometry-polygon", []string{"resolution"},
		"Ô lục giác H3", "H3 cells",
		"Số liệu theo ô lục giác H3; các ô con cộng đúng bằng ô cha.",
		"Counts by hexagonal H3 cell; children add up to their parent."},
	{"flags", export.Flags, "", "geometry-polygon-or-multipolygon", []string{"level", "kind"},
		"Cảnh báo", "Flags",
		"Thôn, tổ đang có cảnh báo: chưa có tổ phụ trách, chưa ai đến, bao phủ thấp …",
		"Hamlets with a flag raised: no team, nobody came, low coverage …"},
	{"teams", export.Teams, "", "", nil,
		"Tổ công nghệ số cộng đồng", "Teams",
		"Mỗi tổ với số hộ trên địa bàn và những việc tổ đã làm. Thôn có hai tổ được tính ở cả hai.",
		"Each team with the households of its hamlets and what it did. A hamlet with two teams counts under both."},
	{"visits", "", "", "", nil,
		"Lượt thăm theo ngày", "Visits by day",
		"Số lượt thăm và số hộ theo từng ngày.",
		"Visits and households by day."},
	{"households", export.Households, "", "geometry-point", nil,
		"Hộ gia đình", "Households",
		"Từng hộ với vị trí. Chỉ có ở máy chủ được phép cho xem hộ.",
		"Each household with its point. Only where the server shows households."},
}

// visible reports whether the viewer may see the collection: the public neither households, teams nor days.
func (col *collection) visible(v coverage.Viewer) bool {
	switch col.id {
	case "households":
		return v.Households
	case "teams", "visits":
		return v.SmallCounts
	}
	return true
}

// visible lists the collections that the viewer may see.
func visible(v coverage.Viewer) []*collection {
	var seen []*collection
	for i := range all {
		if all[i].visible(v) {
			seen = append(seen, &all[i])
		}
	}
	return seen
}

// find returns the collection that the path names.
func (c *call) find(id string) (*collection, error) {
	for i := range all {
		if all[i].id != id {
			continue
		}
		if !all[i].visible(c.View.Viewer()) {
			return nil, coverage.ErrNotAllowed
		}
		return &all[i], nil
	}
	return nil, request.NotFound("collection", id)
}

func (col *collection) title(c *call) string { return c.say(col.titleVI, col.titleEN) }

// columns returns the fields of the collection's features.
func (col *collection) columns(view *coverage.View) []export.Field {
	layer := string(col.layer)
	if layer == "" {
		layer = "visits"
	}
	return export.LayerFields(view, layer)
}

// properties returns what filters and sorting can name: the fields, each as a simple value,
// under the name that its parameter has. The code of the area above is parent_code there,
// since the parameter parent narrows everything to an area, at any depth; and where the
// parameter kind names a flag, that of the unit is unit_kind.
func (col *collection) properties(view *coverage.View) []export.Field {
	fields := slices.Clone(col.columns(view))
	for i := range fields {
		switch name := &fields[i].Name; {
		case *name == "parent":
			*name = "parent_code"
		case *name == "kind" && col.layer == export.Flags:
			*name = "unit_kind"
		}
	}
	return fields
}

// Reference systems are named by addresses.
const (
	crs84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
	epsg  = "http://www.opengis.net/def/crs/EPSG/0/"
)

// zones returns the zones of VN-2000 of the provinces that there are today.
func (c *call) zones() []geo.VN2000 {
	var zones []geo.VN2000
	b := c.View.BoundariesOn(c.Today)
	for i := range b.Areas {
		if b.Areas[i].Level != data.Province {
			continue
		}
		for _, z := range geo.ZonesOf(b.Areas[i].Code) {
			if !slices.Contains(zones, z) {
				zones = append(zones, z)
			}
		}
	}
	return zones
}
