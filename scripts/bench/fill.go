package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
)

var benchmarkLine = regexp.MustCompile(`(?m)^Benchmark(\w+?)(?:-\d+)?\s+\d+\s+([\d.]+) ns/op`)

// fillVsH3Go fills areas with cells of resolution 9, ours and the library's, as the
// benchmarks of package geo do, the only package that may call the library.
func fillVsH3Go(ctx context.Context, lines func(string, ...any)) (float64, error) {
	took, err := goBenchmarks(ctx, "./geo", "3x", "Fill", "FillH3")
	if err != nil {
		return 0, err
	}
	lines("tungnha: %.1f ms; h3-go: %.1f ms, one core each", took["Fill"]/1e6, took["FillH3"]/1e6)
	return took["FillH3"] / took["Fill"], nil
}

// goBenchmarks runs benchmarks of a package and returns the nanoseconds that each takes.
func goBenchmarks(ctx context.Context, folder, benchtime string, names ...string) (map[string]float64, error) {
	pattern := "^Benchmark(" + strings.Join(names, "|") + ")$"
	test := exec.CommandContext(ctx, "go", "test", folder, "-run", "^$", "-bench", pattern, "-benchtime", benchtime,
		"-count", "1")
	test.Stderr = os.Stderr
	out, err := test.Output()
	if err != nil {
		return nil, fmt.Errorf("%v: %w\n%s", test.Args, err, out)
	}
	took := map[string]float64{}
	for _, m := range benchmarkLine.FindAllStringSubmatch(string(out), -1) {
		if took[m[1]], err = strconv.ParseFloat(m[2], 64); err != nil {
			return nil, err
		}
	}
	for _, name := range names {
		if took[name] == 0 {
			return nil, fmt.Errorf("the benchmarks of %s printed no time of %s:\n%s", folder, name, out)
		}
	}
	return took, nil
}
