package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"tungnha/data"
)

type copyCmd struct {
	From string `arg:"" help:"Database to copy: a GeoPackage file or postgres://user@host/database."`
	To   string `arg:"" help:"Empty database to copy it into; a missing file is made."`
}

// Run copies a database into another one and reads both to see that they are equal.
func (c *copyCmd) Run(ctx context.Context, p *program) (err error) {
	if err := p.checkDatabase(c.From); err != nil {
		return err
	}
	if same(c.From, c.To) {
		return p.usagef("%s is the database to copy: name another to copy it into", databaseName(c.To))
	}
	from, err := openStore(ctx, c.From)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	to, err := openStore(ctx, c.To)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, to.Close()) }()

	if err := to.SetSkills(ctx, from.Skills()); err != nil {
		return err
	}
	if err := writeQueued(ctx, from); err != nil {
		return err
	}
	wrote, err := data.Copy(ctx, from, to)
	if err != nil {
		return fmt.Errorf("copy %s to %s: %w", databaseName(c.From), databaseName(c.To), err)
	}
	meta, err := from.Meta(ctx)
	if err != nil {
		return err
	}
	if err := to.SetMeta(ctx, meta); err != nil {
		return err
	}
	if err := to.SetSecret(ctx, from.Secret()); err != nil {
		return err
	}
	holds, err := data.ReadContents(ctx, to)
	if err != nil {
		return err
	}
	if holds != wrote {
		return fmt.Errorf(p.say("copy %s to %s: it holds %+v, and %+v was copied"), databaseName(c.From),
			databaseName(c.To), holds, wrote)
	}
	_, err = fmt.Fprintf(p.stdout, p.say("%s: %d areas, %d teams, %d households and %d visits, read back and equal\n"),
		databaseName(c.To), holds.Areas, holds.Teams, holds.Households, holds.Visits)
	return err
}

// same reports whether both are one database: the same text, or two paths of one file.
func same(a, b string) bool {
	if a == b {
		return true
	}
	atA, errA := os.Stat(a)
	atB, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(atA, atB)
}
