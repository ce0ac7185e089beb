package boundary_test

import (
	"context"
	"fmt"

	"github.com/paulmach/orb"

	"tungnha/coverage/boundary"
	"tungnha/data"
)

// Two communes merge, and the new one keeps the code of the larger.
func ExampleCompare() {
	reform, _ := data.ParseDate("2025-07-01")
	shape := func(west, east float64) orb.MultiPolygon {
		return orb.MultiPolygon{{{{west, 16}, {east, 16}, {east, 16.1}, {west, 16.1}, {west, 16}}}}
	}
	history := boundary.NewHistory([]data.Area{
		{Code: "20293", Name: "Hòa Bắc", Level: data.Commune, ValidTo: reform - 1, Geometry: shape(108, 108.2)},
		{Code: "20294", Name: "Hòa Liên", Level: data.Commune, ValidTo: reform - 1, Geometry: shape(108.2, 108.3)},
		{Code: "20293", Name: "Hải Vân", Level: data.Commune, ValidFrom: reform, Geometry: shape(108, 108.3)},
	})
	before, after := history.On(reform-1), history.On(reform)
	overlaps, err := boundary.MeasureOverlaps(context.Background(), before, after, data.Commune)
	if err != nil {
		fmt.Println(err)
		return
	}
	households := map[boundary.Pair]boundary.Shared{
		{A: 0, B: 0}: {Households: 400, Alike: 400}, {A: 1, B: 0}: {Households: 200, Alike: 200},
	}
	c, err := boundary.Compare(context.Background(), before, after, data.Commune, households, overlaps)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, old := range c.Old {
		fmt.Println(before.Areas[old.Area].Name, old.Type, old.Households)
	}
	for _, now := range c.New {
		fmt.Println(after.Areas[now.Area].Name, now.Type, now.Households, "of them kept", now.Kept())
	}
	// Output:
	// Hòa Bắc merged 400
	// Hòa Liên merged 200
	// Hải Vân merged 600 of them kept 400
}
