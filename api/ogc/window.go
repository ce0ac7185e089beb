package ogc

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"tungnha/coverage"
	"tungnha/coverage/export"
	"tungnha/data"
	"tungnha/internal/problem"
)

// windowParameters narrow what the figures are of, as everywhere else.
var windowParameters = []string{"datetime", "from", "to", "boundaries", "parent"}

// maxCode bounds the codes and names in parameters, in bytes.
const maxCode = 100

// request reads the query of a collection: the window, the scope and the parameters
// of its own.
func (c *call) request(col *collection) (export.Request, error) {
	q, err := c.window()
	if err != nil {
		return export.Request{}, err
	}
	req := export.Request{Layer: col.layer, Query: q}
	switch col.id {
	case "areas":
		if req.Query.Level, err = c.level(c.View.BoundariesOn(cmp.Or(q.Boundaries, q.To, c.Today)).LevelBelow(
			q.Parent)); err != nil {
			return req, err
		}
	case "hamlets":
		req.Query.Level = data.Hamlet
	case "flags":
		if req.Query.Level, err = c.level(data.Hamlet); err != nil {
			return req, err
		}
		if req.Flag = c.values.Get("kind"); len(req.Flag) > maxCode {
			return req, problem.Parameter("kind", problem.LongValue())
		}
	case "cells":
		req.Query.Resolution = 8
		if text := c.values.Get("resolution"); text != "" {
			n, err := strconv.Atoi(text)
			if err != nil || n < coverage.MinResolution || n > coverage.MaxResolution {
				return req, parameter("resolution", text,
					problem.WantNumber(coverage.MinResolution, coverage.MaxResolution))
			}
			req.Query.Resolution = n
		}
	case "visits":
		req.Query.By = coverage.ByDay
	}
	return req, nil
}

func (c *call) level(usual data.Level) (data.Level, error) {
	switch l := data.Level(c.values.Get("level")); l {
	case "":
		return usual, nil
	case data.Province, data.District, data.Commune, data.Hamlet:
		return l, nil
	default:
		return "", parameter("level", string(l),
			problem.WantOneOf(data.Province, data.District, data.Commune, data.Hamlet))
	}
}

// window reads the window from datetime, or from and to; and the boundaries and the scope.
func (c *call) window() (coverage.Query, error) {
	var q coverage.Query
	for _, w := range []struct {
		name string
		day  *data.Date
	}{{"from", &q.From}, {"to", &q.To}, {"boundaries", &q.Boundaries}} {
		text := c.values.Get(w.name)
		if len(text) > maxCode {
			return q, problem.Parameter(w.name, problem.LongValue())
		}
		var p *problem.Problem
		if *w.day, p = data.ReadDate("", text); p != nil {
			return q, parameter(w.name, text, p)
		}
	}
	if q.Parent = c.values.Get("parent"); len(q.Parent) > maxCode {
		return q, problem.Parameter("parent", problem.LongValue())
	}
	if !c.values.Has("datetime") {
		return q, nil
	}
	text := c.values.Get("datetime")
	if c.values.Has("from") || c.values.Has("to") {
		return q, parameter("datetime", text, problem.DatetimeRepeats())
	}
	var p *problem.Problem
	if q.From, q.To, p = parseDatetime(text); p != nil {
		return q, parameter("datetime", text, p)
	}
	return q, nil
}

// parseDatetime reads the parameter datetime as a window of days: an instant is its day, an
// interval goes from the day of its beginning to the day of its end, both within; .. or
// empty is no bound.
func parseDatetime(text string) (from, to data.Date, p *problem.Problem) {
	if len(text) > maxCode {
		return 0, 0, problem.LongValue()
	}
	begin, end, interval := strings.Cut(text, "/")
	if !interval {
		if text == "" || text == ".." {
			return 0, 0, problem.WantDatetime()
		}
		from, p = parseInstant(text)
		return from, from, p
	}
	if open(begin) && open(end) {
		return 0, 0, nil
	}
	if !open(begin) {
		if from, p = parseInstant(begin); p != nil {
			return 0, 0, p
		}
	}
	if !open(end) {
		if to, p = parseInstant(end); p != nil {
			return 0, 0, p
		}
		if from > to {
			return 0, 0, problem.IntervalReversed()
		}
	}
	return from, to, nil
}

func open(bound string) bool { return bound == "" || bound == ".." }

// parseInstant returns the day in Việt Nam of a day or a moment in RFC 3339.
func parseInstant(text string) (data.Date, *problem.Problem) {
	if moment, err := time.Parse(time.RFC3339, strings.ToUpper(text)); err == nil {
		if y := moment.Year(); y < 1900 || y > 2078 {
			return 0, problem.MomentOutside(text)
		}
		return data.DateOf(moment), nil
	}
	day, p := data.ReadDate("", text)
	if p != nil {
		return 0, problem.NeitherDayNorMoment(text)
	}
	return day, nil
}

// dayOf is parseInstant for filters.
func dayOf(moment string) (string, error) {
	if !strings.ContainsAny(moment, "Tt") {
		return "", fmt.Errorf("%q is not a moment in RFC 3339", moment)
	}
	day, p := parseInstant(moment)
	if p != nil {
		return "", p
	}
	return day.String(), nil
}

// The limits of a page.
const (
	defaultLimit = 100
	maxLimit     = 10_000
)

// limit reads the limit: more than there may be is the most there may be.
func (c *call) limit() (int, error) {
	text := c.values.Get("limit")
	if !c.values.Has("limit") {
		return defaultLimit, nil
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil && text != "" && strings.Trim(text, "0123456789") == "" {
		n, err = math.MaxUint64, nil // more digits than a number has
	}
	if err != nil || n < 1 {
		return 0, parameter("limit", text, problem.WantNumber(1, maxLimit))
	}
	return int(min(n, maxLimit)), nil
}

// itemParameters lists the parameters of a collection's items, but for those of its
// properties.
func (col *collection) itemParameters() []string {
	names := slices.Concat(windowParameters, col.parameters,
		[]string{"limit", "cursor", "bbox", "bbox-crs", "crs", "filter", "filter-lang", "filter-crs", "sortby"})
	return names
}
