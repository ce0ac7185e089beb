package postgis_test

import (
	"fmt"
	"testing"

	"tungnha/data"
	"tungnha/data/postgis"
)

// benchProgramme is a store with many households.
func benchProgramme(b *testing.B) *postgis.Store {
	b.Helper()
	store := open(b, newURL(b))
	programme(b, store, 20_000)
	return store
}

// BenchmarkPost posts visits, so many together.
func BenchmarkPost(b *testing.B) {
	for _, batch := range []int{1, 100, 1000} {
		b.Run(fmt.Sprint(batch), func(b *testing.B) {
			store := benchProgramme(b)
			defer store.Close()
			n := 0
			for b.Loop() {
				visits := make([]data.Visit, batch)
				for i := range visits {
					n++
					visits[i] = visit(fmt.Sprintf("V%d", n), n*7919%20_000)
					visits[i].Origin.Sender = "0123456789abcdef"
				}
				if _, err := store.PostVisits(b.Context(), visits); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkImport imports 100,000 visits in one transaction.
func BenchmarkImport(b *testing.B) {
	store := benchProgramme(b)
	defer store.Close()
	n := 0
	for b.Loop() {
		tx, err := store.Begin(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		for range 100 {
			visits := make([]data.Visit, 1000)
			for i := range visits {
				n++
				visits[i] = visit(fmt.Sprintf("V%d", n), n*7919%20_000)
			}
			if _, err := tx.PutVisits(b.Context(), visits); err != nil {
				b.Fatal(err)
			}
		}
		if err := tx.Commit(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}
