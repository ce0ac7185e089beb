package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"text/tabwriter"
	"time"

	"tungnha/data"
)

type revertCmd struct {
	storeFlags
	Batch   int64  `help:"Visits of this batch. Of the batch of a revert: what it did is undone." placeholder:"NUMBER"`
	Sender  string `help:"Visits of this sender, as --list shows it."`
	Since   string `help:"Visits received from this moment on." placeholder:"2026-03-31T08:00:00+07:00"`
	Until   string `help:"Visits received up to this moment." placeholder:"2026-03-31T09:00:00+07:00"`
	Unknown bool   `help:"Bring in the visits that were set aside because the register did not have their household or team, and has it now."`
	DryRun  bool   `help:"Change nothing, and print what would change."`
	List    bool   `help:"List the batches in the database: number, moment, channel, visits that count, visits that do not (withdrawn or set aside), sender."`
}

// Run withdraws visits by where they came from, or brings back those that a revert withdrew.
func (c *revertCmd) Run(ctx context.Context, p *program) (err error) {
	selection := data.Selection{Batch: c.Batch, Sender: c.Sender, Unknown: c.Unknown}
	for _, moment := range []struct {
		flag, text string
		seconds    *int64
	}{{"--since", c.Since, &selection.Since}, {"--until", c.Until, &selection.Until}} {
		if moment.text == "" {
			continue
		}
		t, err := time.Parse(time.RFC3339, moment.text)
		if err != nil {
			return p.usagef("%s %q: want a moment such as 2026-03-31T08:00:00+07:00", moment.flag, moment.text)
		}
		*moment.seconds = t.Unix()
	}
	if c.Unknown && selection != (data.Selection{Unknown: true}) {
		return p.usagef("--unknown is for itself: without --batch, --sender, --since and --until")
	}
	if !c.List && !c.Unknown && selection.Batch == 0 && selection.Sender == "" && selection.Since == 0 {
		return p.usagef("revert needs --batch, --sender, --since or --unknown; --list shows the batches")
	}
	store, err := c.openExisting(ctx, p)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	if c.List {
		return p.listBatches(ctx, store)
	}
	if !c.DryRun {
		if err := writeQueued(ctx, store); err != nil {
			return err
		}
	}
	done, err := store.Revert(ctx, selection, c.DryRun)
	if err != nil {
		return err
	}
	if done.Blocked > 0 {
		fmt.Fprintf(p.stdout, p.say("%d visits stay withdrawn: recorded again meanwhile, or without household or team\n"),
			done.Blocked)
	}
	switch {
	case c.DryRun:
		_, err = fmt.Fprintf(p.stdout, p.say("%d visits would be withdrawn, %d would be brought back\n"), done.Withdrawn,
			done.Restored)
	case done.Batch == 0:
		_, err = fmt.Fprint(p.stdout, p.say("there are no such visits: nothing was changed\n"))
	default:
		_, err = fmt.Fprintf(p.stdout, p.say("%d visits withdrawn, %d brought back, as batch %d; tungnha revert --batch %d undoes it\n"),
			done.Withdrawn, done.Restored, done.Batch, done.Batch)
	}
	return err
}

// listBatches prints the batches, each with the number of its visits that count.
func (p *program) listBatches(ctx context.Context, store store) error {
	var batches []data.Batch
	visits, aside := make(map[int64]int), make(map[int64]int)
	reasons := make(map[data.Reason]int)
	_, err := store.Read(ctx, data.RecordHandler{
		Batch: func(b *data.Batch) error { batches = append(batches, *b); return nil },
		Visit: func(v *data.Visit) error { visits[v.Origin.Batch]++; return nil },
		Aside: func(a *data.Aside) error {
			if a.RestoredBy == 0 {
				aside[a.Origin.Batch]++
				reasons[a.Reason]++
			}
			return nil
		},
	})
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	for _, b := range batches {
		fmt.Fprintf(w, "%d\t%s\t%s\t%d\t%d\t%s\n", b.ID, time.Unix(b.ReceivedAt, 0).In(data.Zone).Format(time.RFC3339),
			b.Channel, visits[b.ID], aside[b.ID], b.Sender)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, reason := range slices.Sorted(maps.Keys(reasons)) {
		fmt.Fprintf(p.stdout, p.say("%d visits do not count: %s\n"), reasons[reason], reason)
	}
	return nil
}
