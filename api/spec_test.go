package api

import (
	"fmt"
	"net/http"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"truckroll/api/gen"
	"truckroll/dispatch"
)

func TestDescriptionIsValid(t *testing.T) {
	t.Parallel()
	doc, err := openapi3.NewLoader().LoadFromData(Description())
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(t.Context(), openapi3.EnableExamplesValidation()); err != nil {
		t.Fatal(err)
	}
}

// Every route of the description stands in the table with the same roles, and vice versa.
func TestTableAndDescriptionAgree(t *testing.T) {
	t.Parallel()
	doc := mustLoadDescription()
	s := &server{spec: doc}
	inTable := map[string]bool{}
	for _, r := range s.routes(&gen.ServerInterfaceWrapper{}) {
		name := r.method + " " + r.path
		if inTable[name] {
			t.Errorf("%s stands twice", name)
		}
		inTable[name] = true
		item := doc.Paths.Find(r.path)
		if item == nil || item.GetOperation(r.method) == nil {
			t.Errorf("%s is not described", name)
			continue
		}
		var want []string
		if roles, ok := item.GetOperation(r.method).Extensions["x-roles"].([]any); ok {
			for _, role := range roles {
				want = append(want, fmt.Sprint(role))
			}
		}
		var got []string
		for _, role := range r.roles {
			got = append(got, string(role))
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s is for %v in the table, for %v in the description", name, got, want)
		}
	}
	for path, item := range doc.Paths.Map() {
		for method := range item.Operations() {
			if !inTable[method+" "+path] {
				t.Errorf("%s %s is described and not in the table", method, path)
			}
		}
	}
}

// Besides the table there are only the documents.
func TestNothingAnswersWithoutAToken(t *testing.T) {
	t.Parallel()
	b := setup(t)
	open := []string{basePath + "/healthz", basePath + "/readyz", specPath, docsPath, docsPath + "/*", problemPath + ":code", basePath + "/verify/:document", "/verify/:document", "/d/:document/:token"}
	for _, r := range b.echo.Routes() {
		if slices.Contains(open, r.Path) || !isMethod(r.Method) {
			continue
		}
		path := strings.TrimPrefix(strings.NewReplacer(":number", numberOpen, ":id", "i-1", ":seq", "1", ":version", "broadband-2",
			":sha256", strings.Repeat("0", 64)).Replace(r.Path), basePath)
		for _, token := range []string{"", "wrong"} {
			got := b.call(r.Method, path, token, "{}")
			if got.Code != http.StatusUnauthorized || got.Header().Get("WWW-Authenticate") == "" {
				t.Errorf("%s %s with token %q: %d %s", r.Method, path, token, got.Code, got.Body)
			}
		}
	}
}

// isMethod leaves out what echo registers for groups to answer 404.
func isMethod(m string) bool { return strings.ToUpper(m) == m && !strings.Contains(m, "_") }

// A schema that is bound to a type of the domain has exactly that type's fields.
func TestSchemasHaveTheDomainsFields(t *testing.T) {
	t.Parallel()
	left := map[string][]string{"Receipt": {"hash"}} // taken off before it is answered
	types := domainTypes()
	for name, ref := range mustLoadDescription().Components.Schemas {
		bound, ok := ref.Value.Extensions["x-go-type"].(string)
		if !ok || !strings.HasPrefix(bound, "dispatch.") || len(ref.Value.Properties) == 0 {
			continue
		}
		typ, ok := types[strings.TrimPrefix(bound, "dispatch.")]
		if !ok {
			t.Errorf("schema %s is bound to %s, which no command or result holds", name, bound)
			continue
		}
		var got []string
		for p := range ref.Value.Properties {
			got = append(got, p)
		}
		got = append(got, left[name]...)
		want := jsonFields(typ)
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("schema %s has %v, %s has %v", name, got, bound, want)
		}
	}
}

func domainTypes() map[string]reflect.Type {
	out := map[string]reflect.Type{}
	var walk func(reflect.Type)
	walk = func(t reflect.Type) {
		switch t.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Map:
			walk(t.Elem())
		case reflect.Struct:
			if _, seen := out[t.Name()]; seen || !strings.HasSuffix(t.PkgPath(), "/dispatch") {
				return
			}
			out[t.Name()] = t
			for i := range t.NumField() {
				walk(t.Field(i).Type)
			}
		default:
		}
	}
	for _, v := range []any{
		dispatch.Intake{}, dispatch.Receipt{}, dispatch.Job{}, dispatch.Entry{}, dispatch.Territory{}, dispatch.Standard{},
		dispatch.Envelope{}, dispatch.Refusal{},
	} {
		walk(reflect.TypeOf(v))
	}
	for _, a := range dispatch.Actions {
		c, err := dispatch.Envelope{Do: a}.Decode()
		if err != nil {
			panic(err)
		}
		walk(reflect.TypeOf(c))
	}
	return out
}

func jsonFields(t reflect.Type) []string {
	var out []string
	for f := range t.Fields() {
		if f.Anonymous {
			out = append(out, jsonFields(f.Type)...)
			continue
		}
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		out = append(out, name)
	}
	return out
}

// The description lists every value that the domain knows.
func TestEnumsAreTheDomains(t *testing.T) {
	t.Parallel()
	schemas := mustLoadDescription().Components.Schemas
	check := func(name string, want []string) {
		var got []string
		for _, v := range schemas[name].Value.Enum {
			got = append(got, fmt.Sprint(v))
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v described, %v in the domain", name, got, want)
		}
	}
	var codes, statuses, kinds []string
	actions := []string{"register"}
	for c := range dispatch.Codes {
		codes = append(codes, string(c))
	}
	for _, s := range dispatch.Statuses {
		statuses = append(statuses, string(s))
	}
	for _, k := range dispatch.Kinds {
		kinds = append(kinds, string(k))
	}
	for _, a := range dispatch.Actions {
		actions = append(actions, string(a))
	}
	check("Code", codes)
	check("Status", statuses)
	check("Kind", kinds)
	check("Action", actions)
}

func TestBodiesAreClosed(t *testing.T) {
	t.Parallel()
	for path, item := range mustLoadDescription().Paths.Map() {
		for method, op := range item.Operations() {
			if op.RequestBody == nil {
				continue
			}
			body := op.RequestBody.Value.Content["application/json"]
			if body == nil {
				continue
			}
			if extra := body.Schema.Value.AdditionalProperties; extra.Has == nil || *extra.Has {
				t.Errorf("%s %s takes unknown fields", method, path)
			}
		}
	}
}

func TestDocsWork(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, path := range []string{"/openapi.yaml"} {
		if got := b.call(http.MethodGet, path, "", ""); got.Code != http.StatusOK || !strings.HasPrefix(got.Body.String(), "openapi: 3.0.3") {
			t.Errorf("%s: %d", path, got.Code)
		}
	}
	for _, path := range []string{"/docs", "/docs/problems/slot_taken", "/docs/swagger-ui.css"} {
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
		rec := record(b, req)
		if rec.Code != http.StatusOK || strings.Contains(rec.Body.String(), "src=\"https://") {
			t.Errorf("%s: %d", path, rec.Code)
		}
	}
	if _, err := os.Stat("openapi.yaml"); err != nil {
		t.Error(err)
	}
}
