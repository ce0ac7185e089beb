// Package backup writes whole and checked copies of files while others go on writing to them.
package backup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"tungnha/data"
	"tungnha/data/sqlite"
	"tungnha/data/sqlite/check"
	"tungnha/data/sqlite/postqueue"
)

// Write writes the file at path, as it is at one moment, to a new file, while others go on writing to it. It has the
// visits that are queued while an import is under way, and not what that has not committed. The new file is complete
// by itself, checked like any other by check.File, synced to the disk and only then given its name: after a kill there
// is the whole backup or none. An existing file is never replaced. What is wrong with the copy, which has the records
// of the original, is in the report, and then there is no backup.
func Write(ctx context.Context, path, to string) (report *data.CheckReport, err error) {
	if _, err := os.Lstat(to); !errors.Is(err, fs.ErrNotExist) {
		return nil, errors.Join(err, fmt.Errorf("%s is there already: a backup replaces no file", to))
	}
	dir := filepath.Dir(to)
	// For its owner alone: it has the households. VACUUM INTO takes an empty file.
	f, err := os.CreateTemp(dir, "."+filepath.Base(to)+".*"+Partial)
	if err != nil {
		return nil, err
	}
	partial := f.Name()
	defer func() {
		for _, suffix := range beside { // the first has gone where it was given its name
			os.Remove(partial + suffix)
		}
	}()
	removeOld(dir)
	if err := f.Close(); err != nil {
		return nil, err
	}
	// The queue first: a visit that leaves it meanwhile is in both copies, and counts once.
	queued := partial + postqueue.Suffix
	err = copyQueue(ctx, path, queued)
	if err == nil {
		err = sqlite.VacuumInto(ctx, path, partial)
	}
	if err == nil {
		err = writeQueue(ctx, partial)
	}
	if err != nil {
		return nil, fmt.Errorf("write the backup of %s: %w", path, err)
	}
	report, err = check.File(ctx, partial)
	if err != nil || len(report.Findings) > 0 {
		return report, err
	}
	if err := syncFile(partial); err != nil {
		return nil, err
	}
	// Unlike a rename, a link fails where somebody has made a file of the name meanwhile.
	if err := os.Link(partial, to); err != nil {
		return nil, err
	}
	return report, errors.Join(os.Remove(partial), syncFile(dir))
}

// copyQueue copies the queue of the file at path to a new file, where there is one.
func copyQueue(ctx context.Context, path, to string) error {
	if _, err := os.Stat(path + postqueue.Suffix); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	f, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), sqlite.VacuumInto(ctx, path+postqueue.Suffix, to))
}

// writeQueue writes what is queued beside the file at path into it.
func writeQueue(ctx context.Context, path string) (err error) {
	if _, err := os.Stat(path + postqueue.Suffix); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	store, err := sqlite.Open(ctx, path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	for more := true; more && err == nil; {
		var posted data.Posted
		posted, err = store.WriteQueued(ctx)
		more = posted.Dequeued > 0
	}
	return err
}

// Partial ends the names of backups that are being written, or were when their process was killed.
const Partial = ".partial"

// beside are the ends of the names of the files that there may be of a backup that is being written.
var beside = []string{"", "-journal", "-wal", "-shm", postqueue.Suffix, postqueue.Suffix + "-journal",
	postqueue.Suffix + "-wal", postqueue.Suffix + "-shm"}

// partialName is of a file of a backup that is being written.
var partialName = regexp.MustCompile(`^\..+\.[0-9]+\` + Partial + `(` + postqueue.Suffix + `)?(-journal|-wal|-shm)?$`)

// removeOld removes from a folder what is left of backups whose process was killed: what nobody has written to for a
// day. That it cannot is no reason against another backup.
func removeOld(dir string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		if info, err := e.Info(); err == nil && info.Mode().IsRegular() && partialName.MatchString(e.Name()) &&
			time.Since(info.ModTime()) > 24*time.Hour {
			os.Remove(filepath.Join(dir, e.Name()))
		}
	}
}

// syncFile has what was written to a file, or the names in a folder, on the disk.
func syncFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
