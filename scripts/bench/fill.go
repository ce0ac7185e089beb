package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
)

var benchmarkLine = regexp.MustCompile(`(?m)^Benchmark(\w+?)(?:-\d+)?\s+\d+\s+([\d.]+) ns/op`)

// fillVsH3Go fills areas with cells of resolution 9, ours and the library's, as the
// benchmarks of package geo do, the only package that may call the library.
func fillVsH3Go(ctx context.Context, lines func(string, ...any)) (float64, error) {
	test := exec.CommandContext(ctx, "go", "test", "./geo", "-run", "^$", "-bench", "^BenchmarkFill(H3)?$", "-benchtime", "3x", "-count", "1")
	test.Stderr = os.Stderr
	out, err := test.Output()
	if err != nil {
		return 0, fmt.Errorf("%v: %w\n%s", test.Args, err, out)
	}
	took := map[string]float64{}
	for _, m := range benchmarkLine.FindAllStringSubmatch(string(out), -1) {
		ns, err := strconv.ParseFloat(m[2], 64)
		if err != nil {
			return 0, err
		}
		took[m[1]] = ns
	}
	if took["Fill"] == 0 || took["FillH3"] == 0 {
		return 0, fmt.Errorf("the benchmarks of geo printed no times:\n%s", out)
	}
	lines("tungnha: %.1f ms; h3-go: %.1f ms, one core each", took["Fill"]/1e6, took["FillH3"]/1e6)
	return took["FillH3"] / took["Fill"], nil
}
