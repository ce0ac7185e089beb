package geojson

import (
	"encoding/json"
	"strings"
	"testing"
)

// A text is sound JSON to us where it is to encoding/json.
func FuzzJSON(f *testing.F) {
	for _, s := range []string{"", "{}", `{"a":[1,-0.5e+3,null,true,"\u00e1\n"]}`, "01", "1.", "-", `"\x"`, "[1,]", `{"a" : }`, "nul", "\"\x01\"", "\"\xff\"", " 1 "} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		end, err := SkipValue(s, SkipSpace(s, 0), 0)
		sound := err == nil && SkipSpace(s, end) == len(s)
		if err != nil && strings.Contains(err.Error(), "nested") {
			return
		}
		if sound != json.Valid([]byte(s)) {
			t.Fatalf("%q: sound is %v (%v)", s, sound, err)
		}
		if !sound {
			return
		}
		s = strings.TrimSpace(s)
		if s != "" && s[0] == '"' {
			var want string
			if err := json.Unmarshal([]byte(s), &want); err != nil {
				t.Fatal(err)
			}
			if got := strings.ToValidUTF8(Unquote(s), "\ufffd"); strings.ToValidUTF8(want, "\ufffd") != got &&
				!strings.Contains(want, "\ufffd") {
				t.Errorf("text of %s: got %q, want %q", s, got, want)
			}
		}
	})
}
