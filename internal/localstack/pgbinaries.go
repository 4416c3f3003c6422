package localstack

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"

	embeddedpostgres "github.com/fergusstrange/embedded-postgres"
)

// minPostgres is the oldest major version that truckroll's schema is tested with.
const minPostgres = 15

// pgBinaries is one installation of Postgres.
type pgBinaries struct {
	dir   string
	major int
}

func (b pgBinaries) path(name string) string { return filepath.Join(b.dir, name) }

// findPostgres looks for an installation: of exactly major want, or for 0 the newest from minPostgres on.
func findPostgres(ctx context.Context, want int) (pgBinaries, bool) {
	var best pgBinaries
	for _, dir := range pgCandidates(ctx) {
		major := pgMajor(ctx, dir)
		if major < minPostgres || (want != 0 && major != want) {
			continue
		}
		if major > best.major {
			best = pgBinaries{dir: dir, major: major}
		}
	}
	return best, best.major != 0
}

// pgCandidates are the folders where packages of the usual systems put the server; Debian's, for one, not on PATH.
func pgCandidates(ctx context.Context) []string {
	var dirs []string
	if path, err := exec.LookPath("postgres"); err == nil {
		if target, err := filepath.EvalSymlinks(path); err == nil { // initdb sits beside the real one
			dirs = append(dirs, filepath.Dir(target))
		}
	}
	if out, err := exec.CommandContext(ctx, "pg_config", "--bindir").Output(); err == nil {
		dirs = append(dirs, string(regexp.MustCompile(`\s+$`).ReplaceAll(out, nil)))
	}
	for _, pattern := range []string{
		"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/usr/local/pgsql/bin",
		"/opt/homebrew/opt/postgresql@*/bin", "/usr/local/opt/postgresql@*/bin",
		"/Applications/Postgres.app/Contents/Versions/*/bin",
	} {
		found, err := filepath.Glob(pattern)
		if err == nil {
			dirs = append(dirs, found...)
		}
	}
	return dirs
}

var pgVersionPattern = regexp.MustCompile(`\(PostgreSQL\) (\d+)`)

// pgMajor is the major version of the server in dir, or 0 if there is none that can be run.
func pgMajor(ctx context.Context, dir string) int {
	if _, err := os.Stat(filepath.Join(dir, "initdb")); err != nil {
		return 0
	}
	out, err := exec.CommandContext(ctx, filepath.Join(dir, "postgres"), "--version").Output()
	if err != nil {
		return 0
	}
	m := pgVersionPattern.FindSubmatch(out)
	if m == nil {
		return 0
	}
	major, err := strconv.Atoi(string(m[1]))
	if err != nil {
		return 0
	}
	return major
}

// downloadPostgres fetches an installation into cache, for a machine that has none. The library can only do so by
// starting a server, so that it starts one for a moment, on scratch data; ours then runs from the same binaries.
func downloadPostgres(cache string) (pgBinaries, error) {
	const install = "install PostgreSQL 15 or later (Debian, Ubuntu: apt-get install postgresql; macOS: brew install postgresql@17), " +
		"or set DATABASE_URL to a database of your own"
	if os.Geteuid() == 0 {
		// A server refuses to run as root, and the library cannot run one as somebody else.
		return pgBinaries{}, errors.New("this machine has no Postgres server: " + install)
	}
	scratch, err := os.MkdirTemp("", "truckroll-postgres-")
	if err != nil {
		return pgBinaries{}, fmt.Errorf("scratch folder: %w", err)
	}
	defer func() { _ = os.RemoveAll(scratch) }()
	port, err := claimPort(context.Background(), 0, "", "")
	if err != nil {
		return pgBinaries{}, err
	}
	dir := filepath.Join(cache, "postgres-15")
	log, err := os.Create(filepath.Join(scratch, "log"))
	if err != nil {
		return pgBinaries{}, fmt.Errorf("scratch log: %w", err)
	}
	defer func() { _ = log.Close() }()
	db := embeddedpostgres.NewDatabase(embeddedpostgres.DefaultConfig().
		Version(embeddedpostgres.V15).
		Port(uint32(port)). //nolint:gosec // a port fits
		CachePath(cache).BinariesPath(dir).
		RuntimePath(filepath.Join(scratch, "run")).DataPath(filepath.Join(scratch, "data")).
		Logger(log))
	if err := db.Start(); err != nil {
		return pgBinaries{}, fmt.Errorf("this machine has no Postgres server, and downloading one went wrong (%w): %s", err, install)
	}
	if err := db.Stop(); err != nil {
		return pgBinaries{}, fmt.Errorf("stop the downloaded Postgres: %w", err)
	}
	return pgBinaries{dir: filepath.Join(dir, "bin"), major: minPostgres}, nil
}
