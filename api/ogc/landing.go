package ogc

import (
	"slices"

	"github.com/go-chi/chi/v5"

	"tungnha/api/httpx"
	"tungnha/coverage/export"
	"tungnha/data"
)

// classes are the conformance classes that are declared, each of which a test named after
// its requirements puts to the proof.
var classes = []string{
	"http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/core",
	"http://www.opengis.net/spec/ogcapi-common-2/1.0/conf/collections",
	"http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
	"http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/oas30",
	"http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/html",
	"http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
	"http://www.opengis.net/spec/ogcapi-features-2/1.0/conf/crs",
	"http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/queryables",
	"http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/queryables-query-parameters",
	"http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/filter",
	"http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/features-filter",
	"http://www.opengis.net/spec/ogcapi-features-5/1.0/conf/schemas",
	"http://www.opengis.net/spec/ogcapi-features-5/1.0/conf/core-roles-features",
	"http://www.opengis.net/spec/ogcapi-features-5/1.0/conf/returnables-and-receivables",
	"http://www.opengis.net/spec/ogcapi-features-8/1.0/conf/sortables",
	"http://www.opengis.net/spec/ogcapi-features-8/1.0/conf/sorting",
	"http://www.opengis.net/spec/ogcapi-features-8/1.0/conf/features-sorting",
	"http://www.opengis.net/spec/cql2/1.0/conf/cql2-text",
	"http://www.opengis.net/spec/cql2/1.0/conf/cql2-json",
	"http://www.opengis.net/spec/cql2/1.0/conf/basic-cql2",
	"http://www.opengis.net/spec/cql2/1.0/conf/advanced-comparison-operators",
	"http://www.opengis.net/spec/cql2/1.0/conf/case-insensitive-comparison",
	"http://www.opengis.net/spec/cql2/1.0/conf/basic-spatial-functions",
	"http://www.opengis.net/spec/cql2/1.0/conf/basic-spatial-functions-plus",
	"http://www.opengis.net/spec/cql2/1.0/conf/property-property",
}

// Link relations that have no short name.
const (
	relConformance = "http://www.opengis.net/def/rel/ogc/1.0/conformance"
	relData        = "http://www.opengis.net/def/rel/ogc/1.0/data"
	relSchema      = "http://www.opengis.net/def/rel/ogc/1.0/schema"
	relQueryables  = "http://www.opengis.net/def/rel/ogc/1.0/queryables"
	relSortables   = "http://www.opengis.net/def/rel/ogc/1.0/sortables"
)

// write answers a document in the requested language.
func (c *call) write(mediaType string, body []byte) error {
	c.w.Header().Set("Content-Language", c.say("vi", "en"))
	if err := httpx.WriteTagged(c.w, c.r, mediaType, body); err != nil {
		c.logCut(err)
	}
	return nil
}

func (c *call) writeJSON(mediaType string, v any) error {
	body, err := marshal(v)
	if err != nil {
		return err
	}
	return c.write(mediaType, body)
}

type landingPage struct {
	Title       string `json:"title"`
	Description string `json:"description"`
	Attribution string `json:"attribution,omitempty"`
	Links       []Link `json:"links"`
}

func (c *call) landing() error {
	if err := c.only(); err != nil {
		return err
	}
	page := landingPage{
		Title: c.Programme,
		Description: c.say("Độ bao phủ của chương trình đi từng ngõ, gõ từng nhà: các số liệu của bản đồ, dưới dạng "+
			"OGC API - Features.",
			"Coverage of a door-to-door programme: the figures of the map as OGC API - Features."),
		Links: c.selfLinks(typeJSON),
	}
	if page.Title == "" {
		page.Title = "Từng Nhà"
	}
	if c.Sample {
		page.Description += c.say(" Dữ liệu mẫu, không có thật.", " The data are made up.")
	}
	page.Links = append(page.Links,
		Link{Href: c.href("/api", "f", "json"), Rel: "service-desc", Type: typeOpenAPI,
			Title: c.say("Mô tả API (OpenAPI 3.0)", "The API, described in OpenAPI 3.0")},
		Link{Href: c.href("/api", "f", "html"), Rel: "service-doc", Type: typeHTML,
			Title: c.say("Tài liệu API", "The API, as a page")},
		Link{Href: c.href("/conformance"), Rel: "conformance", Type: typeJSON,
			Title: c.say("Các lớp tuân thủ", "Conformance classes")},
		Link{Href: c.href("/conformance"), Rel: relConformance, Type: typeJSON,
			Title: c.say("Các lớp tuân thủ", "Conformance classes")},
		Link{Href: c.href("/collections"), Rel: "data", Type: typeJSON, Title: c.say("Các bộ dữ liệu", "Collections")},
		Link{Href: c.href("/collections"), Rel: relData, Type: typeJSON, Title: c.say("Các bộ dữ liệu", "Collections")},
		Link{Href: c.href("/dictionary"), Rel: "describedby", Type: typeJSON,
			Title: c.say("Từ điển dữ liệu", "Data dictionary")})
	page.Links = append(page.Links, tileLinks(c.base)...)
	if c.html {
		return c.landingHTML(page)
	}
	return c.writeJSON(typeJSON, page)
}

