package transfer

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// importPrefix begins the names of the folders with files of imports, among all
// others in the folder for temporary files.
const importPrefix = "tungnha-import-"

// importFolder contains the files of one import, readable by this user alone. Its server has it
// locked, and the system ends the lock with the process, in whichever way that ends: a folder
// that is not locked was left behind.
type importFolder struct {
	path string
	lock *os.File
}

func newImportFolder() (*importFolder, error) {
	for {
		path, err := os.MkdirTemp("", importPrefix+"*")
		if err != nil {
			return nil, err
		}
		f, err := lockFolder(path)
		if err != nil {
			return nil, errors.Join(err, os.Remove(path))
		}
		if f == nil { // a server that starts at this moment took it for left behind
			continue
		}
		for _, name := range []string{"files", "rejects"} {
			if err := os.Mkdir(filepath.Join(path, name), 0o700); err != nil {
				return nil, errors.Join(err, f.remove())
			}
		}
		return f, nil
	}
}

// lockFolder locks a folder; nil where another process has it locked, or has removed it.
func lockFolder(path string) (*importFolder, error) {
	lock, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		if errors.Is(err, syscall.EWOULDBLOCK) {
			err = nil
		}
		return nil, errors.Join(err, lock.Close())
	}
	locked, err := lock.Stat()
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	if now, err := os.Lstat(path); err != nil || !os.SameFile(locked, now) {
		return nil, lock.Close()
	}
	return &importFolder{path, lock}, nil
}

// remove removes the folder with all that is in it.
func (f *importFolder) remove() error { return errors.Join(os.RemoveAll(f.path), f.lock.Close()) }

// sweepImportFolders removes what servers left behind that were killed. It goes by the lock
// alone, and leaves the folders of other users and whatever is no folder.
func sweepImportFolders() (swept int, err error) {
	paths, err := filepath.Glob(filepath.Join(os.TempDir(), importPrefix+"*"))
	if err != nil {
		return 0, err
	}
	for _, path := range paths {
		info, problem := os.Lstat(path)
		if problem != nil || !info.IsDir() || info.Sys().(*syscall.Stat_t).Uid != uint32(os.Getuid()) {
			continue
		}
		f, problem := lockFolder(path)
		if problem != nil || f == nil {
			err = errors.Join(err, problem)
			continue
		}
		if problem = f.remove(); problem == nil {
			swept++
		}
		err = errors.Join(err, problem)
	}
	return swept, err
}
