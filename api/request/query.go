package request

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"

	"tungnha/internal/problem"
)

// ParseQuery reads the query of an address. Half a query would answer another question, so
// one that cannot be read whole is refused, and so is a parameter that is given twice.
func ParseQuery(r *http.Request) (url.Values, error) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, Parameter("query", "", r.URL.RawQuery, problem.Malformed(err.Error()))
	}
	for name, all := range values {
		if len(all) > 1 {
			return nil, Parameter("query", name, "", problem.Repeated())
		}
	}
	return values, nil
}

// QueryOf reads a query that may have the parameters and no others.
func QueryOf(r *http.Request, parameters ...string) (url.Values, error) {
	values, err := ParseQuery(r)
	if err != nil {
		return nil, err
	}
	for name := range values {
		if !slices.Contains(parameters, name) {
			return nil, Parameter("query", name, "", problem.UnknownParameter())
		}
	}
	return values, nil
}

// Language reads the parameter lang; empty is Vietnamese.
func Language(text string) (string, error) {
	switch language := cmp.Or(text, "vi"); language {
	case "vi", "en":
		return language, nil
	}
	return "", Parameter("query", "lang", text, problem.WantOneOf("vi", "en"))
}
