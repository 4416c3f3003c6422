package archtest

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "truckroll"

// rule says what the packages below a folder may import. Packages of the same home and, unless denied, the standard
// library always may be.
type rule struct {
	folder string
	ours   []string // of this module; "*" for all
	others []string // of other modules, by prefix; "*" for all
	deny   []string // by prefix, whatever else allows them
}

// rules are searched from the top: the first whose folder a package is in applies.
var rules = []rule{
	// The domain is plain Go: it must be possible to read, test and fuzz a rule of the standard without any machinery.
	{
		folder: "dispatch", others: []string{"*"},
		deny: []string{"net/http", "database/sql", "go.temporal.io", "github.com/labstack", "github.com/jackc", "github.com/twilio"},
	},
	// Workflows are replayed: what they import must be deterministic, which the domain and the SDK's workflow side are.
	{
		folder: "workflows", ours: []string{"dispatch"}, others: []string{"go.temporal.io/sdk", "go.temporal.io/api"},
		deny: []string{"net", "os", "database/sql", "math/rand", "go.temporal.io/sdk/client", "go.temporal.io/sdk/activity"},
	},
	// Side effects reach the outside through interfaces that main fills with the adapters of internal. They name the read
	// model's types, and use what makes something of what it is given: pictures and documents.
	{
		folder: "activities", ours: []string{"dispatch", "internal/postgres", "internal/imaging", "internal/document"},
		others: []string{"*"},
	},
	{folder: "worker", ours: []string{"dispatch", "workflows", "activities"}, others: []string{"*"}},
	// The API reaches workflows by the names in dispatch: it can be deployed without them. It names the read model's
	// types, which would otherwise all be mapped twice, and starts jobs as everybody does.
	{folder: "api", ours: []string{"dispatch", "internal/postgres", "internal/temporalclient", "internal/uploads"}, others: []string{"*"}},
	{folder: "internal/testkit", ours: []string{"internal/localstack"}, others: []string{"*"}},
	{folder: "internal/archtest"},
	// What drives the API from outside has no other way in.
	{folder: "internal/bench", ours: []string{"dispatch", "internal/apiclient", "internal/scene"}, others: []string{"*"}},
	{folder: "internal/simulate", ours: []string{"dispatch", "internal/apiclient", "internal/scene"}, others: []string{"*"}},
	{folder: "internal/importer", ours: []string{"dispatch", "internal/apiclient"}, others: []string{"*"}},
	{folder: "internal", ours: []string{"dispatch"}, others: []string{"*"}},
	{folder: ".", ours: []string{"*"}, others: []string{"*"}},
}

// aside are folders without Go code of this module's product.
var aside = []string{".git", "bin", "data", "deploy", "docs", "node_modules", "testdata", "web", "tools"}

func TestImportsRunOneWay(t *testing.T) {
	t.Parallel()
	root := filepath.Join("..", "..")
	checked := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if slices.Contains(aside, d.Name()) {
				return filepath.SkipDir
			}
			return nil
		}
		// Tests may reach for anything: they are not part of the product.
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		checked++
		folder, err := filepath.Rel(root, filepath.Dir(path))
		if err != nil {
			return err
		}
		checkFile(t, path, filepath.ToSlash(folder))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if checked == 0 {
		t.Fatal("no Go file found: is the walk's root right?")
	}
}

func checkFile(t *testing.T, path, folder string) {
	t.Helper()
	r, ok := ruleFor(folder)
	if !ok {
		t.Errorf("%s: no rule for folder %s: add one", path, folder)
		return
	}
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	for _, spec := range file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		if !r.allows(folder, imported) {
			t.Errorf("%s imports %s, which packages in %s must not", path, imported, r.folder)
		}
	}
}

func ruleFor(folder string) (rule, bool) {
	for _, r := range rules {
		if within(folder, r.folder) {
			return r, true
		}
	}
	return rule{}, false
}

// allows tells whether a package in folder may import another.
func (r rule) allows(folder, imported string) bool {
	if slices.ContainsFunc(r.deny, func(d string) bool { return within(imported, d) }) {
		return false
	}
	if ours, ok := strings.CutPrefix(imported, module+"/"); ok {
		return within(ours, home(folder)) || slices.ContainsFunc(r.ours, func(o string) bool { return o == "*" || within(ours, o) })
	}
	if first, _, _ := strings.Cut(imported, "/"); !strings.Contains(first, ".") {
		return true // the standard library
	}
	return slices.ContainsFunc(r.others, func(o string) bool { return o == "*" || within(imported, o) })
}

// home is the folder whose packages belong together: the topmost one, but each below internal by itself.
func home(folder string) string {
	parts := strings.SplitN(folder, "/", 3)
	if parts[0] == "internal" && len(parts) > 1 {
		return parts[0] + "/" + parts[1]
	}
	return parts[0]
}

// within tells whether path is parent or below it.
func within(path, parent string) bool { return path == parent || strings.HasPrefix(path, parent+"/") }

func TestRulesBite(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		folder, imported string
		want             bool
	}{
		{"dispatch", "time", true},
		{"dispatch", "net/http", false},
		{"dispatch", "go.temporal.io/sdk/workflow", false},
		{"dispatch", "truckroll/workflows", false},
		{"workflows", "truckroll/dispatch", true},
		{"workflows", "go.temporal.io/sdk/workflow", true},
		{"workflows", "github.com/jackc/pgx/v5", false},
		{"workflows", "net/http", false},
		{"api", "truckroll/dispatch", true},
		{"api", "truckroll/workflows", false},
		{"activities", "truckroll/internal/sms", false},
		{"worker", "truckroll/activities", true},
		{"internal/postgres", "truckroll/dispatch", true},
		{"internal/postgres", "truckroll/api", false},
		{"internal/postgres", "truckroll/internal/sms", false},
		{"internal/importer", "truckroll/internal/apiclient", true},
		{"internal/importer", "truckroll/internal/postgres", false},
		{"internal/localstack/prebuild", "truckroll/internal/localstack", true},
		{"api/problem", "truckroll/api/middleware", true},
		{"internal/testkit", "truckroll/internal/localstack", true},
		{".", "truckroll/internal/postgres", true},
	} {
		r, ok := ruleFor(c.folder)
		if !ok {
			t.Errorf("no rule for %s", c.folder)
			continue
		}
		if got := r.allows(c.folder, c.imported); got != c.want {
			t.Errorf("%s importing %s: %v, want %v", c.folder, c.imported, got, c.want)
		}
	}
	if _, ok := ruleFor("billing"); ok {
		t.Error("a folder nobody thought of has a rule")
	}
}
