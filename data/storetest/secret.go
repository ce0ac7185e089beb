package storetest

import (
	"fmt"
	"strings"
	"testing"

	"tungnha/data"
)

// keptSecret checks that a store has a secret from the start, takes that of another, and gives it out by no other way.
func keptSecret(t *testing.T, s Store) {
	if s.Secret().IsZero() {
		t.Fatal("a new store has no secret")
	}
	secret := data.NewSecret()
	before, err := s.Revision(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.SetSecret(t.Context(), secret); err != nil || s.Secret().Text() != secret.Text() {
		t.Errorf("set: the secret is another, %v", err)
	}
	if after, err := s.Revision(t.Context()); err != nil || after != before {
		t.Errorf("the revision went from %d to %d, %v: the data are the same", before, after, err)
	}
	if meta, err := s.Meta(t.Context()); err != nil || strings.Contains(fmt.Sprint(meta), secret.Text()) {
		t.Errorf("the secret is in the meta, %v", err)
	}
}
