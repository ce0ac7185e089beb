package digest_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"tungnha/data"
	"tungnha/data/digest"
)

var visit = data.Visit{ID: "V1", HouseholdID: "H1", TeamID: "T1", At: time.Unix(1_700_000_000, 0), Outcome: data.Absent}

// A digest is of a multiset: neither order nor what came and went is left in it.
func TestMultiset(t *testing.T) {
	h := digest.NewHasher(make([]byte, digest.KeySize))
	a, b := h.Visit(&visit, 3, 1), h.Household(&data.Household{ID: "H1", Point: orb.Point{108, 16}})
	if a.Add(b) != b.Add(a) || a.Add(b).Sub(a) != b || a.Sub(a) != (digest.Digest{}) {
		t.Error("sums of digests differ by order or by what was taken away again")
	}
	if a.Add(a) == a || a.Add(a).Records != 2 {
		t.Error("a record twice has the digest of the record")
	}
	parsed, err := digest.Parse(a.Records, a.Bytes())
	if err != nil || parsed != a {
		t.Errorf("%v, %v read back, want %v", parsed, err, a)
	}
	if _, err := digest.Parse(1, bytes.Repeat([]byte{1}, digest.Size-1)); err == nil {
		t.Error("a short sum: no error")
	}
}

// Each field is in the digest, and texts do not run into one another.
func TestFields(t *testing.T) {
	h := digest.NewHasher(digest.NewKey())
	seen := map[digest.Digest]string{}
	add := func(name string, d digest.Digest) {
		t.Helper()
		if other, ok := seen[d]; ok {
			t.Errorf("%s has the digest of %s", name, other)
		}
		seen[d] = name
	}
	add("visit", h.Visit(&visit, 3, 1))
	add("assessed", h.Visit(&visit, 7, 1))
	add("shown", h.Visit(&visit, 3, 2))
	for name, change := range map[string]func(*data.Visit){
		"id":        func(v *data.Visit) { v.ID = "V2" },
		"household": func(v *data.Visit) { v.HouseholdID = "H2" },
		"split":     func(v *data.Visit) { v.HouseholdID, v.TeamID = "H1T", "1" },
		"team":      func(v *data.Visit) { v.TeamID = "T2" },
		"second":    func(v *data.Visit) { v.At = v.At.Add(time.Second) },
		"outcome":   func(v *data.Visit) { v.Outcome = data.Completed },
	} {
		v := visit
		change(&v)
		add("visit: "+name, h.Visit(&v, 3, 1))
	}
	add("household", h.Household(&data.Household{ID: "H1", Point: orb.Point{108, 16}}))
	add("household: axes", h.Household(&data.Household{ID: "H1", Point: orb.Point{16, 108}}))
	add("household: hamlet", h.Household(&data.Household{ID: "H1", Point: orb.Point{108, 16}, HamletCode: "1"}))
	add("household: registered", h.Household(&data.Household{ID: "H1", Point: orb.Point{108, 16}, RegisteredOn: 5}))
	add("household: removed", h.Household(&data.Household{ID: "H1", Point: orb.Point{108, 16}, RemovedOn: 5}))
	add("area", h.Area(&data.Area{Code: "1", Level: data.Commune}, nil))
	add("area: geometry", h.Area(&data.Area{Code: "1", Level: data.Commune}, []byte{0}))
	add("area: population", h.Area(&data.Area{Code: "1", Level: data.Commune, Population: 1}, nil))
	add("team", h.Team(&data.Team{ID: "T1", HamletCodes: []string{"1", "2"}}))
	add("team: hamlets", h.Team(&data.Team{ID: "T1", HamletCodes: []string{"12"}}))
	add("setting", h.Setting("meta", "name", "x"))
	add("setting: table", h.Setting("skills", "name", "x"))
	if h.Visit(&visit, 3, 1) == digest.NewHasher(digest.NewKey()).Visit(&visit, 3, 1) {
		t.Error("two keys give one digest")
	}
}

func BenchmarkVisit(b *testing.B) {
	h := digest.NewHasher(digest.NewKey())
	var sum digest.Digest
	for b.Loop() {
		sum = sum.Add(h.Visit(&visit, 3, 1))
	}
}
