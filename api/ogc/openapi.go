package ogc

import (
	"slices"
	"strings"

	"tungnha/api/cql"
	"tungnha/coverage"
	"tungnha/coverage/export"
)

// object is a JSON object of the OpenAPI document; its members come out sorted.
type object = map[string]any

// api answers the description of the routes below /ogc, in OpenAPI 3.0.
func (c *call) api() error {
	if err := c.only(); err != nil {
		return err
	}
	doc := c.openAPI()
	if c.html {
		return c.apiHTML(doc)
	}
	return c.writeJSON(typeOpenAPI, doc)
}

func (c *call) openAPI() object {
	paths := object{
		"/":            c.operation("getLandingPage", "Landing page", typeJSON, nil, nil),
		"/conformance": c.operation("getConformance", "Conformance classes", typeJSON, nil, nil),
		"/api":         c.operation("getAPI", "This document", typeOpenAPI, nil, nil),
		"/dictionary": c.operation("getDictionary", "Every field: its type, unit, labels and definition", typeJSON,
			nil, nil),
		"/collections": c.operation("getCollections", "The collections", typeJSON, nil, nil),
	}
	for _, col := range visible(c.View.Viewer()) {
		path, tag := "/collections/"+col.id, []string{col.id}
		paths[path] = c.operation("describe_"+col.id, col.titleEN, typeJSON, nil, tag)
		for _, part := range []string{"schema", "queryables", "sortables"} {
			paths[path+"/"+part] = c.operation(part+"_"+col.id, col.titleEN+": "+part, typeSchema, nil, tag)
		}
		paths[path+"/items"] = c.operation("items_"+col.id, col.titleEN, typeGeoJSON, c.itemsParameters(col), tag)
		one := append([]any{object{"name": "id", "in": "path", "required": true, "schema": object{"type": "string"},
			"description": "id of the feature; none: the households of no area"}},
			refs(append([]string{"crs"}, windowParameters...))...)
		paths[path+"/items/{id}"] = c.operation("item_"+col.id, "One of "+col.titleEN, typeGeoJSON, one, tag)
	}
	return object{
		"openapi": "3.0.3",
		"info": object{"title": "Từng Nhà, OGC API - Features", "version": c.Build,
			"description": "Coverage of door-to-door digital-skills programmes in Việt Nam. Every figure is defined " +
				"in docs/indicators.md, every field in dictionary. Errors are RFC 9457 problem documents that name " +
				"the parameter at fault."},
		"servers": []any{object{"url": c.base + "/ogc"}},
		"paths":   paths,
		"components": object{"parameters": c.sharedParameters(), "responses": problemResponses(),
			"schemas": object{"problem": problemSchema()}},
	}
}

// operation describes a GET.
func (c *call) operation(id, summary, mediaType string, parameters []any, tags []string) object {
	parameters = append(parameters, refs([]string{"f", "lang"})...)
	responses := object{
		"200": object{"description": "OK", "content": object{mediaType: object{"schema": object{"type": "object"}},
			typeHTML: object{"schema": object{"type": "string"}}}},
		"400": object{"$ref": "#/components/responses/BadRequest"},
		"406": object{"$ref": "#/components/responses/NotAcceptable"},
		"500": object{"$ref": "#/components/responses/ServerError"},
		"503": object{"$ref": "#/components/responses/Unavailable"},
	}
	if len(tags) > 0 {
		responses["404"] = object{"$ref": "#/components/responses/NotFound"}
	}
	if strings.HasPrefix(id, "items_") {
		responses["410"] = object{"$ref": "#/components/responses/Gone"}
	}
	get := object{"operationId": id, "summary": summary, "parameters": parameters, "responses": responses}
	if len(tags) > 0 {
		get["tags"] = tags
	}
	return object{"get": get}
}

func refs(names []string) []any {
	var list []any
	for _, name := range names {
		list = append(list, object{"$ref": "#/components/parameters/" + name})
	}
	return list
}

// itemsParameters are those of a collection's items: the shared ones, and one for each
// property.
func (c *call) itemsParameters(col *collection) []any {
	names := col.itemParameters()
	list := refs(names)
	fields := col.properties(c.View)
	for i := range fields {
		f := &fields[i]
		if slices.Contains(names, f.Name) {
			continue
		}
		list = append(list, object{"name": f.Name, "in": "query", "required": false, "style": "form", "explode": false,
			"schema": propertySchema(f), "description": "only features in which it is this: " + f.EN})
	}
	return list
}

func propertySchema(f *export.Field) object {
	switch f.Type {
	case export.Integer:
		return object{"type": "integer"}
	case export.Boolean:
		return object{"type": "boolean"}
	case export.Day:
		return object{"type": "string", "format": "date"}
	case export.Text, export.List:
		return object{"type": "string"}
	}
	return object{"type": "number"}
}

