package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"tungnha/coverage/export"
)

type verifyCmd struct {
	File string `arg:"" help:"File that tungnha export, or a server, has written."`
	storeFlags
}

// errDiffers means that a file is not what the database says; the report has told it.
var errDiffers = errors.New("the file differs from the database")

// Run compares the file with the database.
func (c *verifyCmd) Run(ctx context.Context, p *program) error {
	if _, err := os.Stat(c.File); err != nil { // not status 1, which says that the file differs
		return &usageError{err.Error()}
	}
	file, err := export.Open(c.File)
	if err != nil {
		return err
	}
	defer file.Close()
	ix, err := c.index(ctx, p)
	if err != nil {
		return err
	}
	v, err := export.Verify(ctx, file, ix)
	if err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	report(p.stdout, c, v)
	if !v.OK() {
		return errDiffers
	}
	return nil
}

// report tells what a verification found.
func report(w io.Writer, c *verifyCmd, v *export.Verification) {
	from := string(v.File.From)
	if from == "" {
		from = "ever"
	}
	fmt.Fprintf(w, "%s: %s of the layer %s, %s to %s, boundaries of %s, definition %s, data %s\n",
		c.File, v.Format, v.File.Layer, from, v.File.To, v.File.Boundaries, v.File.Definition, v.File.Version)
	if v.Moved() {
		fmt.Fprintf(w, "The data have moved on since: %s now has version %s. What follows is the file beside what it says now.\n", c.DB, v.Now)
	}
	if !v.File.SmallCounts {
		fmt.Fprintln(w, "Small counts are kept back in this file; it was compared with what the public may see.")
	}
	fmt.Fprintf(w, "rows   %d in the file: %d the same, %d changed, %d not in the database; %d of the database not in the file\n",
		v.Rows, v.Same, v.Changed, v.Extra, v.Missing)
	if v.Total == 0 {
		fmt.Fprintln(w, "total  the same")
	} else {
		fmt.Fprintf(w, "total  %d of its members changed\n", v.Total)
	}
	switch {
	case !v.File.AddsUp:
		fmt.Fprintf(w, "sums   rows of %s do not add up to the total: they are no partition of it\n", v.File.Layer)
	default:
		reportSums(w, v.Sums)
	}
	for _, d := range v.Differences {
		switch {
		case d.Row == "" && d.Column != "":
			fmt.Fprintf(w, "  total %s: %s in the file, %s in the database\n", d.Column, orNothing(d.File), orNothing(d.Now))
		case d.Column == "":
			fmt.Fprintf(w, "  row %q: %s in the file, %s in the database\n", d.Row, d.File, d.Now)
		default:
			fmt.Fprintf(w, "  row %q %s: %s in the file, %s in the database\n", d.Row, d.Column, orNothing(d.File), orNothing(d.Now))
		}
	}
	if more := v.Changed + v.Missing + v.Extra + v.Total; more > 0 && len(v.Differences) > 0 {
		fmt.Fprintf(w, "  (the first %d differences)\n", len(v.Differences))
	}
	if v.OK() {
		fmt.Fprintln(w, "The file agrees with the database.")
	}
}

// reportSums tells of the counts that fail to add up, or that all do.
func reportSums(w io.Writer, sums []export.Sum) {
	broken, withheld := 0, 0
	for _, s := range sums {
		if s.Withheld > 0 {
			withheld++
		}
		if !s.OK() {
			broken++
			fmt.Fprintf(w, "sums   %s: the rows add up to %d, the total is %d\n", s.Column, s.Rows, s.Total)
		}
	}
	switch {
	case broken == 0 && withheld == 0:
		fmt.Fprintf(w, "sums   the rows add up to the total in all %d counts\n", len(sums))
	case broken == 0:
		fmt.Fprintf(w, "sums   the rows add up to the total in %d counts, and in %d to less: there some rows keep theirs back\n", len(sums)-withheld, withheld)
	}
}

func orNothing(s string) string {
	if s == "" {
		return "nothing"
	}
	return s
}
