package localstack

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"
)

// lockDir makes sure that one process at a time runs a server on dir. The kernel lets go of the lock when its holder
// dies, however it dies; so whoever holds it may take any server still running on dir for an orphan.
func lockDir(dir, what string) (*flock.Flock, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // another user may have to get to the folder in it
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
