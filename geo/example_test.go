package geo_test

import (
	"context"
	"fmt"

	"github.com/paulmach/orb"

	"tungnha/geo"
)

func ExampleLocator() {
	west := orb.MultiPolygon{{{{108.0, 16.0}, {108.1, 16.0}, {108.1, 16.1}, {108.0, 16.1}, {108.0, 16.0}}}}
	east := orb.MultiPolygon{{{{108.1004, 16.0}, {108.2, 16.0}, {108.2, 16.1}, {108.1004, 16.1}, {108.1004, 16.0}}}}
	l := geo.NewLocator([]orb.MultiPolygon{west, east})

	fmt.Println(l.Locate(orb.Point{108.05, 16.05}).Area)
	fmt.Println(l.Locate(orb.Point{108.3, 16.05}).Area)

	// The digitised borders leave a gap of 43 m, of which this point is in the eastern half.
	m := l.Locate(orb.Point{108.1003, 16.05})
	fmt.Printf("%d, snapped %v, %.0f m away\n", m.Area, m.Snapped, m.Distance)
	// Output:
	// 0
	// -1
	// 1, snapped true, 11 m away
}

func ExampleLocator_Cells() {
	area := orb.MultiPolygon{{{{108.2, 16.0}, {108.22, 16.0}, {108.22, 16.02}, {108.2, 16.02}, {108.2, 16.0}}}}
	cells, err := geo.NewLocator([]orb.MultiPolygon{area}).Cells(0, 7)
	fmt.Println(cells, err)
	// Output:
	// [874164209ffffff] <nil>
}

func ExampleClean() {
	ctx := context.Background()
	open := orb.Polygon{{{108.0, 16.0}, {108.1, 16.0}, {108.1, 16.1}, {108.0, 16.1}}}
	area, repairs, p, err := geo.Clean(ctx, open)
	fmt.Println(len(area[0][0]), repairs, p, err)

	bowTie := orb.Polygon{{{108.0, 16.0}, {108.1, 16.1}, {108.1, 16.0}, {108.0, 16.1}, {108.0, 16.0}}}
	_, _, p, _ = geo.Clean(ctx, bowTie)
	fmt.Println(p)

	swapped := orb.Polygon{{{16.0, 108.0}, {16.0, 108.1}, {16.1, 108.1}, {16.0, 108.0}}}
	_, _, p, _ = geo.Clean(ctx, swapped)
	fmt.Println(p)
	// Output:
	// 5 [ring 1: was not closed] <nil> <nil>
	// ring 1: crosses itself at lon 108.0500000, lat 16.0500000
	// ring 1: point 1: lon 16, lat 108: longitude and latitude look swapped
}

func ExampleFold() {
	fmt.Println(geo.Fold("ĐÀ NẴNG"))
	fmt.Println(geo.Fold("Hoà Khánh") == geo.Fold("Hòa  Khánh"))
	fmt.Println(geo.Fold("Ea H’leo"))
	// Output:
	// da nang
	// true
	// ea hleo
}
