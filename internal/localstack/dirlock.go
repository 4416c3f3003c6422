package localstack

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"
)

// makeDir makes dir and what is missing above it such that other users can pass through, whatever our umask says: the
// Postgres that root starts is one. What lies in there has rights of its own.
func makeDir(dir string) error {
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := makeDir(filepath.Dir(dir)); err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o711); err != nil && !errors.Is(err, os.ErrExist) { //nolint:gosec // see above
		return err
	}
	return os.Chmod(dir, 0o711) //nolint:gosec // see above
}

// lockDir makes sure that one process at a time runs a server on dir. The kernel lets go of the lock when its holder
// dies, however it dies; so whoever holds it may take any server still running on dir for an orphan.
func lockDir(dir, what string) (*flock.Flock, error) {
	if err := makeDir(dir); err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	lock := flock.New(filepath.Join(dir, "lock"))
	ok, err := lock.TryLock()
	switch {
	case errors.Is(err, os.ErrPermission):
		return nil, fmt.Errorf("data folder %s belongs to another user; choose another with TRUCKROLL_DATA: %w", dir, err)
	case err != nil:
		return nil, fmt.Errorf("lock data folder: %w", err)
	case !ok:
		return nil, fmt.Errorf("%s is already running on %s for another process: stop that, or set TRUCKROLL_DATA to another folder",
			what, dir)
	}
	return lock, nil
}
