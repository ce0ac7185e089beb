package main

import (
	"runtime"
	"testing"

	"tungnha/scripts/bench/load"
	"tungnha/scripts/procstat"
)

var measured province // what the benchmarks below share

// BenchmarkUncachedTile requests the sample's tiles as tile_uncached_vs_precomputed does,
// in windows that are computed and not drawn, and reports the time of all cores and the
// memory that a tile takes, HTTP and the load generator included. Both are valid on a machine
// that has other work as well. One run is of 800 tiles.
func BenchmarkUncachedTile(b *testing.B) {
	b.Chdir("../..") // where make bench runs, and finds its data
	t, err := measured.prepareTiles(b.Context(), b.Logf)
	if err != nil {
		b.Fatal(err)
	}
	for _, encoding := range []string{"identity", "gzip", "br"} {
		b.Run(encoding, func(b *testing.B) {
			var cpu, allocated, bytes, tiles float64
			for range b.N {
				var paths []string
				for range roundWindows {
					fresh, err := t.fresh(b.Context(), t.sample)
					if err != nil {
						b.Fatal(err)
					}
					paths = append(paths, fresh...)
				}
				runtime.GC()
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				began := procstat.CPUTime()
				l, err := load.Request(b.Context(), t.ours, encoding, paths)
				if err != nil {
					b.Fatal(err)
				}
				cpu += (procstat.CPUTime() - began).Seconds()
				runtime.ReadMemStats(&after)
				allocated += float64(after.TotalAlloc - before.TotalAlloc)
				bytes += float64(l.Bytes)
				tiles += float64(len(paths))
			}
			b.ReportMetric(cpu*1e6/tiles, "cpu-µs/tile")
			b.ReportMetric(allocated/tiles, "allocated-B/tile")
			b.ReportMetric(bytes/tiles, "B/tile")
			b.ReportMetric(0, "ns/op")
		})
	}
}
