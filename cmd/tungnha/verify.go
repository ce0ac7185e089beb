package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"tungnha/coverage/export/verify"
	"tungnha/data"
)

type verifyCmd struct {
	File string `arg:"" help:"File that tungnha export, or a server, has written."`
	storeFlags
}

// errDiffers means that a file is not what the database has; the report lists it.
var errDiffers = errors.New("the file differs from the database")

// Run compares the file with the database.
func (c *verifyCmd) Run(ctx context.Context, p *program) error {
	if _, err := os.Stat(c.File); err != nil { // not status 1, which means that the file differs
		return &usageError{err.Error()}
	}
	file, err := verify.Open(c.File)
	if err != nil {
		return err
	}
	defer file.Close()
	if file.Release != "" { // what was published then
		day, err := data.ParseDate(string(file.Release))
		if err != nil {
			return fmt.Errorf("%s: release: %w", c.File, err)
		}
		p.clock = func() time.Time { return day.Time() }
	}
	ix, err := c.index(ctx, p)
	if err != nil {
		return err
	}
	v, err := verify.Compare(ctx, file, ix)
	if err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	p.reportVerification(c, v)
	if !v.OK() {
		return errDiffers
	}
	return nil
}

// reportVerification prints what a verification found.
func (p *program) reportVerification(c *verifyCmd, v *verify.Report) {
	w := p.stdout
	from := string(v.File.From)
	if from == "" {
		from = p.say("ever")
	}
	fmt.Fprintf(w, p.say("%s: %s of the layer %s, %s to %s, boundaries of %s, definition %s, data %s\n"),
		c.File, v.Format, v.File.Layer, from, v.File.To, v.File.Boundaries, v.File.Definition, v.File.Version)
	if v.Moved() {
		fmt.Fprintf(w,
			p.say("The data have moved on since: %s now has version %s. What follows is the file beside what it says now.\n"), c.DB, v.Now)
	}
	switch {
	case v.Earlier:
		fmt.Fprintln(w, p.say("An earlier rule hid counts in this file. What it shows was compared with the exact counts; what it hides, flags and hot spots were not compared."))
	case !v.File.SmallCounts:
		fmt.Fprintln(w, p.say("This file has the rounded counts of a release; it was compared with what the public may see of it."))
	}
	fmt.Fprintf(w,
		p.say("rows   %d in the file: %d the same, %d changed, %d not in the database; %d of the database not in the file\n"),
		v.Rows, v.Same, v.Changed, v.Extra, v.Missing)
	if v.Total == 0 {
		fmt.Fprintln(w, p.say("total  the same"))
	} else {
		fmt.Fprintf(w, p.say("total  %d of its members changed\n"), v.Total)
	}
	switch {
	case !v.File.AddsUp:
		fmt.Fprintf(w, p.say("sums   rows of %s do not add up to the total: they are no partition of it\n"),
			v.File.Layer)
	default:
		p.reportSums(v.Sums)
	}
	for _, d := range v.Differences {
		switch {
		case d.Row == "" && d.Column != "":
			fmt.Fprintf(w, p.say("  total %s: %s in the file, %s in the database\n"), d.Column, p.orNothing(d.File),
				p.orNothing(d.Now))
		case d.Column == "":
			fmt.Fprintf(w, p.say("  row %q: %s in the file, %s in the database\n"), d.Row, d.File, d.Now)
		default:
			fmt.Fprintf(w, p.say("  row %q %s: %s in the file, %s in the database\n"), d.Row, d.Column,
				p.orNothing(d.File), p.orNothing(d.Now))
		}
	}
	if more := v.Changed + v.Missing + v.Extra + v.Total; more > 0 && len(v.Differences) > 0 {
		fmt.Fprintf(w, p.say("  (the first %d differences)\n"), len(v.Differences))
	}
	if v.OK() {
		fmt.Fprintln(w, p.say("The file agrees with the database."))
	}
}

// reportSums prints the counts that fail to add up, or that all do.
func (p *program) reportSums(sums []verify.Sum) {
	w := p.stdout
	broken, withheld := 0, 0
	for _, s := range sums {
		if s.Withheld > 0 {
			withheld++
		}
		if !s.OK() {
			broken++
			fmt.Fprintf(w, p.say("sums   %s: the rows add up to %d, the total is %d\n"), s.Column, s.Rows, s.Total)
		}
	}
	switch {
	case broken == 0 && withheld == 0:
		fmt.Fprintf(w, p.say("sums   the rows add up to the total in all %d counts\n"), len(sums))
	case broken == 0:
		fmt.Fprintf(w,
			p.say("sums   the rows add up to the total in %d counts, and in %d to less: there some rows keep theirs back\n"), len(sums)-withheld, withheld)
	}
}

func (p *program) orNothing(s string) string {
	if s == "" {
		return p.say("nothing")
	}
	return s
}
