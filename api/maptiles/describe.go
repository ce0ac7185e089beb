package maptiles

import (
	"github.com/danielgtaylor/huma/v2"

	"tungnha/api/httpx"
	"tungnha/tiles"
)

// What the descriptions of the routes share, those of OGC API Tiles among them.

func describe(op *huma.Operation, id, summary string, parameters ...*huma.Param) {
	op.OperationID, op.Summary, op.Tags, op.Parameters = id, summary, []string{"tiles"}, parameters
}

// Param describes a parameter of a path.
func Param(name string, schema *huma.Schema) *huma.Param { return httpx.Param("path", name, schema) }

// Number describes a whole number from 0 to most; 0 is no bound.
func Number(description string, most int) *huma.Schema {
	least := 0.0
	s := &huma.Schema{Type: huma.TypeInteger, Minimum: &least, Description: description}
	if most > 0 {
		bound := float64(most)
		s.Maximum = &bound
	}
	return s
}

// LayerSchema describes the name of a layer.
func LayerSchema() *huma.Schema {
	layer := httpx.Text("a layer of tiles; households only where the server shows them")
	for _, l := range tiles.Layers {
		layer.Enum = append(layer.Enum, l.Name())
	}
	return layer
}

func languageParam() *huma.Param {
	language := httpx.Text("language of the labels")
	language.Enum = []any{"vi", "en"}
	return httpx.Param("query", "lang", language)
}

// WithWindow adds the parameters of a window to others.
func WithWindow(parameters ...*huma.Param) []*huma.Param {
	query := func(name string, schema *huma.Schema) *huma.Param { return httpx.Param("query", name, schema) }
	date := func(description string) *huma.Schema {
		return &huma.Schema{Type: huma.TypeString, Format: "date", Description: description}
	}
	return append(parameters,
		query("from", date("first day of the window; without it: ever")),
		query("to", date("last day of the window; without it: today")),
		query("boundaries", date("the day whose boundaries count; without it: the last day of the window")),
		query("parent", httpx.Text("code of the area to stay within")),
		query("hotspots", &huma.Schema{Type: huma.TypeBoolean, Description: "cells bear their hot and cold spots"}),
		query("earlier_from", date("first day of the window to compare with; without it: ever")),
		query("earlier_to", date("last day of the window to compare with: cells and areas bear how their coverage "+
			"changed since; without it: they do not")),
		query("v", httpx.Text("version in the answer of /api/v1/meta: with it and a last day the tile can be kept "+
			"for ever")))
}

// DescribeAnswers describes the answers with a vector tile.
func DescribeAnswers(op *huma.Operation) {
	op.Responses["200"] = httpx.FileResponse(MVT, "Mapbox Vector Tile 2.1")
	op.Responses["204"] = &huma.Response{Description: "The tile holds nothing"}
	op.Responses["304"] = &huma.Response{Description: "The client has it already"}
}
