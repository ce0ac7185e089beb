package sqlite

import "context"

// MakeOlder brings a file, or a new one, to a version of the tables that an earlier program made.
func MakeOlder(ctx context.Context, path string, version int64) error {
	db := openDB(path, "", guards)
	defer db.Close()
	provider, err := newProvider(db)
	if err != nil {
		return err
	}
	_, err = provider.UpTo(ctx, version)
	return err
}
