package ogc

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/go-chi/chi/v5"

	"tungnha/api/httpx"
	"tungnha/api/request"
	"tungnha/coverage"
	"tungnha/coverage/boundary"
	"tungnha/coverage/export"
	"tungnha/geo"
)

// noKey is the id of the feature of those that belong to no area: its code is empty.
const noKey = "none"

func featureID(key string) string {
	if key == "" {
		return noKey
	}
	return key
}

// items answers a page of features.
func (c *call) items() error {
	col, err := c.find(chi.URLParam(c.r, "collection"))
	if err != nil {
		return err
	}
	limit, err := c.limit()
	if err != nil {
		return err
	}
	out, err := c.system("crs")
	if err != nil {
		return err
	}
	criteria, err := c.criteria(col)
	if err != nil {
		return err
	}
	req, err := c.request(col)
	if err != nil {
		return err
	}
	selection, at, err := c.start(col, func(ctx context.Context) (*selection, error) {
		rows, err := export.NewRows(ctx, c.View, req)
		if err != nil {
			return nil, err
		}
		return sel(ctx, rows, criteria)
	})
	if err != nil {
		return err
	}
	p := page{selection, at, min(limit, selection.matched-int(at.offset)), out}
	links := c.selfLinks(typeGeoJSON)
	if next := int(at.offset) + p.count; next < selection.matched {
		at.offset = uint32(next)
		links = append(links, Link{Href: c.again("cursor", c.encode(at)), Rel: "next",
			Type: c.format(typeHTML, typeGeoJSON), Title: c.say("Trang sau", "Next page")})
	}
	links = append(links, Link{Href: c.href("/collections/" + col.id), Rel: "collection", Type: typeJSON,
		Title: col.title(c)})
	c.w.Header().Set("Content-Crs", "<"+out.uri+">")
	if c.html {
		return c.itemsHTML(col, p, links)
	}
	return c.stream(typeGeoJSON, func(w *bufio.Writer) error { return c.writePage(w, p, links) })
}

// format picks by the format that is written.
func (c *call) format(html, json string) string {
	if c.html {
		return html
	}
	return json
}

// page is a piece of a selection.
type page struct {
	of    *selection
	at    cursor
	count int
	in    system
}

// writePage writes the collection; its metadata precede the features.
func (c *call) writePage(w *bufio.Writer, p page, links []Link) error {
	result := p.of.rows.Result
	head, err := marshal(struct {
		Type           string  `json:"type"`
		TimeStamp      string  `json:"timeStamp"`
		NumberMatched  int     `json:"numberMatched"`
		NumberReturned int     `json:"numberReturned"`
		Version        string  `json:"version"`
		Definition     string  `json:"definition"`
		From           *string `json:"from"`
		To             string  `json:"to"`
		Boundaries     string  `json:"boundaries"`
		Links          []Link  `json:"links"`
	}{"FeatureCollection", c.Clock().UTC().Format(time.RFC3339), p.of.matched, p.count, result.Version,
		export.Definition,
		result.Query.From.OrNull(), result.Query.To.String(), result.Query.Boundaries.String(), links})
	if err != nil {
		return err
	}
	w.Write(head[:len(head)-1])
	w.WriteString(",\"features\":[")
	separator, line := "\n", []byte(nil)
	err = p.of.page(c.r.Context(), int(p.at.offset), p.count, func(r *export.Row) error {
		line = append(line[:0], separator...)
		separator = ",\n"
		if line, err = appendFeature(line, p.of.rows.Columns, r, &p.in); err != nil {
			return err
		}
		_, err := w.Write(line)
		return err
	})
	w.WriteString("\n]}\n")
	return err
}

func appendFeature(dst []byte, columns []export.Column, r *export.Row, in *system) ([]byte, error) {
	g, err := r.Geometry()
	if err != nil {
		return nil, err
	}
	return export.AppendFeature(dst, columns, featureID(r.Key()), in.project(g), r.Values())
}

// stream answers with what write writes. Once the first of it is sent there is no other
// answer: what fails then cuts the connection.
func (c *call) stream(mediaType string, write func(*bufio.Writer) error) error {
	c.w.Header().Set("Content-Type", mediaType)
	c.w.Header().Set("Content-Language", c.say("vi", "en"))
	c.w.Header().Set("Cache-Control", "no-cache")
	if c.r.Method == http.MethodHead {
		return nil
	}
	w := bufio.NewWriterSize(httpx.NewStream(c.r.Context(), c.w), 64<<10)
	err := write(w)
	if err == nil {
		err = w.Flush()
	}
	if err != nil {
		c.logCut(err)
		panic(http.ErrAbortHandler)
	}
	return nil
}

// marshal is json.Marshal that leaves & in addresses as it is.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

var errFound = errors.New("found")

// item answers one feature.
func (c *call) item() error {
	col, err := c.find(chi.URLParam(c.r, "collection"))
	if err != nil {
		return err
	}
	id := chi.URLParam(c.r, "id")
	if err := c.only(append([]string{"crs"}, windowParameters...)...); err != nil {
		return err
	}
	out, err := c.system("crs")
	if err != nil {
		return err
	}
	req, err := c.request(col)
	if err != nil {
		return err
	}
	missing := request.NotFound("feature of "+col.id, id)
	if !c.placed(col, id, &req) {
		return missing
	}
	rows, err := export.NewRows(c.r.Context(), c.View, req)
	if err != nil {
		return err
	}
	var line []byte
	var html func() error
	err = rows.Scan(c.r.Context(), 0, func(r *export.Row) error {
		if featureID(r.Key()) != id {
			return nil
		}
		if c.html {
			values := slices.Clone(r.Values())
			html = func() error { return c.itemHTML(col, id, rows, values, geometryOf(line)) }
		}
		if line, err = appendFeature(nil, rows.Columns, r, &out); err != nil {
			return err
		}
		return errFound
	})
	switch {
	case err == nil:
		return missing
	case !errors.Is(err, errFound):
		return err
	}
	c.w.Header().Set("Content-Crs", "<"+out.uri+">")
	if c.html {
		return html()
	}
	links, err := marshal(append(c.selfLinks(typeGeoJSON),
		Link{Href: c.href("/collections/" + col.id), Rel: "collection", Type: typeJSON, Title: col.title(c)}))
	if err != nil {
		return err
	}
	return c.stream(typeGeoJSON, func(w *bufio.Writer) error {
		w.Write(line[:len(line)-1])
		fmt.Fprintf(w, ",\"links\":%s}\n", links)
		return nil
	})
}

// geometryOf cuts the geometry out of a feature as appendFeature writes it.
func geometryOf(feature []byte) []byte {
	_, rest, _ := bytes.Cut(feature, []byte(`"geometry":`))
	geometry, _, _ := bytes.Cut(rest, []byte(`,"properties":`))
	return geometry
}

// placed completes the request with where the feature is: an area is among those of its
// level, a cell among those of its resolution. It reports false where there can be none.
func (c *call) placed(col *collection, id string, req *export.Request) bool {
	switch col.id {
	case "areas", "flags":
		b := c.View.BoundariesOn(cmp.Or(req.Query.Boundaries, req.Query.To, c.Today))
		if i := b.Find(id); i != boundary.NoArea {
			req.Query.Level = b.Areas[i].Level
		} else if id != noKey {
			return false
		}
	case "cells":
		cell, err := geo.ParseCell(id)
		if err != nil || cell.String() != id {
			return false
		}
		req.Query.Resolution = cell.Resolution()
		return req.Query.Resolution >= coverage.MinResolution && req.Query.Resolution <= coverage.MaxResolution
	}
	return true
}
