package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"tungnha/data"
	"tungnha/data/ingest"
	"tungnha/data/ingest/scan"
	"tungnha/internal/problem"
)

type importCmd struct {
	Files []string `arg:"" name:"file" help:"Files of areas, households, teams and visits, in any order."`
	storeFlags
	Kind     string `help:"What the files hold, where their columns do not tell it: areas, hamlets, households, teams or visits." env:"TUNGNHA_KIND"`
	Encoding string `help:"How letters are written in the files: utf-8, or windows-1258 as old programs have it." enum:"utf-8,windows-1258" default:"utf-8" env:"TUNGNHA_ENCODING"`
	Dates    string `help:"How days are written in the files: ymd is 2026-12-31 alone, dmy is 31/12/2026 too." enum:"ymd,dmy" default:"ymd" env:"TUNGNHA_DATES"`
	Rejects  string `help:"File for the rows that cannot be used, to be mended and imported again." placeholder:"FILE.csv" env:"TUNGNHA_REJECTS"`
	JSON     bool   `name:"json" help:"Print the report as JSON." env:"TUNGNHA_JSON"`
	Sample   bool   `help:"Mark the database as made-up data, which every page then says." env:"TUNGNHA_SAMPLE"`
}

// Run imports the files and prints what became of their rows.
func (c *importCmd) Run(ctx context.Context, p *program) (err error) {
	var kind data.Kind
	if c.Kind != "" {
		var unknown *problem.Problem
		if kind, unknown = ingest.ParseKind(c.Kind); unknown != nil {
			return &usageError{"--kind: " + unknown.Reason(p.lang)}
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
	report, err := p.importFiles(ctx, store, c.Files, ingest.Options{Kind: kind, Rejects: c.Rejects,
		Encoding: scan.Encoding(c.Encoding), DayFirst: c.Dates == "dmy"})
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
		_, err = io.WriteString(p.stdout, report.Text(p.lang))
	}
	if err != nil || report.Rejected() == 0 && len(report.Empty()) == 0 {
		return err
	}
	if c.Rejects == "" && report.Rejected() > 0 {
		fmt.Fprintln(p.stderr,
			p.say("tungnha: to get the rejected rows in a file, import again with --rejects FILE.csv"))
	}
	return errRejected
}

// importFiles imports with a progress bar, where the output is a terminal.
func (p *program) importFiles(ctx context.Context, s store, files []string, o ingest.Options) (*ingest.Report, error) {
	o.Now, o.Lang = p.clock(), p.lang
	o.Skills = s.Skills()
	bar := p.newBar("import")
	o.Progress = func(at ingest.Progress) {
		bar.set(at.Bytes, at.Total)
	}
	report, err := ingest.Import(ctx, s, files, o)
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
		b.bar = progressbar.NewOptions64(total, progressbar.OptionSetWriter(b.w),
			progressbar.OptionSetDescription(b.title),
			progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish(),
			progressbar.OptionSetPredictTime(true),
			progressbar.OptionShowCount())
	}
	b.bar.Set64(done) // a terminal that is gone does not stop the import
}

func (b *bar) done() {
	if b.bar != nil {
		b.bar.Finish()
	}
}
