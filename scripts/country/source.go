package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/paulmach/orb"
	"golang.org/x/sync/errgroup"

	"tungnha/data"
)

// source streams the Parquet files of a folder as a store streams its records.
type source struct{ dir string }

func (s source) Revision(context.Context) (int64, error) { return 1, nil }

func (s source) PostVisits(context.Context, []data.Visit) (data.Posted, error) {
	return data.Posted{}, errors.New("the country's files are only read")
}

func (s source) Read(ctx context.Context, sink data.RecordHandler) (int64, error) {
	one := func(name string) []string { return []string{filepath.Join(s.dir, name)} }
	var households, visits []string
	for n := range parts {
		households = append(households, partName(s.dir, "households", n))
		visits = append(visits, partName(s.dir, "visits", n))
	}
	if err := stream(ctx, one("areas.parquet"), func(r *areaRow) error { return sink.Area(r.record()) }); err != nil {
		return 0, err
	}
	err := stream(ctx, one("teams.parquet"), func(r *teamRow) error {
		return sink.Team(&data.Team{ID: r.ID, CommuneCode: r.Commune, HamletCodes: []string{r.Hamlet},
			Members: int(r.Members)})
	})
	if err != nil {
		return 0, err
	}
	var h data.Household
	err = stream(ctx, households, func(r *householdRow) error {
		h.ID, h.HamletCode = r.ID, r.Hamlet
		h.Point = orb.Point{float64(r.Lon) / 1e7, float64(r.Lat) / 1e7}
		return sink.Household(&h)
	})
	if err != nil {
		return 0, err
	}
	var v data.Visit
	err = stream(ctx, visits, func(r *visitRow) error {
		v.HouseholdID, v.TeamID, v.At = r.Household, r.Team, time.Unix(r.At, 0)
		v.Outcome, v.Assessed, v.Shown = data.Outcome(r.Outcome), data.SkillSet(r.Assessed), data.SkillSet(r.Shown)
		return sink.Visit(&v)
	})
	return 1, err
}

func (r *areaRow) record() *data.Area {
	a := &data.Area{
		Code: r.Code, Name: r.Name, Level: data.Level(r.Level), Parent: r.Parent,
		DeclaredHouseholds: int(r.Declared), Population: data.Unknown,
	}
	if r.Declared == 0 {
		a.DeclaredHouseholds = data.Unknown
	}
	if r.East > r.West {
		a.Geometry = orb.MultiPolygon{{{
			{r.West, r.South}, {r.East, r.South}, {r.East, r.North}, {r.West, r.North}, {r.West, r.South},
		}}}
	}
	return a
}

// ahead is how many batches are read before they are requested.
const ahead = 4

// stream yields the rows of the files one after the other. They are decoded in a goroutine
// of their own, a few batches ahead, so that reading and indexing share the cores.
func stream[T any](ctx context.Context, paths []string, yield func(*T) error) error {
	group, ctx := errgroup.WithContext(ctx)
	full, empty := make(chan []T, ahead), make(chan []T, ahead+2)
	for range ahead + 2 {
		empty <- make([]T, batchRows)
	}
	group.Go(func() error {
		defer close(full)
		for _, path := range paths {
			if err := decode(ctx, path, full, empty); err != nil {
				return fmt.Errorf("%s: %w", path, err)
			}
		}
		return nil
	})
	group.Go(func() error {
		for rows := range full {
			for i := range rows {
				if err := yield(&rows[i]); err != nil {
					return err
				}
			}
			empty <- rows
		}
		return nil
	})
	return group.Wait()
}

func decode[T any](ctx context.Context, path string, full chan<- []T, empty <-chan []T) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close() // only read: nothing can be lost
	reader := parquet.NewGenericReader[T](file)
	defer reader.Close()
	for {
		var rows []T
		select {
		case rows = <-empty:
		case <-ctx.Done():
			return ctx.Err()
		}
		n, err := reader.Read(rows[:batchRows])
		if n > 0 {
			select {
			case full <- rows[:n]:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
