package testkit

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/url"
	"os"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Migrate brings the database at url to the schema that a test wants; nil leaves it empty.
type Migrate func(ctx context.Context, url string) error

// Postgres answers with connections to a database of the test's own, migrated, and gone when the test ends.
//
// TRUCKROLL_TEST_DATABASE_URL, if set, names a server to make it on, as a user who may create databases; by default it
// is one that the tests share and that does not wait for the disk.
func Postgres(t testing.TB, migrate Migrate) *pgxpool.Pool {
	t.Helper()
	cfg, err := pgxpool.ParseConfig(PostgresURL(t, migrate))
	if err != nil {
		t.Fatal(err)
	}
	cfg.MaxConns = 10 // the server has 200 for all tests that run at the same time
	pool, err := pgxpool.NewWithConfig(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}

// PostgresURL is Postgres for those who connect by themselves.
func PostgresURL(t testing.TB, migrate Migrate) string {
	t.Helper()
	ctx := Context(t)
	template, err := templates.get(ctx, migrate)
	if err != nil {
		t.Fatal(err)
	}
	name := newName("test")
	if err := template.exec(ctx, "CREATE DATABASE "+name+" TEMPLATE "+template.name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := template.exec(ctx, "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			t.Error(err)
		}
	})
	return withDatabase(template.server, name)
}

// templates are this process's migrated databases, of which each test gets a copy. A process makes its own, because
// that costs little, and one left by an earlier run may have other migrations.
var templates = templateSet{byMigration: map[uintptr]template{}} //nolint:gochecknoglobals // shared by a process's tests

type templateSet struct {
	mu          sync.Mutex
	server      string // URL
	byMigration map[uintptr]template
}

type template struct {
	server string // URL of the server
	name   string
}

func (s *templateSet) get(ctx context.Context, migrate Migrate) (template, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.server == "" {
		url, err := postgresServer(ctx)
		if err != nil {
			return template{}, err
		}
		s.server = url
	}
	key := reflect.ValueOf(migrate).Pointer()
	if got, ok := s.byMigration[key]; ok {
		return got, nil
	}
	made := template{server: s.server, name: newName("template")}
	if err := made.exec(ctx, "CREATE DATABASE "+made.name); err != nil {
		return template{}, err
	}
	if migrate != nil {
		if err := migrate(ctx, withDatabase(made.server, made.name)); err != nil {
			return template{}, fmt.Errorf("migrate the tests' database: %w", err)
		}
	}
	s.byMigration[key] = made
	return made, nil
}

func postgresServer(ctx context.Context) (string, error) {
	if given := os.Getenv("TRUCKROLL_TEST_DATABASE_URL"); given != "" {
		return given, nil
	}
	s, err := join(ctx, kindPostgres, server{Kind: kindPostgres})
	return s.Address, err
}

// exec runs one statement on the server, on a connection of its own that is not in the template's way.
func (tm template) exec(ctx context.Context, sql string) error {
	conn, err := pgx.Connect(ctx, tm.server)
	if err != nil {
		return fmt.Errorf("connect to the tests' Postgres: %w", err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	if _, err := conn.Exec(ctx, sql); err != nil {
		return fmt.Errorf("%s: %w", sql, err)
	}
	return nil
}

func withDatabase(server, name string) string {
	u, err := url.Parse(server)
	if err != nil {
		return server // what cannot be parsed will not connect either, and say why
	}
	u.Path = "/" + name
	return u.String()
}

func newName(prefix string) string { return prefix + "_" + strings.ToLower(rand.Text()) }
