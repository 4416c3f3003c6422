package localstack

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// pgAccount is who runs Postgres: ourselves, or for root, as whom Postgres refuses to run, somebody without rights.
type pgAccount struct {
	name string
	cred *syscall.Credential // nil: ourselves
}

// pgRunAs chooses the account: the owner of data that is there, else the machine's postgres user, else nobody.
func pgRunAs(dataDir string) (pgAccount, error) {
	if os.Geteuid() != 0 {
		return pgAccount{}, nil
	}
	if info, err := os.Stat(dataDir); err == nil {
		if st, ok := info.Sys().(*syscall.Stat_t); ok && st.Uid != 0 {
			return pgAccount{
				name: "user " + strconv.Itoa(int(st.Uid)),
				cred: &syscall.Credential{Uid: st.Uid, Gid: st.Gid},
			}, nil
		}
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, errUID := strconv.ParseUint(u.Uid, 10, 32)
		gid, errGID := strconv.ParseUint(u.Gid, 10, 32)
		if err := errors.Join(errUID, errGID); err != nil {
			return pgAccount{}, fmt.Errorf("ids of user %s: %w", name, err)
		}
		return pgAccount{name: name, cred: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}, nil
	}
	return pgAccount{}, errors.New("Postgres does not run as root, and this machine has neither a user postgres nor a user nobody: " +
		"start as an ordinary user, or set DATABASE_URL")
}

// own gives a file or folder to the account.
func (a pgAccount) own(path string) error {
	if a.cred == nil {
		return nil
	}
	if err := os.Chown(path, int(a.cred.Uid), int(a.cred.Gid)); err != nil {
		return fmt.Errorf("hand over to %s: %w", a.name, err)
	}
	return nil
}

// canReach tells whether the account may pass through every folder down to dir, as far as those exist.
func (a pgAccount) canReach(dir string) bool {
	if a.cred == nil {
		return true
	}
	for ; ; dir = filepath.Dir(dir) {
		info, err := os.Stat(dir)
		if err == nil && !a.canEnter(info) {
			return false
		}
		if dir == filepath.Dir(dir) {
			return true
		}
	}
}

func (a pgAccount) canEnter(info os.FileInfo) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return false
	}
	switch perm := info.Mode().Perm(); {
	case st.Uid == a.cred.Uid:
		return perm&0o100 != 0
	case st.Gid == a.cred.Gid:
		return perm&0o010 != 0
	default:
		return perm&0o001 != 0
	}
}

// reachableDir is dir itself, or where the account cannot get to it (a checkout in root's home) a folder of its own
// under /var/lib, the same for the same dir every time.
func (a pgAccount) reachableDir(dir string) string {
	if a.canReach(dir) {
		return dir
	}
	sum := sha256.Sum256([]byte(dir))
	return filepath.Join("/var/lib/truckroll", hex.EncodeToString(sum[:6]))
}
