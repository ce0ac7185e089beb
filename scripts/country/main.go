// Command country measures the index at the size of Việt Nam: it writes a made-up
// programme of 28 million households and 140 million visits into Parquet files, loads them
// in a process of its own and runs national queries. It fails where a budget is broken.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

func main() {
	log.SetFlags(0)
	households := flag.Int("households", 28_000_000, "how many households, with five visits each")
	seed := flag.Uint64("seed", 1, "of all that is made up")
	cache := flag.String("cache", filepath.Join(os.TempDir(), "tungnha-country"), "folder of the Parquet files")
	remove := flag.Bool("remove", false, "delete the files in the end")
	load := flag.String("load", "", "load this folder and measure; the program starts itself so")
	flag.Parse()
	var err error
	if *load != "" {
		err = measure(*load)
	} else {
		err = run(*cache, *households, *seed, *remove)
	}
	if err != nil {
		log.Fatal(err)
	}
}

// run writes the files where they are missing and measures in a fresh process, whose peak
// of memory is that of loading alone.
func run(cache string, households int, seed uint64, remove bool) error {
	dir := filepath.Join(cache, fmt.Sprintf("%d-households-seed-%d-v%d", households, seed, shape))
	if _, err := os.Stat(dir); err != nil {
		begun := time.Now()
		if err := writeAll(context.Background(), dir, newCountry(households, seed)); err != nil {
			return err
		}
		fmt.Printf("written in %.1f s\n", time.Since(begun).Seconds())
	}
	if remove {
		defer os.RemoveAll(dir)
	}
	size, err := sizeOf(dir)
	if err != nil {
		return err
	}
	fmt.Printf("%s: %.2f GB\n", dir, float64(size)/1e9)
	program, err := os.Executable()
	if err != nil {
		return err
	}
	child := exec.Command(program, "-load", dir)
	child.Stdout, child.Stderr = os.Stdout, os.Stderr
	return child.Run()
}

func sizeOf(dir string) (size int64, err error) {
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			return 0, err
		}
		size += info.Size()
	}
	return size, err
}

// memoryLimit is what a server of the country would set as GOMEMLIMIT: without it the
// collector lets garbage grow to as much as what is in use.
const memoryLimit = 6 << 30
