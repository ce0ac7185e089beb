package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"tungnha/data"
	"tungnha/data/sqlite"
)

type importCmd struct {
	Files []string `arg:"" name:"file" help:"Files of areas, households, teams and visits, in any order."`
	storeFlags
	Kind    string `help:"What the files hold, where their columns do not tell it: areas, hamlets, households, teams or visits." env:"TUNGNHA_KIND"`
	Rejects string `help:"File for the rows that cannot be used, to be mended and imported again." placeholder:"FILE.csv" env:"TUNGNHA_REJECTS"`
	JSON    bool   `name:"json" help:"Print the report as JSON." env:"TUNGNHA_JSON"`
	Sample  bool   `help:"Mark the database as made-up data, which every page then says." env:"TUNGNHA_SAMPLE"`
}

// Run imports the files and prints what became of their rows.
func (c *importCmd) Run(ctx context.Context, p *program) (err error) {
	var kind data.Kind
	if c.Kind != "" {
		if kind, err = data.ParseKind(c.Kind); err != nil {
			return &usageError{"--kind: " + err.Error()}
		}
	}
	for _, path := range c.Files { // before a database is made for nothing
		if _, err := os.Stat(path); err != nil {
			return err
		}
	}
	store, err := c.open(ctx, p)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	report, err := p.importFiles(ctx, store, c.Files, data.Options{Kind: kind, Rejects: c.Rejects})
	if err != nil {
		return err
	}
	if c.Sample {
		if err := store.SetMeta(ctx, map[string]string{"sample": "true"}); err != nil {
			return err
		}
	}
	if c.JSON {
		e := json.NewEncoder(p.stdout)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		err = e.Encode(report)
	} else {
		err = printReport(p.stdout, report)
	}
	if err != nil || report.Rejected() == 0 {
		return err
	}
	if c.Rejects == "" {
		fmt.Fprintln(p.stderr, "tungnha: to get the rejected rows in a file, import again with --rejects FILE.csv")
	}
	return errRejected
}

// importFiles imports with a progress bar, where somebody watches.
func (p *program) importFiles(ctx context.Context, store *sqlite.Store, files []string, o data.Options) (*data.Report, error) {
	o.Now = p.clock()
	o.Skills = store.Skills()
	bar := p.newBar("import")
	o.Progress = func(at data.Progress) {
		bar.set(at.Bytes, at.Total)
	}
	report, err := data.Import(ctx, store, files, o)
	bar.done()
	return report, err
}

// bar is a progress bar on a terminal, and nothing elsewhere.
type bar struct {
	bar   *progressbar.ProgressBar
	w     io.Writer
	title string
}

func (p *program) newBar(title string) *bar {
	f, ok := p.stderr.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return &bar{}
	}
	return &bar{w: f, title: title}
}

func (b *bar) set(done, total int64) {
	if b.w == nil {
		return
	}
	if b.bar == nil {
		b.bar = progressbar.NewOptions64(total, progressbar.OptionSetWriter(b.w), progressbar.OptionSetDescription(b.title),
			progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish(), progressbar.OptionSetPredictTime(true),
			progressbar.OptionShowCount())
	}
	b.bar.Set64(done) // a terminal that is gone does not stop the import
}

func (b *bar) done() {
	if b.bar != nil {
		b.bar.Finish()
	}
}

// printReport prints a report for people.
func printReport(w io.Writer, r *data.Report) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "rows\tcreated\tupdated\tunchanged\trejected\tseconds\t  file")
	for _, f := range r.Files {
		fmt.Fprintf(t, "%d\t%d\t%d\t%d\t%d\t%.1f\t  %s (%s)\n", f.Rows, f.Created, f.Updated, f.Unchanged, f.Rejected, f.Seconds, f.File, f.Kind)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, f := range r.Files {
		printChanges(w, f)
		printFindings(w, f.File, "rejected", f.Rejects)
		printFindings(w, f.File, "warning", f.Warnings)
		if f.RejectsFile != "" {
			fmt.Fprintf(w, "\nrejected rows of %s are in %s: mend them there and import that file\n", f.File, f.RejectsFile)
		}
	}
	_, err := fmt.Fprintf(w, "\ndone in %.1f s\n", r.Seconds)
	return err
}

func printChanges(w io.Writer, f *data.FileReport) {
	type change struct {
		field string
		n     int
	}
	var changes []change
	for field, n := range f.Changed {
		changes = append(changes, change{field, n})
	}
	slices.SortFunc(changes, func(a, b change) int { return cmp.Or(cmp.Compare(b.n, a.n), cmp.Compare(a.field, b.field)) })
	for i, c := range changes {
		if i == 0 {
			fmt.Fprintf(w, "\n%s: changed", f.File)
		}
		fmt.Fprintf(w, " %s %d×", c.field, c.n)
	}
	if len(changes) > 0 {
		fmt.Fprintln(w)
	}
}

// printFindings prints each thing found wrong with the first rows where it is.
func printFindings(w io.Writer, file, what string, findings []*data.Finding) {
	const rows = 3
	for _, f := range findings {
		fmt.Fprintf(w, "\n%s: %s %d×: %s\n", file, what, f.Count, join(f.Field, f.Reason))
		for i, n := range f.First {
			if i == rows {
				fmt.Fprintln(w, "  …")
				break
			}
			fmt.Fprintf(w, "  line %d: %s\n", n.Line, join(f.Field, n.Reason))
		}
	}
}

func join(field, reason string) string {
	if field == "" {
		return reason
	}
	return field + ": " + reason
}
