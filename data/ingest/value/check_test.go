package value

import (
	"slices"
	"testing"
)

func TestList(t *testing.T) {
	tests := []struct {
		in   string
		want []string
	}{
		{"", nil}, {";", nil}, {"a", []string{"a"}}, {"a;b", []string{"a", "b"}},
		{" a | b ,c;", []string{"a", "b", "c"}}, {"a b", []string{"a b"}},
	}
	for _, tt := range tests {
		if got := List(nil, tt.in); !slices.Equal(got, tt.want) {
			t.Errorf("List(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}
