package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"

	"tungnha/data/postgis/connect"
	"tungnha/data/sqlite/backup"
)

type backupCmd struct {
	To string `arg:"" help:"New file, or a folder, in which each backup is named after its time."`
	storeFlags
	Every time.Duration `help:"Go on, and make a backup so often: 1h. TO must be a folder." placeholder:"1h"`
	Keep  int           `help:"How many backups the folder keeps; the oldest go once a new one is good. 0: all." default:"0" placeholder:"24"`
}

// Names of backups in a folder, which sort by their time, in UTC.
const (
	backupTime    = "20060102T150405Z"
	backupPattern = "tungnha-[0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9]T[0-9][0-9][0-9][0-9][0-9][0-9]Z.gpkg"
)

// maxBackupPause is how long after a backup that failed the next is tried, at most.
const maxBackupPause = time.Minute

// Run makes a backup, or one after the other until the program is interrupted.
func (c *backupCmd) Run(ctx context.Context, p *program) error {
	info, err := os.Stat(c.To)
	folder := err == nil && info.IsDir()
	switch {
	case connect.IsURL(c.DB):
		return p.usagef("PostgreSQL has its own backups: pg_dump, or continuous archiving; tungnha copy writes such a database into a file")
	case !folder && (c.Every != 0 || c.Keep != 0):
		return p.usagef("--every and --keep: %s is no folder", c.To)
	case c.Every < 0 || c.Keep < 0:
		return p.usagef("--every and --keep: want more than 0")
	}
	if err := p.checkDatabase(c.DB); err != nil {
		return err
	}
	for {
		err := c.backup(ctx, p, folder)
		if c.Every == 0 || ctx.Err() != nil {
			return err
		}
		pause := c.Every
		if err != nil {
			p.log.Error("no backup was made, trying again", slog.Any("error", err))
			pause = min(pause, maxBackupPause)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause):
		}
	}
}

// backup makes one backup and, where that is good, removes those that are too many.
func (c *backupCmd) backup(ctx context.Context, p *program, folder bool) error {
	to := c.To
	if folder {
		to = filepath.Join(c.To, "tungnha-"+p.clock().UTC().Format(backupTime)+".gpkg")
	}
	report, err := backup.Write(ctx, c.DB, to)
	if err != nil {
		return err
	}
	if len(report.Findings) > 0 {
		return sentencef("no backup was made of %s: %s; see tungnha check", c.DB, report.Findings[0].Detail)
	}
	fmt.Fprintf(p.stdout, p.say("%s: %d areas, %d teams, %d households and %d visits, read back and sound\n"), to,
		report.Areas, report.Teams, report.Households, report.Visits)
	if c.Keep == 0 {
		return nil
	}
	entries, err := os.ReadDir(c.To) // by name, which is by time
	if err != nil {
		return err
	}
	entries = slices.DeleteFunc(entries, func(e os.DirEntry) bool {
		backup, _ := filepath.Match(backupPattern, e.Name())
		return !backup
	})
	for i := range len(entries) - c.Keep {
		if err := os.Remove(filepath.Join(c.To, entries[i].Name())); err != nil {
			return err
		}
	}
	return nil
}
