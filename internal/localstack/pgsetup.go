package localstack

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// setUp chooses the binaries, makes the data folder if it is missing, and clears what a killed run left in the way.
func (p *Postgres) setUp(ctx context.Context) error {
	major, err := p.dataVersion()
	if err != nil {
		return err
	}
	if p.bin, err = p.choosePostgres(ctx, major); err != nil {
		return err
	}
	if major == 0 {
		p.opts.Progress(fmt.Sprintf("making a Postgres %d data folder in %s", p.bin.major, p.opts.Dir))
		if err := p.initData(ctx); err != nil {
			return err
		}
	}
	password, err := os.ReadFile(p.passwordFile())
	if err != nil {
		return fmt.Errorf("password: %w", err)
	}
	p.password = strings.TrimSpace(string(password))
	return p.endOrphan(ctx)
}

// dataVersion is the major version that made the data, or 0 when there is none yet.
func (p *Postgres) dataVersion() (int, error) {
	data, err := os.ReadFile(filepath.Join(p.dataDir(), "PG_VERSION"))
	switch {
	case errors.Is(err, os.ErrNotExist):
		return 0, nil
	case errors.Is(err, os.ErrPermission):
		return 0, fmt.Errorf("the data in %s belongs to another user; choose another folder with TRUCKROLL_DATA: %w", p.opts.Dir, err)
	case err != nil:
		return 0, fmt.Errorf("version of the data: %w", err)
	}
	major, err := strconv.Atoi(strings.TrimSpace(string(data)))
	if err != nil {
		return 0, fmt.Errorf("version of the data: %w", err)
	}
	return major, nil
}

func (p *Postgres) choosePostgres(ctx context.Context, major int) (pgBinaries, error) {
	if bin, ok := findPostgres(ctx, major); ok {
		return bin, nil
	}
	if major != 0 && major != minPostgres {
		return pgBinaries{}, fmt.Errorf("the data in %s was made by Postgres %d, which is not on this machine any more: "+
			"install it, or move that folder away to start anew", p.opts.Dir, major)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return pgBinaries{}, fmt.Errorf("cache folder: %w", err)
	}
	p.opts.Progress("this machine has no Postgres server: downloading one")
	return downloadPostgres(filepath.Join(cache, "truckroll"))
}

// initData makes the data under another name and renames it when complete: a kill in between must not leave half a
// database behind.
func (p *Postgres) initData(ctx context.Context) error {
	side := p.dataDir() + ".new"
	if err := os.RemoveAll(side); err != nil {
		return fmt.Errorf("left-over of an earlier start: %w", err)
	}
	if err := os.Mkdir(side, 0o700); err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	if err := os.WriteFile(p.passwordFile(), []byte(rand.Text()+"\n"), 0o600); err != nil {
		return fmt.Errorf("password: %w", err)
	}
	if err := errors.Join(p.account.own(side), p.account.own(p.passwordFile())); err != nil {
		return err
	}
	// C.UTF-8 sorts by code point yet knows the upper and lower case of every script; where the system lacks it, C.
	if err := p.initdb(ctx, side, "C.UTF-8"); err != nil {
		if err := p.initdb(ctx, side, "C"); err != nil {
			return err
		}
	}
	if err := os.Rename(side, p.dataDir()); err != nil {
		return fmt.Errorf("name the new data folder: %w", err)
	}
	return nil
}

func (p *Postgres) initdb(ctx context.Context, dir, locale string) error {
	args := []string{
		"--pgdata=" + dir, "--username=" + pgName, "--pwfile=" + p.passwordFile(),
		"--auth=scram-sha-256", "--encoding=UTF8", "--locale=" + locale,
	}
	if p.opts.Volatile {
		args = append(args, "--no-sync")
	}
	if out, err := p.command(ctx, "initdb", args...).CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	return nil
}

func (p *Postgres) passwordFile() string { return filepath.Join(p.opts.Dir, "password") }

// endOrphan deals with what a killed run left: a server that still runs on our data is stopped in good order, for we
// hold the folder's lock and it has no other owner; a postmaster.pid whose number now belongs to some other program,
// which would make Postgres refuse to start, is removed. Any other stale postmaster.pid Postgres copes with itself.
func (p *Postgres) endOrphan(ctx context.Context) error {
	file := filepath.Join(p.dataDir(), "postmaster.pid")
	data, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	} else if err != nil {
		return fmt.Errorf("postmaster.pid: %w", err)
	}
	first, _, _ := strings.Cut(string(data), "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(first))
	if err != nil {
		pid = 0 // cut short by a full disk: of no use to anybody
	}
	name := processName(pid)
	if name == "postgres" || name == "postmaster" {
		if !p.runsHere(pid) {
			name = "another postgres" // the number went round to the server of some other folder
		} else {
			p.opts.Progress(fmt.Sprintf("stopping the Postgres (process %d) that an earlier run left behind", pid))
			return endOrphan(ctx, pid, syscall.SIGINT)
		}
	}
	if name != "" || pid == 0 {
		if err := os.Remove(file); err != nil {
			return fmt.Errorf("stale postmaster.pid: %w", err)
		}
	}
	return nil
}

// runsHere tells whether the server pid works on our data, which is a server's working folder. Where that cannot be
// seen the answer is yes, as postmaster.pid says.
func (p *Postgres) runsHere(pid int) bool {
	cwd, err := os.Readlink(fmt.Sprintf("/proc/%d/cwd", pid))
	if err != nil {
		return true
	}
	dir, err := filepath.EvalSymlinks(p.dataDir())
	return err != nil || cwd == dir
}
