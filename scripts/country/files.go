package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"github.com/parquet-go/parquet-go"
	"golang.org/x/sync/errgroup"
)

// The rows of the Parquet files. Columns of few values have a dictionary.
type (
	areaRow struct {
		Code     string  `parquet:"code"`
		Name     string  `parquet:"name"`
		Level    string  `parquet:"level,dict"`
		Parent   string  `parquet:"parent,dict"`
		Declared int32   `parquet:"declared_households"`
		West     float64 `parquet:"west"` // the square of a commune; all 0 for others
		South    float64 `parquet:"south"`
		East     float64 `parquet:"east"`
		North    float64 `parquet:"north"`
	}
	teamRow struct {
		ID      string `parquet:"team_id"`
		Commune string `parquet:"commune_code"`
		Hamlet  string `parquet:"hamlet_code"`
		Members int32  `parquet:"members"`
	}
	householdRow struct {
		ID     string `parquet:"household_id"`
		Hamlet string `parquet:"hamlet_code,dict"`
		Lon    int32  `parquet:"lon"` // 1e-7 degree
		Lat    int32  `parquet:"lat"`
	}
	visitRow struct {
		Household string `parquet:"household_id,dict"`
		Team      string `parquet:"team_id,dict"`
		At        int64  `parquet:"visited_at,dict"` // seconds since 1970
		Outcome   int32  `parquet:"outcome,dict"`
		Assessed  int32  `parquet:"assessed,dict"`
		Shown     int32  `parquet:"shown,dict"`
	}
)

func partName(dir, kind string, n int) string {
	return filepath.Join(dir, fmt.Sprintf("%s-%02d.parquet", kind, n))
}

// writeAll writes the country's files into a folder beside dir, which becomes dir once it
// is whole.
func writeAll(ctx context.Context, dir string, c *country) error {
	unfinished := dir + ".unfinished"
	if err := os.RemoveAll(unfinished); err != nil {
		return err
	}
	if err := os.MkdirAll(unfinished, 0o755); err != nil {
		return err
	}
	if err := writeRows(filepath.Join(unfinished, "areas.parquet"), c.areas()); err != nil {
		return err
	}
	if err := writeRows(filepath.Join(unfinished, "teams.parquet"), c.teams()); err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for n := range parts {
		group.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			return writePart(unfinished, c, n)
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	return os.Rename(unfinished, dir)
}

func writeRows[T any](path string, rows []T) error {
	t, err := newTable[T](path)
	if err != nil {
		return err
	}
	for i := range rows {
		if err := t.add(&rows[i]); err != nil {
			return err
		}
	}
	return t.close()
}

func writePart(dir string, c *country, n int) error {
	households, err := newTable[householdRow](partName(dir, "households", n))
	if err != nil {
		return err
	}
	visits, err := newTable[visitRow](partName(dir, "visits", n))
	if err != nil {
		return err
	}
	if err := c.part(n, households.add, visits.add); err != nil {
		return err
	}
	if err := households.close(); err != nil {
		return err
	}
	return visits.close()
}

// table writes the rows of one file, some thousands at a time.
type table[T any] struct {
	file   *os.File
	writer *parquet.GenericWriter[T]
	rows   []T
}

const (
	batchRows = 8 << 10
	groupRows = 256 << 10 // of a row group, which is what a reader has in memory
)

func newTable[T any](path string) (*table[T], error) {
	file, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	return &table[T]{file: file, writer: parquet.NewGenericWriter[T](file, parquet.MaxRowsPerRowGroup(groupRows))}, nil
}

func (t *table[T]) add(row *T) error {
	if t.rows = append(t.rows, *row); len(t.rows) < batchRows {
		return nil
	}
	return t.flush()
}

func (t *table[T]) flush() error {
	_, err := t.writer.Write(t.rows)
	t.rows = t.rows[:0]
	return err
}

func (t *table[T]) close() error {
	if err := t.flush(); err != nil {
		return err
	}
	if err := t.writer.Close(); err != nil {
		return err
	}
	return t.file.Close()
}
