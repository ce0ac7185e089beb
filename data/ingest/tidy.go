package ingest

import (
	"strings"

	"tungnha/data"
	"tungnha/data/ingest/value"
	"tungnha/internal/problem"
)

// missingRule is what a text such as --- means in a column.
type missingRule uint8

const (
	surelyEmpty missingRule = iota // free text: only what can be nothing else is no value
	empty                          // no value
	needed                         // a value is needed: the row is refused
)

// missingRules are those of the columns of each kind.
var missingRules = map[data.Kind][]missingRule{
	data.Areas:      rulesOf(data.AreaFields),
	data.Households: rulesOf(data.HouseholdFields),
	data.Teams:      rulesOf(data.TeamFields),
	data.Visits:     rulesOf(data.VisitFields),
}

func rulesOf[R any](fields []data.Field[R]) []missingRule {
	rules := make([]missingRule, len(fields))
	for i := range fields {
		switch f := &fields[i]; {
		case f.Type == data.TextField && strings.HasPrefix(f.Name, "name"):
			rules[i] = surelyEmpty
		case f.Required && f.Name != "hamlet_codes": // a team may serve none
			rules[i] = needed
		default:
			rules[i] = empty
		}
	}
	return rules
}

// longestMissing is how many bytes a text that stands for no value has at most.
const longestMissing = 4

// tidy makes the texts of a row those that are meant: composed letters, nothing that nobody sees, and nothing where
// a text stands for no value.
func (p *parser) tidy(r *row) {
	for i, rule := range p.missing {
		text := r.values[i]
		if text == "" {
			continue
		}
		if !r.ascii {
			tidied, dropped := value.Tidy(text)
			if dropped > 0 {
				p.in.Add(value.Invisible, p.columns[i], "", r.line)
			}
			r.values[i], text = tidied, tidied
		}
		if len(text) > longestMissing {
			continue
		}
		switch missing, sure := value.Missing(text); {
		case !missing || rule == surelyEmpty && !sure:
		case rule == needed:
			r.problem = problem.StandsForNothing(p.columns[i], text)
			return
		default:
			p.in.Add(value.TakenAsEmpty, p.columns[i], text, r.line)
			r.values[i] = ""
		}
	}
}

// isTotal reports whether a row adds up the others: it says so in its first column or for an id, and has nothing else
// that a record needs.
func (p *parser) isTotal(r *row) bool {
	for _, i := range p.others {
		if r.values[i] != "" {
			return false
		}
	}
	return value.IsTotal(r.values[0]) || value.IsTotal(r.first)
}

// neededBeside lists the places of the required columns of a kind, but for the id.
func neededBeside(kind data.Kind) (places []int) {
	for _, name := range requiredColumns(kind)[1:] {
		places = append(places, place(columnsOf(kind), name))
	}
	return places
}
