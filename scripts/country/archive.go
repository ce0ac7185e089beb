package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"tungnha/coverage"
	"tungnha/scripts/procstat"
	"tungnha/tiles"
	"tungnha/tiles/archive"
)

// maxArchive is how long an archive of the country's tiles may take.
const maxArchive = 10 * time.Minute

// archiveAll writes the country's cells and areas of 90 days as archives of tiles to zoom
// 14, in dir, and removes them.
func archiveAll(ctx context.Context, ix *coverage.Index, dir string) (broken []error) {
	_, last := ix.For(coverage.Operator).Span()
	for _, layer := range []tiles.Layer{tiles.Cells, tiles.Areas} {
		begun := time.Now()
		if err := archiveOne(ctx, ix, dir, &tiles.Archive{
			Layer: layer.Name(), Window: tiles.Window{From: last - 89, To: last}, MaxZoom: tiles.ArchiveZoom,
			Name: "country",
		}); err != nil {
			broken = append(broken, fmt.Errorf("archive of %s: %w", layer, err))
		} else if took := time.Since(begun); took > maxArchive {
			broken = append(broken, fmt.Errorf("archive of %s took %v, want at most %v", layer, took, maxArchive))
		}
	}
	return broken
}

func archiveOne(ctx context.Context, ix *coverage.Index, dir string, a *tiles.Archive) error {
	begun, worked := time.Now(), procstat.CPUTime()
	out, err := os.CreateTemp(dir, "country-*.pmtiles")
	if err != nil {
		return err
	}
	defer os.Remove(out.Name())
	defer out.Close()
	if err := tiles.New(tiles.Config{}).WriteArchive(ctx, out, dir, ix.For(coverage.Operator), a); err != nil {
		return err
	}
	took := time.Since(begun)
	worked = procstat.CPUTime() - worked
	status, err := out.Stat()
	if err != nil {
		return err
	}
	written, err := archive.Open(ctx, out.Name())
	if err != nil {
		return err
	}
	defer written.Close()
	peak, err := takePeakGB()
	if err != nil {
		return err
	}
	fmt.Printf("archive of %s to zoom %d: %.1f s, %.1f s of processor time, %.1f MB, %d tiles, %d different; at most %.2f GB with the index\n",
		a.Layer, a.MaxZoom, took.Seconds(), worked.Seconds(), float64(status.Size())/1e6, written.Tiles,
		written.Contents, peak)
	if peak > maxPeakGB {
		return fmt.Errorf("took %.2f GB of memory, want at most %d", peak, maxPeakGB)
	}
	return nil
}
