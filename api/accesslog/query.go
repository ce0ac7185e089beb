package accesslog

import "strings"

// shown are the parameters whose values a line has. Of those of the table that are false a line has the name alone: a
// filter or a box may be of one household, a cursor is a key to somebody's answer. Of other parameters it has neither:
// what is in them nobody can tell.
var shown = map[string]bool{
	"a": true, "b": true, "boundaries": true, "by": true, "class": true, "crs": true, "datetime": true,
	"earlier_from": true, "earlier_to": true, "f": true, "from": true, "geometry": true, "hotspots": true,
	"kind": true, "lang": true, "layer": true, "level": true, "limit": true, "max_zoom": true, "measure": true,
	"min_zoom": true, "parent": true, "period": true, "place": true, "resolution": true, "skill": true, "to": true,
	"v":    true,
	"bbox": false, "cursor": false, "filter": false, "filter-crs": false, "filter-lang": false, "properties": false,
	"q": false, "sortby": false,
}

const (
	maxQuery = 512 // bytes of a query in a line
	maxValue = 64  // bytes of a value
	omitted  = "…"
)

// queryOf returns what a line may have of a query: names and values of ASCII letters, digits and punctuation, as the
// address has them.
func queryOf(raw string) string {
	if raw == "" || wholeQuery(raw) {
		return raw
	}
	var b strings.Builder
	for part := range strings.SplitSeq(raw, "&") {
		if b.Len() > maxQuery {
			b.WriteString(omitted)
			break
		}
		if b.Len() > 0 {
			b.WriteByte('&')
		}
		name, value, _ := strings.Cut(part, "=")
		show, known := shown[name]
		switch {
		case !known:
			b.WriteString(omitted)
		case show && plain(value):
			b.WriteString(part)
		default:
			b.WriteString(name + "=" + omitted)
		}
	}
	return b.String()
}

// wholeQuery reports whether a line may have all of a query.
func wholeQuery(raw string) bool {
	if len(raw) > maxQuery {
		return false
	}
	for part := range strings.SplitSeq(raw, "&") {
		name, value, _ := strings.Cut(part, "=")
		if !shown[name] || !plain(value) {
			return false
		}
	}
	return true
}

// plain reports whether a value is short and made of visible ASCII.
func plain(value string) bool {
	if len(value) > maxValue {
		return false
	}
	for i := range len(value) {
		if value[i] <= ' ' || value[i] > '~' {
			return false
		}
	}
	return true
}

// printable returns a text that a client made up, cut, with ? for each letter that is no visible ASCII.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r <= ' ' || r > '~' {
			return '?'
		}
		return r
	}, text[:min(len(text), 255)])
}
