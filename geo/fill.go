package geo

import "github.com/paulmach/orb"

func (l *Locator) Cells(area, resolution int) ([]Cell, error) { panic("not yet") }

var _ orb.Point
