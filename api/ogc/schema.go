package ogc

import (
	"bytes"
	"encoding/json"

	"github.com/go-chi/chi/v5"

	"tungnha/coverage/export"
)

// property is a field as JSON Schema describes it.
type property struct {
	Title       string    `json:"title"`
	Description string    `json:"description"`
	Type        string    `json:"type,omitempty"`
	Format      string    `json:"format,omitempty"`
	Enum        []string  `json:"enum,omitempty"`
	Items       *property `json:"items,omitempty"`
	ReadOnly    bool      `json:"readOnly,omitempty"`
	Unit        string    `json:"x-ogc-unit,omitempty"`
	UnitLang    string    `json:"x-ogc-unitLang,omitempty"`
	Role        string    `json:"x-ogc-role,omitempty"`
	Seq         int       `json:"x-ogc-propertySeq,omitempty"`
}

// named is a property under its name.
type named struct {
	name string
	property
}

// properties are those of a schema, in order: a JSON object.
type properties []named

func (p properties) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i := range p {
		if i > 0 {
			b.WriteByte(',')
		}
		name, err := marshal(p[i].name)
		if err != nil {
			return nil, err
		}
		value, err := marshal(p[i].property)
		if err != nil {
			return nil, err
		}
		b.Write(append(append(name, ':'), value...))
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

type schemaDocument struct {
	Schema               string     `json:"$schema"`
	ID                   string     `json:"$id"`
	Type                 string     `json:"type"`
	Title                string     `json:"title"`
	Description          string     `json:"description"`
	Properties           properties `json:"properties"`
	Required             []string   `json:"required,omitempty"`
	AdditionalProperties bool       `json:"additionalProperties"`
}

// fieldProperty describes a field.
func (c *call) fieldProperty(f *export.Field) property {
	p := property{Title: c.say(f.LabelVI, f.LabelEN), Description: c.say(f.VI, f.EN)}
	switch f.Type {
	case export.Integer:
		p.Type = "integer"
	case export.Real, export.Share, export.Degrees:
		p.Type = "number"
	case export.Boolean:
		p.Type = "boolean"
	case export.Day:
		p.Type, p.Format = "string", "date"
	case export.List:
		p.Type, p.Items = "array", &property{Type: "string"}
	default:
		p.Type = "string"
	}
	if f.Name == "level" {
		p.Enum = []string{"province", "district", "commune", "hamlet"}
	}
	if f.Unit != "" {
		p.Unit, p.UnitLang = f.Unit, "UCUM"
	}
	return p
}

// MarshalJSON leaves the words away where there are none, as of the items of a list.
func (p property) MarshalJSON() ([]byte, error) {
	type plain property
	if p.Title != "" || p.Description != "" {
		return json.Marshal(plain(p))
	}
	return json.Marshal(struct {
		Type string `json:"type"`
	}{p.Type})
}

// document begins a schema of a collection.
func (c *call) document(col *collection, part string) schemaDocument {
	return schemaDocument{Schema: "https://json-schema.org/draft/2020-12/schema", ID: c.base + "/ogc/collections/" +
		col.id + "/" + part,
		Type: "object", Title: col.title(c), Description: c.say(col.aboutVI, col.aboutEN)}
}

func (c *call) geometryProperty(col *collection) property {
	return property{Title: c.say("Hình", "Shape"), Description: c.say("Hình học của đối tượng",
		"Geometry of the feature"),
		Format: col.geometry, Role: "primary-geometry"}
}

// schema answers the fields of a collection's features.
func (c *call) schema() error {
	return c.schemaOf("schema", func(col *collection) schemaDocument {
		doc := c.document(col, "schema")
		fields := col.columns(c.View)
		for i := range fields {
			p := c.fieldProperty(&fields[i])
			p.ReadOnly, p.Seq = true, i+1
			if i == 0 {
				p.Role = "id"
				doc.Required = []string{fields[i].Name}
			}
			doc.Properties = append(doc.Properties, named{fields[i].Name, p})
		}
		if col.geometry != "" {
			p := c.geometryProperty(col)
			p.ReadOnly, p.Seq = true, len(fields)+1
			doc.Properties = append(doc.Properties, named{"geometry", p})
		}
		return doc
	})
}

// simpleProperties are the fields as filters and sorting see them, where lists are text.
func (c *call) simpleProperties(col *collection) properties {
	var list properties
	fields := col.properties(c.View)
	for i := range fields {
		p := c.fieldProperty(&fields[i])
		if fields[i].Type == export.List {
			p.Type, p.Items = "string", nil
			p.Description += c.say("; các phần nối bằng dấu chấm phẩy", "; its parts joined by semicolons")
		}
		list = append(list, named{fields[i].Name, p})
	}
	return list
}

// queryables answers what filters can name.
func (c *call) queryables() error {
	return c.schemaOf("queryables", func(col *collection) schemaDocument {
		doc := c.document(col, "queryables")
		doc.Properties = c.simpleProperties(col)
		if col.geometry != "" {
			doc.Properties = append(doc.Properties, named{"geometry", c.geometryProperty(col)})
		}
		return doc
	})
}

// sortables answers what sortby can name.
func (c *call) sortables() error {
	return c.schemaOf("sortables", func(col *collection) schemaDocument {
		doc := c.document(col, "sortables")
		doc.Properties = c.simpleProperties(col)
		return doc
	})
}

func (c *call) schemaOf(part string, make func(*collection) schemaDocument) error {
	col, err := c.find(chi.URLParam(c.r, "collection"))
	if err != nil {
		return err
	}
	if err := c.only(); err != nil {
		return err
	}
	doc := make(col)
	if c.html {
		return c.schemaHTML(col, part, doc)
	}
	return c.writeJSON(typeSchema, doc)
}
