package data

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"testing"
)

// TestSecretIsNotPrinted prints, logs and encodes a secret in all ways: no byte of it comes out.
func TestSecretIsNotPrinted(t *testing.T) {
	s := NewSecret()
	type deep struct{ inner struct{ secret Secret } }
	var d deep
	d.inner.secret = s
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%p"} {
		fmt.Fprintf(&out, verb+" "+verb+" "+verb+"\n", s, &s, d)
	}
	slog.New(slog.NewJSONHandler(&out, nil)).Info("m", "secret", s, "in", struct{ S Secret }{s})
	slog.New(slog.NewTextHandler(&out, nil)).Info("m", "secret", s, "in", struct{ S Secret }{s})
	if err := json.NewEncoder(&out).Encode(map[string]any{"a": s, "b": struct{ S Secret }{s}}); err != nil {
		t.Fatal(err)
	}
	for _, leak := range []string{s.Text(), s.Text()[:8], fmt.Sprintf("%X", s.key[:4]), fmt.Sprint(s.key[:3])} {
		if bytes.Contains(out.Bytes(), []byte(leak)) {
			t.Errorf("%q is in what was printed:\n%s", leak, out.Bytes())
		}
	}
}

// TestSecretMAC checks that purposes, parts and secrets are distinguished, and that a secret is read back.
func TestSecretMAC(t *testing.T) {
	s := NewSecret()
	again, err := ParseSecret(s.Text())
	if err != nil || again.MAC("a", []byte("b")) != s.MAC("a", []byte("b")) {
		t.Errorf("a secret read back makes other codes, %v", err)
	}
	seen := map[[32]byte]bool{}
	for _, code := range [][32]byte{s.MAC("a"), s.MAC("a", nil), s.MAC("ab"), s.MAC("a", []byte("b")),
		s.MAC("a", []byte("bc")), s.MAC("a", []byte("b"), []byte("c")), NewSecret().MAC("a")} {
		if seen[code] {
			t.Errorf("two messages have the code %x", code)
		}
		seen[code] = true
	}
	for _, text := range []string{"", "ab", s.Text() + "00", "x" + s.Text()[1:]} {
		if _, err := ParseSecret(text); err == nil || text != "" && bytes.Contains([]byte(err.Error()), []byte(text)) {
			t.Errorf("%q: error %v", text, err)
		}
	}
}
