package httpx

import (
	"reflect"

	"github.com/danielgtaylor/huma/v2"
)

// Describe completes the entry of a plain route in the OpenAPI document. Schemas of Go types are
// taken from the registry.
type Describe func(op *huma.Operation, schemas huma.Registry)

// AddOperation adds a plain route to an OpenAPI document: one that is answered without huma, which
// describes of it only what describe adds. Every such route may answer with a problem.
func AddOperation(doc *huma.OpenAPI, method, path string, describe Describe) {
	op := &huma.Operation{Method: method, Path: path, Responses: map[string]*huma.Response{
		"default": ProblemResponse()}}
	describe(op, doc.Components.Schemas)
	doc.AddOperation(op)
}

// ProblemResponse describes every answer that is no success.
func ProblemResponse() *huma.Response {
	return &huma.Response{Description: "Error", Content: map[string]*huma.MediaType{
		"application/problem+json": {Schema: &huma.Schema{Ref: "#/components/schemas/ErrorModel"}}}}
}

// JSONResponse describes an answer with a T as JSON.
func JSONResponse[T any](schemas huma.Registry, description string) *huma.Response {
	return &huma.Response{Description: description, Content: map[string]*huma.MediaType{
		"application/json": {Schema: schemas.Schema(reflect.TypeFor[T](), true, "")}}}
}

// FileResponse describes an answer of a media type without a schema.
func FileResponse(mediaType, description string) *huma.Response {
	return &huma.Response{Description: description, Content: map[string]*huma.MediaType{mediaType: {}}}
}

// Text describes a parameter that is a text.
func Text(description string) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Description: description}
}

// Param describes a parameter of a path or a query. Those of a path are always there.
func Param(in, name string, schema *huma.Schema) *huma.Param {
	return &huma.Param{Name: name, In: in, Required: in == "path", Schema: schema, Description: schema.Description}
}

// OrNull describes members that are objects of their own and may be null: huma has no tag for it.
func OrNull(s *huma.Schema, members ...string) *huma.Schema {
	for _, name := range members {
		object := s.Properties[name]
		s.Properties[name] = &huma.Schema{Description: object.Description,
			AnyOf: []*huma.Schema{{Ref: object.Ref}, {Type: "null"}}}
	}
	return s
}
