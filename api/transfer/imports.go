package transfer

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"tungnha/api/request"
	"tungnha/data"
	"tungnha/data/ingest"
	"tungnha/internal/problem"
)

// ImportLimits bound what imports may take of the machine.
type ImportLimits struct {
	Bytes int64         // of all files of one import
	Files int           // of one import
	Kept  int           // imports that are remembered
	Age   time.Duration // for which an import that has ended is remembered
}

// DefaultImportLimits are those of a server.
var DefaultImportLimits = ImportLimits{Bytes: 2 << 30, Files: 20, Kept: 16, Age: 24 * time.Hour}

// Why a server does not take files: never, or not now.
var (
	ErrImportsOff = errors.New("this server takes no files")
	ErrImporting  = errors.New("another import is under way")
)

// Imports are the files that came by HTTP on their way into the store, one import at a time.
type Imports struct {
	Limits ImportLimits // set before the first import

	store data.Store // nil: none are taken
	clock func() time.Time
	log   *slog.Logger
	ctx   context.Context
	stop  context.CancelFunc
	work  sync.WaitGroup

	mu     sync.Mutex
	closed bool
	all    []*importRun // the oldest first; the last may be under way
}

// importRun is one import. Its id, which is hard to guess, and the key of its viewer are needed to read its report.
type importRun struct {
	id     string
	viewer string        // key of who sent the files
	folder *importFolder // files/ contains what came, rejects/ what could not be used
	began  time.Time

	// Guarded by Imports.mu.
	state    importState
	files    []ImportedFile
	progress ingest.Progress
	report   *ingest.Report
	problem  *problem.Problem // of a failed one
	ended    time.Time
}

type importState string

const (
	receiving importState = "receiving"
	importing importState = "importing"
	imported  importState = "done"
	notDone   importState = "failed"
)

// ImportedFile is a file as it came.
type ImportedFile struct {
	Name  string `json:"name"`
	Bytes int64  `json:"bytes"`
}

// NewImports returns an empty list of imports into the store; a nil store takes no files.
func NewImports(store data.Store, limits ImportLimits, clock func() time.Time, log *slog.Logger) *Imports {
	ctx, stop := context.WithCancel(context.Background())
	return &Imports{store: store, Limits: limits, clock: clock, log: log, ctx: ctx, stop: stop}
}

// Close ends the import under way, waits until the store has undone it, and removes all files.
func (im *Imports) Close() {
	im.mu.Lock()
	im.closed = true
	im.mu.Unlock()
	im.stop()
	im.work.Wait()
	im.mu.Lock()
	defer im.mu.Unlock()
	for len(im.all) > 0 {
		im.drop(im.all[0])
	}
}

// Sweep removes the files of imports whose servers were killed.
func (im *Imports) Sweep() {
	swept, err := sweepImportFolders()
	if swept > 0 {
		im.log.Info("removed what killed servers had left of imports", slog.Int("folders", swept))
	}
	if err != nil {
		im.log.Warn("files of imports of killed servers are left", slog.Any("error", err))
	}
}

// begin makes room for an import by a viewer of the key, unless one is under way.
func (im *Imports) begin(viewer string) (*importRun, error) {
	im.mu.Lock()
	defer im.mu.Unlock()
	if im.store == nil {
		return nil, ErrImportsOff
	}
	if n := len(im.all); im.closed || n > 0 && im.all[n-1].ended.IsZero() {
		return nil, ErrImporting
	}
	for len(im.all) >= im.Limits.Kept {
		im.drop(im.all[0])
	}
	folder, err := newImportFolder()
	if err != nil {
		return nil, err
	}
	one := &importRun{id: strings.ToLower(rand.Text()), viewer: viewer, folder: folder, began: im.clock(),
		state: receiving}
	im.all = append(im.all, one)
	return one, nil
}

// drop forgets an import and removes its files. im.mu is locked.
func (im *Imports) drop(one *importRun) {
	i := slices.Index(im.all, one)
	if i < 0 {
		return
	}
	im.all = slices.Delete(im.all, i, i+1)
	if err := one.folder.remove(); err != nil {
		im.log.Error("files of an import are left", slog.Any("error", err))
	}
}

// abandon forgets an import whose files did not arrive.
func (im *Imports) abandon(one *importRun) {
	im.mu.Lock()
	defer im.mu.Unlock()
	im.drop(one)
}

// start imports the files that have arrived.
func (im *Imports) start(one *importRun, options ingest.Options) error {
	im.mu.Lock()
	defer im.mu.Unlock()
	if im.closed {
		return ErrImporting
	}
	one.state = importing
	paths := make([]string, len(one.files))
	for i, f := range one.files {
		paths[i] = filepath.Join(one.folder.path, "files", f.Name)
		one.progress.Total += f.Bytes
	}
	options.Folder = filepath.Join(one.folder.path, "files") + string(filepath.Separator)
	options.Rejects = filepath.Join(one.folder.path, "rejects", "rejects.csv")
	options.Progress = func(at ingest.Progress) {
		im.mu.Lock()
		defer im.mu.Unlock()
		at.File = filepath.Base(at.File)
		one.progress = at
	}
	im.work.Go(func() {
		report, err := ingest.Import(im.ctx, im.store, paths, options)
		im.end(one, report, err)
	})
	return nil
}

// end writes down how an import ended. What came is removed at once; the rejects and the
// report stay for a while.
func (im *Imports) end(one *importRun, report *ingest.Report, err error) {
	files := filepath.Join(one.folder.path, "files") + string(filepath.Separator)
	if left := os.RemoveAll(files); left != nil {
		im.log.Error("files of an import are left", slog.Any("error", left))
	}
	im.mu.Lock()
	defer im.mu.Unlock()
	one.ended = im.clock()
	var file *ingest.FileError
	switch {
	case err == nil:
		for _, f := range report.Files {
			if f.RejectsFile != "" {
				f.RejectsFile = filepath.Base(f.RejectsFile)
			}
		}
		one.state, one.report = imported, report
		im.log.Info("files imported", slog.Int("files", len(report.Files)), slog.Int("rejected", report.Rejected()),
			slog.Float64("seconds", report.Seconds))
	case errors.Is(err, context.Canceled):
		one.state, one.problem = notDone, problem.ServerStopped()
	case errors.As(err, &file) && file.Problem() != nil:
		one.state, one.problem = notDone, file.Problem()
	case errors.Is(err, data.ErrReadOnly):
		one.state, one.problem = notDone, problem.ReadOnly()
	default:
		one.state, one.problem = notDone, problem.ImportFailed()
		im.log.Error("import failed", slog.Any("error", err))
	}
	time.AfterFunc(im.Limits.Age, func() { im.abandon(one) })
}

// find returns the import of the id, by a viewer of the key.
func (im *Imports) find(id, viewer string) (*importRun, error) {
	im.mu.Lock()
	defer im.mu.Unlock()
	for _, one := range im.all {
		if one.id == id && one.viewer == viewer {
			return one, nil
		}
	}
	return nil, request.NotFound("import", id)
}
