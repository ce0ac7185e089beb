package export

import (
	"encoding/json"
	"fmt"

	"tungnha/coverage"
	"tungnha/coverage/disclosure"
	"tungnha/data"
)

// Metadata is a file's description of itself: the request, the state of the data, and
// the total. It is enough to repeat the request, which is how a file is verified.
type Metadata struct {
	Layer      Layer  `json:"layer"`
	Version    string `json:"version"`    // of the data
	Definition string `json:"definition"` // version of the indicators' definitions
	From       Bound  `json:"from"`
	To         string `json:"to"`
	Boundaries string `json:"boundaries"` // the day whose boundaries count

	BoundariesFrom Bound `json:"boundaries_from"` // the days on which they are valid
	BoundariesTo   Bound `json:"boundaries_to"`

	Level       string   `json:"level,omitempty"`      // of areas
	Parent      string   `json:"parent,omitempty"`     // code of the area that the rows are within
	Resolution  int      `json:"resolution,omitempty"` // of cells
	Flag        string   `json:"flag,omitempty"`       // of flags: the one that all rows have
	Spots       bool     `json:"hotspots,omitempty"`
	Scope       []string `json:"scope,omitempty"`      // codes of the areas that the reader may see; none: all
	SmallCounts bool     `json:"small_counts"`         // shown; else counts are those of the public
	Release     Bound    `json:"release,omitempty"`    // day of the release that the public sees; empty: exact figures
	Disclosure  string   `json:"disclosure,omitempty"` // version of the rule that hid and rounded counts, see package disclosure
	AddsUp      bool     `json:"adds_up"`              // the counts of the rows, where all are shown, add up to those of the total

	Total   *Record  `json:"total"` // of the whole scope, not of the rows alone
	Columns []Column `json:"columns,omitempty"`
}

// Where a file has its metadata as JSON, beside GeoJSON, which has them as foreign members, and CSV, which has them in
// its description. Files that exist already are read by these names, so they do not change.
const (
	MetadataKey     = "tungnha"              // key in the footer of Parquet
	MetadataURI     = "urn:tungnha:metadata" // gpkg_metadata.md_standard_uri of a GeoPackage
	DefinitionSheet = "definitions"          // sheet of a workbook
	MetadataLabel   = "metadata (JSON)"      // first cell of the row of DefinitionSheet
)

// HasGeometry reports whether the rows have a geometry.
func (m *Metadata) HasGeometry() bool {
	return m.Layer == Areas || m.Layer == Cells || m.Layer == Flags || m.Layer == Households
}

// Bound is a day as YYYY-MM-DD, or empty where there is no bound: in JSON null.
type Bound string

// MarshalJSON writes the day or null.
func (b Bound) MarshalJSON() ([]byte, error) {
	if b == "" {
		return []byte("null"), nil
	}
	return json.Marshal(string(b))
}

// metadata returns what a table of the layer is based on. Teams share households, and flags
// leave rows out: those add up to no total.
func (m *tableMaker) metadata(layer Layer) Metadata {
	q, b := &m.result.Query, m.result.Boundaries
	total := NewRecords(m.result).Total()
	meta := Metadata{
		Layer:      layer,
		Version:    m.result.Version,
		Definition: Definition,
		From:       Bound(q.From.String()),
		To:         q.To.String(),
		Boundaries: q.Boundaries.String(),

		BoundariesFrom: Bound(b.From.String()),
		BoundariesTo:   Bound(b.To.String()),

		Parent:      q.Parent,
		Scope:       m.view.Viewer().Scope,
		SmallCounts: m.view.Viewer().SmallCounts,
		AddsUp:      layer == Areas || layer == Cells || layer == Households,
		Total:       &total,
	}
	if r := m.result.Release; r != nil {
		meta.Release, meta.Disclosure, meta.AddsUp = Bound(r.Day.String()), disclosure.Version, false
	}
	switch q.By {
	case coverage.ByArea:
		meta.Level = string(q.Level)
	case coverage.ByCell:
		meta.Resolution = q.Resolution
	}
	return meta
}

// Request returns what was requested, and for which viewer. Of the household layer the
// viewer was one who sees households.
func (m *Metadata) Request() (Request, coverage.Viewer, error) {
	if _, p := ParseLayer(string(m.Layer)); p != nil {
		return Request{}, coverage.Viewer{}, p
	}
	req := Request{Layer: m.Layer, Flag: m.Flag, Spots: m.Spots}
	req.Query = coverage.Query{Level: data.Level(m.Level), Parent: m.Parent, Resolution: m.Resolution}
	for _, day := range []struct {
		name, text string
		to         *data.Date
	}{{"from", string(m.From), &req.Query.From}, {"to", m.To, &req.Query.To},
		{"boundaries", m.Boundaries, &req.Query.Boundaries}} {
		if day.text == "" && day.name == "from" {
			continue
		}
		var err error
		if *day.to, err = data.ParseDate(day.text); err != nil {
			return Request{}, coverage.Viewer{}, fmt.Errorf("%s: %w", day.name, err)
		}
	}
	return req, coverage.Viewer{Scope: m.Scope, Households: m.Layer == Households, SmallCounts: m.SmallCounts}, nil
}
