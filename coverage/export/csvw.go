package export

import (
	"encoding/json"
	"io"
)

// DescriptionSuffix makes of the name of a CSV file, or of its address, that of its
// description, where CSV on the Web looks for it.
const DescriptionSuffix = "-metadata.json"

// DescriptionType is the media type of the description.
const DescriptionType = "application/csvm+json"

// csvDescription is the description of a CSV file as the W3C's Metadata Vocabulary for
// Tabular Data has it.
type csvDescription struct {
	Context []any      `json:"@context"`
	URL     string     `json:"url"`
	Title   string     `json:"dc:title"`
	Dialect csvDialect `json:"dialect"`
	Schema  csvSchema  `json:"tableSchema"`
	Notes   []Metadata `json:"notes"`
}

type csvDialect struct {
	Delimiter string `json:"delimiter"`
	Encoding  string `json:"encoding"`
	Header    bool   `json:"header"`
}

type csvSchema struct {
	Columns []csvColumn `json:"columns"`
}

type csvColumn struct {
	Name      string            `json:"name"`
	Titles    string            `json:"titles"` // as in the header
	Datatype  string            `json:"datatype"`
	Separator string            `json:"separator,omitempty"`
	Meaning   map[string]string `json:"dc:description"`
}

var csvTypes = [...]string{Text: "string", Integer: "integer", Real: "double", Degrees: "double", Share: "double",
	Day: "date", List: "string", Boolean: "boolean"}

// WriteDescription writes the metadata that CSV on the Web defines for the table's CSV file at
// url, which may be relative to the description's own address: what each column is, and as a
// note the metadata of the result.
func (t *Table) WriteDescription(w io.Writer, url string) error {
	d := csvDescription{
		Context: []any{"http://www.w3.org/ns/csvw", map[string]string{"@language": "en"}},
		URL:     url,
		Title:   "Từng Nhà: " + string(t.Layer),
		Dialect: csvDialect{Delimiter: ",", Encoding: "utf-8", Header: true},
		Notes:   []Metadata{t.Metadata},
	}
	for _, c := range t.Columns {
		column := csvColumn{Name: c.Name, Titles: c.Name, Datatype: csvTypes[c.Type],
			Meaning: map[string]string{"en": c.EN, "vi": c.VI}}
		if c.Type == List {
			column.Separator = ListSeparator
		}
		d.Schema.Columns = append(d.Schema.Columns, column)
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	return e.Encode(&d)
}
