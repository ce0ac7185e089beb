package api

import (
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
)

// jobResponse is an answer with a job.
func jobResponse(description string) *huma.Response {
	return &huma.Response{Description: description, Content: map[string]*huma.MediaType{
		"application/json": {Schema: &huma.Schema{Ref: "#/components/schemas/JobStatus"}}}}
}

// problemResponse is every answer that is no success.
func problemResponse() *huma.Response {
	return &huma.Response{Description: "Error", Content: map[string]*huma.MediaType{
		"application/problem+json": {Schema: &huma.Schema{Ref: "#/components/schemas/ErrorModel"}}}}
}

// orNull says that members which are described as objects of their own may be null: huma has
// no word for it.
func orNull(s *huma.Schema, members ...string) *huma.Schema {
	for _, name := range members {
		object := s.Properties[name]
		s.Properties[name] = &huma.Schema{Description: object.Description, AnyOf: []*huma.Schema{{Ref: object.Ref}, {Type: "null"}}}
	}
	return s
}

// describeJobs adds the routes of jobs to the OpenAPI document. They are plain ones: a job
// changes while the data do not, and its file is asked for in ranges.
func (s *Server) describeJobs() {
	doc := s.huma.OpenAPI()
	doc.Components.Schemas.Map()["JobStatus"] = huma.SchemaFromType(doc.Components.Schemas, reflect.TypeFor[jobStatus]())
	id := []*huma.Param{{Name: "id", In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeString}, Description: "as the Location of the answer 202 has it"}}
	add := func(op huma.Operation) {
		op.Tags, op.Parameters = []string{"exports"}, id
		op.Responses["default"] = problemResponse()
		doc.AddOperation(&op)
	}
	add(huma.Operation{OperationID: "get-job", Method: http.MethodGet, Path: "/api/v1/jobs/{id}", Summary: "How far an export is",
		Responses: map[string]*huma.Response{"200": jobResponse("The job")}})
	add(huma.Operation{OperationID: "delete-job", Method: http.MethodDelete, Path: "/api/v1/jobs/{id}", Summary: "Stop an export, or let its file go",
		Responses: map[string]*huma.Response{"204": {Description: "It is gone"}}})
	add(huma.Operation{OperationID: "get-job-file", Method: http.MethodGet, Path: "/api/v1/jobs/{id}/file", Summary: "The file of an export that is done",
		Description: "With Range and If-Range a download that broke off goes on where it ended.",
		Responses: map[string]*huma.Response{"200": {Description: "The file", Content: exportTypes()},
			"206": {Description: "The range that was asked for", Content: exportTypes()}, "409": {Description: "The file is not done"}}})
}
