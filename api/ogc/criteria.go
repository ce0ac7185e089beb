package ogc

import (
	"slices"
	"strings"

	"tungnha/api/cql"
	"tungnha/coverage/export"
	"tungnha/internal/problem"
)

// criteria reads which features are requested, and in which order.
func (c *call) criteria(col *collection) (*criteria, error) {
	k := &criteria{}
	properties := col.properties(c.View)
	own := col.itemParameters()
	for name := range c.values {
		if name == "f" || name == "lang" || slices.Contains(own, name) {
			continue
		}
		at := slices.IndexFunc(properties, func(f export.Field) bool { return f.Name == name })
		if at < 0 {
			return nil, problem.Parameter(name, problem.UnknownParameter())
		}
		text := c.values.Get(name)
		if len(text) > 1000 {
			return nil, problem.Parameter(name, problem.LongValue())
		}
		e, err := parseEquality(at, properties[at].Type, name, text)
		if err != nil {
			return nil, err
		}
		k.equals = append(k.equals, e)
	}
	var err error
	if k.box, err = c.bbox(); err != nil {
		return nil, err
	}
	if k.filter, err = c.filter(properties, col.geometry != ""); err != nil {
		return nil, err
	}
	k.order, err = c.sortby(properties)
	return k, err
}

// filter reads the parameters filter, filter-lang and filter-crs.
func (c *call) filter(properties []export.Field, spatial bool) (*cql.Filter, error) {
	in, err := c.system("filter-crs")
	if err != nil {
		return nil, err
	}
	lang := c.values.Get("filter-lang")
	if lang != "" && lang != "cql2-text" && lang != "cql2-json" {
		return nil, parameter("filter-lang", lang, problem.WantOneOf("cql2-text", "cql2-json"))
	}
	if !c.values.Has("filter") {
		return nil, nil
	}
	text := c.values.Get("filter")
	if strings.TrimSpace(text) == "" {
		return nil, problem.Parameter("filter", problem.Empty(""))
	}
	language := &cql.Language{ToDegrees: in.toDegrees, DayOf: dayOf}
	for _, f := range properties {
		language.Properties = append(language.Properties, cql.Property{Name: f.Name, Type: simple(f.Type)})
	}
	if spatial {
		language.Properties = append(language.Properties, cql.Property{Name: "geometry", Type: cql.Geometry})
	}
	parse := language.ParseText
	if lang == "cql2-json" || lang == "" && strings.HasPrefix(strings.TrimSpace(text), "{") {
		parse = language.ParseJSON
	}
	filter, err := parse(text)
	if err != nil {
		return nil, problem.Parameter("filter", problem.FilterMalformed(err.Error()))
	}
	return filter, nil
}

// maxSortKeys bounds the properties that features are sorted by.
const maxSortKeys = 8

// sortby reads the parameter sortby.
func (c *call) sortby(properties []export.Field) ([]sortKey, error) {
	if !c.values.Has("sortby") {
		return nil, nil
	}
	text := c.values.Get("sortby")
	var order []sortKey
	for key := range strings.SplitSeq(text, ",") {
		name := strings.TrimPrefix(strings.TrimPrefix(key, "+"), "-")
		if strings.HasPrefix(key, " ") {
			return nil, parameter("sortby", text, problem.SortKeySpace())
		}
		at := slices.IndexFunc(properties, func(f export.Field) bool { return f.Name == name })
		switch {
		case at < 0:
			return nil, problem.Parameter("sortby", problem.NotSortable(name))
		case len(order) == maxSortKeys:
			return nil, problem.Parameter("sortby", problem.TooManySortKeys(maxSortKeys))
		}
		order = append(order, sortKey{at, strings.HasPrefix(key, "-")})
	}
	return order, nil
}
