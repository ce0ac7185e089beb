package form

import (
	"slices"
	"strings"
	"testing"
)

var (
	households = []string{"household_id", "lon", "lat", "hamlet_code"}
	visits     = []string{"visit_id", "household_id", "team_id", "visited_at", "outcome", "assessed", "shown"}
	lists      = []string{"assessed", "shown"}
)

func TestMatch(t *testing.T) {
	tests := []struct {
		title   string
		columns []string
		names   string // with spaces between
		want    string // field=name, in the order of the names
	}{
		{"names as they are", households, "household_id lon lat Hamlet-Code", "household_id=household_id lon=lon lat=lat hamlet_code=Hamlet-Code"},
		{"whole words", households, "household_id latitude longitude", "household_id=household_id lat=latitude lon=longitude"},
		{"lat and lng", households, "household_id lat lng", "household_id=household_id lat=lat lon=lng"},
		{"ODK", households, "household_id place-Latitude place-Longitude place-Altitude", "household_id=household_id lat=place-Latitude lon=place-Longitude"},
		{"KoboToolbox", households, "household_id place _place_latitude _place_longitude _place_precision", "household_id=household_id lat=_place_latitude lon=_place_longitude"},
		{"one column for a point", households, "household_id home/place", "household_id=household_id point=home/place"},
		{"two columns for a point", households, "household_id home/gps work/gps", "household_id=household_id"},
		{"two points", households, "household_id home-Latitude home-Longitude work-Latitude work-Longitude", "household_id=household_id"},
		{"a name before an alias", households, "household_id lon lat longitude latitude", "household_id=household_id lon=lon lat=lat"},
		{"groups", visits, "visit-household_id form.team_id a/b/outcome", "household_id=visit-household_id team_id=form.team_id outcome=a/b/outcome"},
		{"ids of forms", visits, "meta-instanceID KEY household_id", "visit_id=KEY household_id=household_id"},
		{"an instance", visits, "meta/instanceID _uuid", "visit_id=meta/instanceID"},
		{"an instance beside an id", visits, "visit_id KEY", "visit_id=visit_id"},
		{"no instance is a household", households, "KEY lon lat", "lon=lon lat=lat"},
		{"choices", visits, "assessed assessed/payment visit/shown/local other/x", "assessed=assessed assessed:payment=assessed/payment shown:local=visit/shown/local"},
		{"choices of lists that the kind does not have", households, "household_id assessed/payment", "household_id=household_id"},
		{"reviews", visits, "ReviewState _validation_status", "review=ReviewState review=_validation_status"},
	}
	for _, tt := range tests {
		names := strings.Fields(tt.names)
		var got []string
		for i, c := range Match(tt.columns, lists, names) {
			switch c.Role {
			case Field:
				got = append(got, tt.columns[c.At]+"="+names[i])
			case Choice:
				got = append(got, tt.columns[c.At]+":"+c.Key+"="+names[i])
			case Point:
				got = append(got, "point="+names[i])
			case Review:
				got = append(got, "review="+names[i])
			}
		}
		if !slices.Equal(got, strings.Fields(tt.want)) {
			t.Errorf("%s: got %q, want %s", tt.title, got, tt.want)
		}
	}
}

func TestRejected(t *testing.T) {
	for state, want := range map[string]bool{"rejected": true, "hasIssues": true, "Not Approved": true,
		"validation_status_not_approved": true, `{"uid":"validation_status_not_approved"}`: true, "": false,
		"approved": false, "edited": false, "validation_status_on_hold": false, "received": false} {
		if got := isRejected(state); got != want {
			t.Errorf("%q: got %v", state, got)
		}
	}
}

func TestChosen(t *testing.T) {
	for text, want := range map[string][2]bool{"1": {true, true}, "True": {true, true}, "0": {false, true},
		"": {false, false}, "FALSE": {false, true}, "maybe": {false, false}} {
		if chosen, ok := isChosen(text); chosen != want[0] || ok != want[1] {
			t.Errorf("%q: got %v, %v", text, chosen, ok)
		}
	}
}

func TestLatLon(t *testing.T) {
	for text, want := range map[string]string{"16.03 108.06 12.3 4.5": "16.03 108.06 true", "16.03 108.06": "16.03 108.06 true",
		"16.03": "  false", "": "  false", "1 2 3 4 5": "  false"} {
		lat, lon, ok := latLon(text)
		if got := lat + " " + lon + map[bool]string{true: " true", false: " false"}[ok]; got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}
