package main

import (
	"context"
	"fmt"
	"sort"
	"strings"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/sdk/client"
)

// attributes maps the names of search attributes to their types; it is a flag.Value that collects NAME=TYPE.
type attributes map[string]enums.IndexedValueType

func (a attributes) String() string {
	parts := make([]string, 0, len(a))
	for name, typ := range a {
		parts = append(parts, name+"="+typ.String())
	}
	sort.Strings(parts)
	return strings.Join(parts, ",")
}

// Set adds one NAME=TYPE, where TYPE is Text, Keyword, Int, Double, Bool, Datetime or KeywordList in any case.
func (a attributes) Set(s string) error {
	name, typ, ok := strings.Cut(s, "=")
	if !ok || name == "" {
		return fmt.Errorf("want NAME=TYPE, got %q", s)
	}
	for known, value := range enums.IndexedValueType_shorthandValue {
		if value != 0 && strings.EqualFold(known, typ) {
			a[name] = enums.IndexedValueType(value)
			return nil
		}
	}
	return fmt.Errorf("%q: no such type of search attribute", typ)
}

// ensureSearchAttributes waits until the server answers, and adds what namespace default lacks of want: an older
// file may have been made before an attribute was thought of.
func ensureSearchAttributes(ctx context.Context, address string, want attributes) error {
	c, err := client.NewLazyClient(client.Options{HostPort: address, Namespace: namespace, Logger: quiet{}})
	if err != nil {
		return fmt.Errorf("client: %w", err)
	}
	defer c.Close()

	have, err := listSearchAttributes(ctx, c.OperatorService())
	if err != nil {
		return err
	}
	missing := map[string]enums.IndexedValueType{}
	for name, typ := range want {
		switch got, ok := have[name]; {
		case !ok:
			missing[name] = typ
		case got != typ:
			return fmt.Errorf("search attribute %s is a %s in this file, not a %s; start with a new file, or name it otherwise",
				name, got, typ)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	_, err = c.OperatorService().AddSearchAttributes(ctx, &operatorservice.AddSearchAttributesRequest{
		Namespace: namespace, SearchAttributes: missing,
	})
	if err != nil {
		return fmt.Errorf("add search attributes: %w", err)
	}
	return nil
}

// listSearchAttributes asks until the server, which starts its services side by side, can answer.
func listSearchAttributes(
	ctx context.Context, op operatorservice.OperatorServiceClient,
) (map[string]enums.IndexedValueType, error) {
	for {
		r, err := op.ListSearchAttributes(ctx, &operatorservice.ListSearchAttributesRequest{Namespace: namespace})
		if err == nil {
			return r.GetCustomAttributes(), nil
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("the Temporal server does not answer: %w", err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// quiet drops the client's log: it would warn about every try while the server still starts.
type quiet struct{}

func (quiet) Debug(string, ...any) {}
func (quiet) Info(string, ...any)  {}
func (quiet) Warn(string, ...any)  {}
func (quiet) Error(string, ...any) {}
