package api

import (
	"reflect"

	"github.com/danielgtaylor/huma/v2"
	"github.com/paulmach/orb/geojson"

	"tungnha/api/admin"
	"tungnha/api/transfer"
	"tungnha/coverage/export"
	"tungnha/coverage/rules"
	"tungnha/data"
	"tungnha/data/ingest"
)

// schemaNames pins the names of OpenAPI schemas, from which clients generate their types. huma
// derives a name from the Go type unless it is listed here, so without this table renaming a
// Go type would rename a type of every generated client.
var schemaNames = map[reflect.Type]string{
	reflect.TypeFor[export.Answer]():           "Answer",
	reflect.TypeFor[Area]():                    "Area",
	reflect.TypeFor[areaChange]():              "AreaChange",
	reflect.TypeFor[areaDetail]():              "AreaDetail",
	reflect.TypeFor[areasFound]():              "AreasFound",
	reflect.TypeFor[basemap]():                 "Basemap",
	reflect.TypeFor[boundariesFound]():         "BoundariesFound",
	reflect.TypeFor[boundariesVersion]():       "BoundariesVersion",
	reflect.TypeFor[changePart]():              "ChangePart",
	reflect.TypeFor[compared]():                "Compared",
	reflect.TypeFor[huma.ErrorDetail]():        "ErrorDetail",
	reflect.TypeFor[huma.ErrorModel]():         "ErrorModel",
	reflect.TypeFor[ingest.ColumnNote]():       "ColumnNote",
	reflect.TypeFor[ingest.FileReport]():       "FileReport",
	reflect.TypeFor[ingest.Finding]():          "Finding",
	reflect.TypeFor[flagged]():                 "Flagged",
	reflect.TypeFor[geojson.Geometry]():        "Geometry",
	reflect.TypeFor[hotSpot]():                 "HotSpot",
	reflect.TypeFor[hotSpots]():                "HotSpots",
	reflect.TypeFor[transfer.ImportProgress](): "ImportProgress",
	reflect.TypeFor[transfer.ImportStatus]():   "ImportStatus",
	reflect.TypeFor[transfer.ImportSummary]():  "ImportSummary",
	reflect.TypeFor[transfer.ImportedFile]():   "ImportedFile",
	reflect.TypeFor[transfer.ImportsFound]():   "ImportsFound",
	reflect.TypeFor[transfer.JobStatus]():      "JobStatus",
	reflect.TypeFor[meta]():                    "Meta",
	reflect.TypeFor[ingest.Note]():             "Note",
	reflect.TypeFor[publicMeta]():              "PublicMeta",
	reflect.TypeFor[publicWindow]():            "PublicWindow",
	reflect.TypeFor[qualityReport]():           "Quality",
	reflect.TypeFor[qualityExample]():          "QualityExample",
	reflect.TypeFor[qualityFinding]():          "QualityFinding",
	export.RecordShape():                       "Record",
	reflect.TypeFor[ingest.Report]():           "Report",
	reflect.TypeFor[resolutions]():             "Resolutions",
	reflect.TypeFor[data.Skill]():              "Skill",
	reflect.TypeFor[admin.State]():             "State",
	reflect.TypeFor[teamAssignment]():          "TeamAssignment",
	reflect.TypeFor[teamDetail]():              "TeamDetail",
	reflect.TypeFor[rules.Thresholds]():        "Thresholds",
	reflect.TypeFor[export.Uptake]():           "Uptake",
	reflect.TypeFor[visitResult]():             "VisitResult",
	reflect.TypeFor[visitsPosted]():            "VisitsPosted",
}

// newSchemas returns a registry with the shape of what writes its JSON itself.
func newSchemas() huma.Registry {
	schemas := huma.NewMapRegistry("#/components/schemas/", schemaName)
	schemas.RegisterTypeAlias(reflect.TypeFor[export.Record](), export.RecordShape())
	return schemas
}

// schemaName is the namer of huma's registry of schemas.
func schemaName(t reflect.Type, hint string) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if name, ok := schemaNames[t]; ok {
		return name
	}
	return huma.DefaultSchemaNamer(t, hint)
}
