package coverage

import (
	"slices"
	"testing"
)

func TestViewerKey(t *testing.T) {
	seen := make(map[string]Viewer)
	for _, scope := range [][]string{nil, {"1"}, {"2"}, {"1", "2"}, {"12"}} {
		for _, households := range []bool{false, true} {
			for _, small := range []bool{false, true} {
				v := Viewer{Scope: scope, Households: households, SmallCounts: small}
				if other, twice := seen[v.Key()]; twice {
					t.Errorf("%+v and %+v are both %q", v, other, v.Key())
				}
				seen[v.Key()] = v
				again := v
				again.Scope = append(slices.Clone(scope), scope...)
				slices.Reverse(again.Scope)
				if again.Key() != v.Key() {
					t.Errorf("%q and %q are keys of one scope", again.Key(), v.Key())
				}
			}
		}
	}
}