func (c *call) conformance() error {
	if err := c.only(); err != nil {
		return err
	}
	list := slices.Concat(classes, tileClasses)
	if c.html {
		return c.conformanceHTML(list)
	}
	return c.writeJSON(typeJSON, struct {
		ConformsTo []string `json:"conformsTo"`
		Links      []Link   `json:"links"`
	}{list, c.selfLinks(typeJSON)})
}

type extent struct {
	Spatial  *spatialExtent  `json:"spatial,omitempty"`
	Temporal *temporalExtent `json:"temporal,omitempty"`
}

type spatialExtent struct {
	BBox [][4]float64 `json:"bbox"`
	CRS  string       `json:"crs"`
}

type temporalExtent struct {
	Interval [][2]*string `json:"interval"`
	TRS      string       `json:"trs"`
}

type described struct {
	ID          string   `json:"id"`
	Title       string   `json:"title"`
	Description string   `json:"description"`
	Extent      extent   `json:"extent"`
	ItemType    string   `json:"itemType"`
	CRS         []string `json:"crs"`
	StorageCRS  string   `json:"storageCrs,omitempty"`
	SortOrder   []string `json:"defaultSortOrder"`
	Links       []Link   `json:"links"`
}

// describe describes a collection; self are the links to the description itself.
func (c *call) describe(col *collection, self []Link) described {
	path := "/collections/" + col.id
	d := described{ID: col.id, Title: col.title(c), Description: c.say(col.aboutVI, col.aboutEN), ItemType: "feature",
		CRS: c.systemURIs(), Extent: c.extent(col), Links: self, SortOrder: []string{}}
	if col.layer != export.Households { // which come in the order of space
		d.SortOrder = []string{col.columns(c.View)[0].Name}
	}
	if col.geometry != "" {
		d.StorageCRS = crs84
	}
	features := c.say("Các đối tượng", "Features")
	d.Links = append(d.Links,
		Link{Href: c.href(path+"/items", "f", "json"), Rel: "items", Type: typeGeoJSON, Title: features},
		Link{Href: c.href(path+"/items", "f", "html"), Rel: "items", Type: typeHTML, Title: features},
		Link{Href: c.href(path + "/schema"), Rel: relSchema, Type: typeSchema, Title: c.say("Các trường", "Fields")},
		Link{Href: c.href(path + "/queryables"), Rel: relQueryables, Type: typeSchema,
			Title: c.say("Các trường lọc được", "Fields to filter by")},
		Link{Href: c.href(path + "/sortables"), Rel: relSortables, Type: typeSchema,
			Title: c.say("Các trường sắp xếp được", "Fields to sort by")},
		Link{Href: c.href("/dictionary"), Rel: "describedby", Type: typeJSON,
			Title: c.say("Từ điển dữ liệu", "Data dictionary")})
	d.Links = append(d.Links, collectionTileLinks(c.base, col.id, c.View.Viewer())...)
	return d
}

// extent is the box around all data and the days with visits.
func (c *call) extent(col *collection) extent {
	var e extent
	if b := c.View.Bound(); col.geometry != "" && !b.IsEmpty() {
		e.Spatial = &spatialExtent{[][4]float64{{b.Min[0], b.Min[1], b.Max[0], b.Max[1]}}, crs84}
	}
	moment := func(d data.Date) *string {
		if d == data.NoDate {
			return nil
		}
		s := d.String() + "T00:00:00+07:00"
		return &s
	}
	first, _ := c.View.Span()
	e.Temporal = &temporalExtent{[][2]*string{{moment(first), moment(c.Today)}},
		"http://www.opengis.net/def/uom/ISO-8601/0/Gregorian"}
	return e
}

func (c *call) collections() error {
	if err := c.only(); err != nil {
		return err
	}
	doc := struct {
		Links       []Link      `json:"links"`
		CRS         []string    `json:"crs"`
		Collections []described `json:"collections"`
	}{c.selfLinks(typeJSON), c.systemURIs(), nil}
	for _, col := range visible(c.View.Viewer()) {
		path := "/collections/" + col.id
		doc.Collections = append(doc.Collections, c.describe(col, []Link{
			{Href: c.href(path, "f", "json"), Rel: "self", Type: typeJSON, Title: col.title(c)},
			{Href: c.href(path, "f", "html"), Rel: "alternate", Type: typeHTML, Title: col.title(c)},
		}))
	}
	if c.html {
		return c.collectionsHTML(doc.Collections, doc.Links)
	}
	return c.writeJSON(typeJSON, doc)
}

func (c *call) collection() error {
	col, err := c.find(chi.URLParam(c.r, "collection"))
	if err != nil {
		return err
	}
	if err := c.only(); err != nil {
		return err
	}
	d := c.describe(col, c.selfLinks(typeJSON))
	if c.html {
		return c.collectionHTML(d)
	}
	return c.writeJSON(typeJSON, d)
}
