package main

import (
	"cmp"
	"context"
	"fmt"

	"tungnha/tiles/archive"
)

// basemapFlags name what is under the cells on the map.
type basemapFlags struct {
	Basemap     string `help:"PMTiles or MBTiles archive with streets, shown under the cells." placeholder:"FILE" env:"TUNGNHA_BASEMAP"`
	Attribution string `name:"basemap-attribution" help:"Whose basemap it is; without it: what the archive says." placeholder:"TEXT" env:"TUNGNHA_BASEMAP_ATTRIBUTION"`
}

// openBasemap opens the archive; nil where none is named.
func (f *basemapFlags) openBasemap(ctx context.Context) (*archive.File, error) {
	if f.Basemap == "" {
		return nil, nil
	}
	b, err := archive.Open(ctx, f.Basemap)
	if err != nil {
		return nil, fmt.Errorf("basemap: %w", err)
	}
	b.Attribution = cmp.Or(f.Attribution, b.Attribution)
	return b, nil
}
