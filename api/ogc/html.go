package ogc

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"tungnha/api/httpx"
	"tungnha/coverage/export"
	"tungnha/data"
)

//go:embed page.html
var pageText string

//go:embed style.css
var styleText []byte

var pageTemplate = template.Must(template.New("page").Parse(pageText))

// htmlPage is what the one template shows: words, links and tables.
type htmlPage struct {
	Lang, Other         string // of the page, and the other one
	OtherHref, StyleURL string
	JSONHref            string
	Programme           string
	Sample              string
	Crumbs              []Link
	Title               string
	Intro               string
	Facts               [][2]string
	Links               []Link
	Head                []string
	Rows                [][]cell
	Prose               bool // the rows contain sentences
	Next                string
	NextText            string
	Code                string // a geometry, as GeoJSON
}

type cell struct{ Text, Href string }

func (c *call) writeHTML(p htmlPage) error {
	p.Lang, p.Other = c.say("vi", "en"), c.say("English", "Tiếng Việt")
	p.OtherHref = c.again("lang", c.say("en", "vi"))
	p.JSONHref = c.again("f", "json")
	p.StyleURL = c.base + "/ogc/style.css"
	p.Programme = c.Programme
	if c.Sample {
		p.Sample = c.say("Dữ liệu mẫu, không có thật", "Sample data, made up")
	}
	p.Crumbs = append([]Link{{Href: c.base + "/", Title: c.say("Bản đồ", "Map")}, {Href: c.href(""), Title: "OGC API"}},
		p.Crumbs...)
	var b bytes.Buffer
	if err := pageTemplate.Execute(&b, p); err != nil {
		return fmt.Errorf("page %s: %w", c.r.URL.Path, err)
	}
	return c.write(typeHTML+"; charset=utf-8", b.Bytes())
}

// writeStyle answers the style of the pages.
func writeStyle(w http.ResponseWriter, r *http.Request) error {
	_ = httpx.WriteTagged(w, r, "text/css; charset=utf-8", styleText) // a client that is gone has no use for the error
	return nil
}

func (c *call) landingHTML(l landingPage) error {
	// Some resources are linked under two relations: people need one of them.
	var links []Link
	for _, link := range l.Links[2:] {
		if !slices.ContainsFunc(links, func(o Link) bool { return o.Href == link.Href }) {
			links = append(links, link)
		}
	}
	return c.writeHTML(htmlPage{Title: l.Title, Intro: l.Description, Links: links})
}

func (c *call) conformanceHTML(list []string) error {
	p := htmlPage{Title: c.say("Các lớp tuân thủ", "Conformance classes"), Head: []string{"URI"}}
	for _, class := range list {
		p.Rows = append(p.Rows, []cell{{Text: class}})
	}
	return c.writeHTML(p)
}

func (c *call) collectionsCrumb() Link {
	return Link{Href: c.href("/collections"), Title: c.say("Các bộ dữ liệu", "Collections")}
}

func (c *call) collectionCrumbs(col *collection) []Link {
	return []Link{c.collectionsCrumb(), {Href: c.href("/collections/" + col.id), Title: col.title(c)}}
}

func (c *call) collectionsHTML(list []described, _ []Link) error {
	p := htmlPage{Prose: true, Title: c.say("Các bộ dữ liệu", "Collections"),
		Head: []string{c.say("Bộ dữ liệu", "Collection"), c.say("Mô tả", "Description")}}
	for _, d := range list {
		p.Rows = append(p.Rows, []cell{{d.Title, c.href("/collections/" + d.ID)}, {Text: d.Description}})
	}
	return c.writeHTML(p)
}

func (c *call) collectionHTML(d described) error {
	p := htmlPage{Crumbs: []Link{c.collectionsCrumb()}, Title: d.Title, Intro: d.Description, Links: d.Links[2:]}
	if s := d.Extent.Spatial; s != nil {
		b := s.BBox[0]
		p.Facts = append(p.Facts, [2]string{c.say("Phạm vi", "Extent"),
			fmt.Sprintf("%.5f, %.5f – %.5f, %.5f", b[0], b[1], b[2], b[3])})
	}
	if interval := d.Extent.Temporal.Interval[0]; interval[0] != nil {
		p.Facts = append(p.Facts, [2]string{c.say("Thời gian", "Time"), *interval[0] + " – " + *interval[1]})
	}
	p.Facts = append(p.Facts, [2]string{c.say("Hệ tọa độ", "Reference systems"), strings.Join(d.CRS, " ")},
		[2]string{c.say("Thứ tự", "Order"), strings.Join(d.SortOrder, ", ")})
	return c.writeHTML(p)
}

func (c *call) schemaHTML(col *collection, part string, doc schemaDocument) error {
	title := map[string]string{"schema": c.say("Các trường", "Fields"),
		"queryables": c.say("Các trường lọc được", "Fields to filter by"),
		"sortables":  c.say("Các trường sắp xếp được", "Fields to sort by")}[part]
	p := htmlPage{Prose: true, Crumbs: c.collectionCrumbs(col), Title: title, Intro: doc.Description,
		Head: []string{c.say("Trường", "Field"), c.say("Tên", "Label"), c.say("Kiểu", "Type"), c.say("Đơn vị", "Unit"),
			c.say("Định nghĩa", "Definition")}}
	for _, f := range doc.Properties {
		kind := f.Type
		if f.Format != "" {
			kind = f.Format
		}
		p.Rows = append(p.Rows, []cell{{Text: f.name}, {Text: f.Title}, {Text: kind}, {Text: f.Unit},
			{Text: f.Description}})
	}
	return c.writeHTML(p)
}

