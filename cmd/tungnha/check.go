package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"tungnha/data"
	"tungnha/data/postgis"
	"tungnha/data/postgis/connect"
	"tungnha/data/sqlite/check"
	"tungnha/internal/problem"
)

type checkCmd struct {
	storeFlags
	Accept bool `help:"Take the records as they are, where another program edited them: the next start does not refuse them any more."`
	JSON   bool `name:"json" help:"Print the report as JSON."`
}

// errDamaged means that a check found something; the report lists it.
var errDamaged = errors.New("the check of the database found something")

// Run looks for damage in the database and reports what it found.
func (c *checkCmd) Run(ctx context.Context, p *program) error {
	if err := p.checkDatabase(c.DB); err != nil {
		return err
	}
	report, err := c.check(ctx)
	if err != nil {
		return err
	}
	accepted := false
	if c.Accept && report.Altered != nil {
		for _, f := range report.Findings {
			if f.Part != data.CheckRecords {
				return errors.Join(p.reportCheck(c, report, false), errDamaged)
			}
		}
		if err := c.accept(ctx); err != nil {
			return err
		}
		report.Findings, accepted = nil, true
	}
	if err := p.reportCheck(c, report, accepted); err != nil {
		return err
	}
	if len(report.Findings) > 0 {
		return errDamaged
	}
	return nil
}

// check looks at a file as a whole. Of a database of PostgreSQL it reads the records: damage to pages is found by
// PostgreSQL's data checksums.
func (c *checkCmd) check(ctx context.Context) (report *data.CheckReport, err error) {
	if !connect.IsURL(c.DB) {
		return check.File(ctx, c.DB)
	}
	s, err := postgis.Open(ctx, c.DB)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	return data.CheckReader(ctx, s)
}

func (c *checkCmd) accept(ctx context.Context) (err error) {
	s, err := openStore(ctx, c.DB)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	return s.Accept(ctx)
}

// findingText is a finding, the number at of its part. What differs of the records has its sentences in both languages.
func (p *program) findingText(f *data.CheckFinding, report *data.CheckReport, at int) string {
	if f.Part == data.CheckRecords && report.Altered != nil && p.lang != problem.English {
		return report.Altered.Alterations[at].Problem().Sentence(p.lang)
	}
	return f.Detail
}

// reportCheck prints what a check found, part by part.
func (p *program) reportCheck(c *checkCmd, report *data.CheckReport, accepted bool) error {
	w := p.stdout
	if c.JSON {
		out := struct {
			*data.CheckReport
			OK       bool `json:"ok"`
			Accepted bool `json:"accepted"`
		}{report, len(report.Findings) == 0, accepted}
		if out.Findings == nil {
			out.Findings = []data.CheckFinding{}
		}
		return json.NewEncoder(w).Encode(out)
	}
	fmt.Fprintf(w, p.say("%s: %d areas, %d teams, %d households, %d visits, revision %d\n"), databaseName(c.DB),
		report.Areas, report.Teams, report.Households, report.Visits, report.Revision)
	titles := map[data.CheckPart]string{
		data.CheckPages: p.say("pages and indexes"), data.CheckReferences: p.say("references"),
		data.CheckSchema: p.say("tables, views, triggers"), data.CheckTypes: p.say("types of values"),
		data.CheckLayers:  p.say("tables for GIS programs"),
		data.CheckRecords: p.say("records, compared with what this program wrote last"),
	}
	for _, part := range data.CheckParts {
		found := 0
		for _, f := range report.Findings {
			if f.Part != part {
				continue
			}
			if found++; found == 1 {
				fmt.Fprintf(w, "%s:\n", titles[part])
			}
			fmt.Fprintf(w, "  %s\n", p.findingText(&f, report, found-1))
		}
		if found == 0 {
			fmt.Fprintf(w, p.say("%s: sound\n"), titles[part])
		}
	}
	if o := report.Older; o != nil {
		fmt.Fprintf(w, p.say("The tables are of an earlier version (%d, this program has %d): the next start of the server, or tungnha import, brings them up to date.\n"),
			o.Version, o.Current)
	}
	switch {
	case accepted:
		fmt.Fprintln(w, p.say("The records are accepted as they are."))
	case report.Altered != nil && report.Altered.NoticedAt != "":
		fmt.Fprintf(w, p.say("Another program edited the records; a running program noticed it at %s. If the edits are wanted: tungnha check --accept\n"),
			report.Altered.NoticedAt)
	case report.Altered != nil:
		fmt.Fprintln(w, p.say("The records are damaged, or another program edited them while no server was running. Restore a backup or, if the edits are wanted: tungnha check --accept"))
	}
	return nil
}