// sharedParameters describes the parameters that are no properties.
func (c *call) sharedParameters() object {
	query := func(name string, schema object, about string) object {
		return object{"name": name, "in": "query", "required": false, "style": "form", "explode": false,
			"schema": schema, "description": about}
	}
	text := func(more object) object {
		schema := object{"type": "string"}
		for k, v := range more {
			schema[k] = v
		}
		return schema
	}
	uri := text(object{"format": "uri", "enum": c.systemURIs(), "default": crs84})
	day := text(object{"format": "date"})
	levels := text(object{"enum": []string{"province", "district", "commune", "hamlet"}})
	all := object{}
	for _, p := range []object{
		query("f", text(object{"enum": []string{"json", "html"}}), "format; without it the header Accept decides"),
		query("lang", text(object{"enum": []string{"vi", "en"}, "default": "vi"}), "language of titles and pages"),
		query("limit", object{"type": "integer", "minimum": 1, "maximum": maxLimit, "default": defaultLimit},
			"features of a page, at most"),
		query("cursor", text(nil), "where the page begins: as a next link has it, and good for that query alone"),
		query("bbox", object{"type": "array", "items": object{"type": "number"}, "minItems": 4, "maxItems": 6},
			"only features that meet this box, and those that have no geometry: 4 numbers, or 6 with heights, which "+
				"do not matter"),
		query("bbox-crs", uri, "reference system of bbox"),
		query("crs", uri, "reference system of the answer"),
		query("datetime", text(nil), "the window of the figures, as an instant or an interval of RFC 3339: the "+
			"days, in Asia/Ho_Chi_Minh, from that of its beginning to that of its end; .. for no bound. The same as "+
			"from and to. Counts by day are those of its days"),
		query("from", day, "first day of the window; without it: ever"),
		query("to", day, "last day of the window, itself within; without it: today"),
		query("boundaries", day, "the day whose boundaries count; without it: the last day of the window"),
		query("parent", text(object{"maxLength": maxCode}), "code of the area to stay within, at any depth"),
		query("level", levels, "level of the areas; without it: communes, or the areas right below the parent; of "+
			"flags: hamlets"),
		query("resolution", object{"type": "integer", "minimum": coverage.MinResolution,
			"maximum": coverage.MaxResolution, "default": 8}, "H3 resolution of the cells"),
		query("kind", text(nil), "only features with this flag: no_team, unvisited, low_uptake:payment …"),
		query("filter", text(object{"maxLength": cql.MaxBytes}), "only features of which this CQL2 filter is true"),
		query("filter-lang", text(object{"enum": []string{"cql2-text", "cql2-json"}, "default": "cql2-text"}),
			"encoding of filter; without it, JSON where filter begins with a brace"),
		query("filter-crs", uri, "reference system of the geometries in filter"),
		query("sortby", object{"type": "array", "minItems": 1,
			"items": object{"type": "string", "pattern": `^[+-]?[^+\-\s].*$`}},
			"sortable properties, with - before those to sort by downwards; what is null comes last"),
	} {
		all[p["name"].(string)] = p
	}
	return all
}

func problemSchema() object {
	text := object{"type": "string"}
	return object{"type": "object", "properties": object{"title": text, "status": object{"type": "integer"},
		"detail": text, "instance": text,
		"errors": object{"type": "array", "items": object{"type": "object",
			"properties": object{"location": text, "message": text, "value": object{}}}}}}
}

func problemResponses() object {
	responses := object{}
	for name, about := range map[string]string{"BadRequest": "a parameter is out of bounds, or unknown",
		"NotFound":      "there is no such resource",
		"NotAcceptable": "neither JSON nor HTML was asked for",
		"Gone":          "the cursor's state of the data is no longer at hand",
		"ServerError":   "something went wrong", "Unavailable": "the data are still being read"} {
		responses[name] = object{"description": about, "content": object{
			"application/problem+json": object{"schema": object{"$ref": "#/components/schemas/problem"}}}}
	}
	return responses
}

// apiHTML shows the routes and the shared parameters as a page.
func (c *call) apiHTML(doc object) error {
	p := htmlPage{Title: c.say("Tài liệu API", "The API"), Head: []string{"GET", c.say("Mô tả", "Description")},
		Intro: c.say("Mô tả đầy đủ, dạng OpenAPI 3.0, ở liên kết JSON. Tham số:",
			"The whole description, in OpenAPI 3.0, is behind the link JSON. Parameters:")}
	parameters := c.sharedParameters()
	for _, name := range sortedKeys(parameters) {
		p.Facts = append(p.Facts, [2]string{name, parameters[name].(object)["description"].(string)})
	}
	paths := doc["paths"].(object)
	for _, path := range sortedKeys(paths) {
		get := paths[path].(object)["get"].(object)
		p.Rows = append(p.Rows, []cell{{Text: "/ogc" + path}, {Text: get["summary"].(string)}})
	}
	return c.writeHTML(p)
}

func sortedKeys(o object) []string {
	keys := make([]string, 0, len(o))
	for k := range o {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