// cellText writes a value as people read it.
func cellText(t export.Type, v *export.Value) string {
	switch {
	case v.Null:
		return ""
	case t == export.Real || t == export.Share || t == export.Degrees:
		return strconv.FormatFloat(v.Real, 'g', 6, 64)
	case t == export.Integer:
		return strconv.FormatInt(v.Integer, 10)
	case t == export.Boolean:
		return strconv.FormatBool(v.Integer != 0)
	}
	return plainText(t, v)
}

func (c *call) labels(col *collection) []string {
	var labels []string
	for _, f := range col.columns(c.View) {
		labels = append(labels, c.say(f.LabelVI, f.LabelEN))
	}
	return labels
}

func (c *call) itemsHTML(col *collection, p page, links []Link) error {
	out := htmlPage{Crumbs: c.collectionCrumbs(col), Title: col.title(c), Head: c.labels(col),
		Intro: fmt.Sprintf(c.say("%d trong %d đối tượng.", "%d of %d features."), p.count, p.of.matched)}
	err := p.of.page(c.r.Context(), int(p.at.offset), p.count, func(r *export.Row) error {
		var row []cell
		for i, v := range r.Values() {
			row = append(row, cell{Text: cellText(p.of.rows.Columns[i].Type, &v)})
		}
		row[0].Href = c.itemHref(col, featureID(r.Key()))
		if row[0].Text == "" {
			row[0].Text = noKey
		}
		out.Rows = append(out.Rows, row)
		return nil
	})
	if err != nil {
		return err
	}
	result := p.of.rows.Result
	from := c.say("từ đầu", "ever")
	if result.Query.From != data.NoDate {
		from = result.Query.From.String()
	}
	out.Facts = [][2]string{{c.say("Kỳ", "Window"), from + " – " + result.Query.To.String()},
		{c.say("Ranh giới ngày", "Boundaries of"), result.Query.Boundaries.String()},
		{c.say("Phiên bản dữ liệu", "Version of the data"), result.Version},
		{c.say("Phiên bản định nghĩa", "Version of the definitions"), export.Definition},
		{c.say("Lập lúc", "Made at"), c.Clock().Format(time.RFC3339)}}
	for _, l := range links {
		if l.Rel == "next" {
			out.Next, out.NextText = l.Href, l.Title
		}
	}
	return c.writeHTML(out)
}

// itemHref is the address of a feature, for the window of this request.
func (c *call) itemHref(col *collection, id string) string {
	var window []string
	for _, name := range windowParameters {
		if c.values.Has(name) {
			window = append(window, name, c.values.Get(name))
		}
	}
	return c.href("/collections/"+col.id+"/items/"+url.PathEscape(id), window...)
}

func (c *call) itemHTML(col *collection, id string, rows *export.Rows, values []export.Value, geometry []byte) error {
	p := htmlPage{Crumbs: append(c.collectionCrumbs(col), Link{Href: c.href("/collections/" + col.id + "/items"),
		Title: c.say("Các đối tượng", "Features")}), Title: id}
	for i, label := range c.labels(col) {
		p.Facts = append(p.Facts, [2]string{label, cellText(rows.Columns[i].Type, &values[i])})
	}
	p.Code = string(geometry)
	return c.writeHTML(p)
}

// dictionary answers every field that answers and files have.
func (c *call) dictionary() error {
	if err := c.only(); err != nil {
		return err
	}
	type entry struct {
		Name         string   `json:"name"`
		Type         string   `json:"type"`
		Unit         string   `json:"unit,omitempty"`
		LabelVI      string   `json:"label_vi"`
		LabelEN      string   `json:"label_en"`
		DefinitionVI string   `json:"definition_vi"`
		DefinitionEN string   `json:"definition_en"`
		Layers       []string `json:"layers"`
	}
	doc := struct {
		Definition string  `json:"definition"`
		Fields     []entry `json:"fields"`
		Links      []Link  `json:"links"`
	}{export.Definition, nil, c.selfLinks(typeJSON)}
	page := htmlPage{Prose: true, Title: c.say("Từ điển dữ liệu", "Data dictionary"),
		Intro: c.say("Mọi trường có trong các câu trả lời và các tệp.", "Every field that answers and files have."),
		Head: []string{c.say("Trường", "Field"), c.say("Tên", "Label"), c.say("Kiểu", "Type"), c.say("Đơn vị", "Unit"),
			c.say("Định nghĩa", "Definition"), c.say("Có trong", "In")}}
	for _, f := range export.Dictionary(c.View.Config()) {
		doc.Fields = append(doc.Fields, entry{f.Name, f.Type.String(), f.Unit, f.LabelVI, f.LabelEN, f.VI, f.EN,
			f.Layers})
		page.Rows = append(page.Rows, []cell{{Text: f.Name}, {Text: c.say(f.LabelVI, f.LabelEN)},
			{Text: f.Type.String()}, {Text: f.Unit},
			{Text: c.say(f.VI, f.EN)}, {Text: strings.Join(f.Layers, ", ")}})
	}
	if c.html {
		return c.writeHTML(page)
	}
	return c.writeJSON(typeJSON, doc)
}
