package api

import (
	"maps"
	"slices"
	"testing"
)

// TestSchemaNamesPinned fails for a schema whose name would follow a rename of its Go type:
// it has to be added to schemaNames. The golden openapi.json has the names themselves.
func TestSchemaNamesPinned(t *testing.T) {
	s, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	pinned := slices.Sorted(maps.Values(schemaNames))
	if again := slices.Compact(slices.Clone(pinned)); len(again) != len(pinned) {
		t.Errorf("a name is given twice in %q", pinned)
	}
	pinned = append(pinned, "Visit") // described by hand
	slices.Sort(pinned)
	got := slices.Sorted(maps.Keys(s.huma.OpenAPI().Components.Schemas.Map()))
	if !slices.Equal(got, pinned) {
		t.Errorf("schemas of the document: got %q, want those of schemaNames and Visit: %q", got, pinned)
	}
}
