package testkit

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"google.golang.org/protobuf/types/known/durationpb"

	"truckroll/internal/localstack"
)

// TemporalServer is a test's own corner of the shared Temporal server.
type TemporalServer struct {
	Address   string        // host:port
	Namespace string        // the test's own, with truckroll's search attributes
	TaskQueue string        // a name for those who need just one
	Client    client.Client // of that namespace; closed when the test ends
}

// Temporal answers with a namespace of the test's own on a real server. The first run on a machine compiles that
// server, for some minutes; if that takes longer than the test binary may run, the test fails and says so.
func Temporal(t testing.TB) TemporalServer {
	t.Helper()
	ctx := Context(t)
	address, err := temporalServers.get(ctx, func(s string) { t.Log(s) })
	if err != nil {
		t.Fatal(err)
	}
	name := strings.ReplaceAll(newName("test"), "_", "-")
	s := TemporalServer{Address: address, Namespace: name, TaskQueue: name}
	s.Client, err = client.DialContext(ctx, client.Options{
		HostPort: address, Namespace: name, Logger: log.NewStructuredLogger(slog.New(slog.DiscardHandler)),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Client.Close)
	if err := s.register(ctx); err != nil {
		t.Fatal(err)
	}
	return s
}

// temporalServers remembers the server once this process has joined it.
var temporalServers temporalSet //nolint:gochecknoglobals // shared by a process's tests

type temporalSet struct {
	mu      sync.Mutex
	address string
}

func (s *temporalSet) get(ctx context.Context, progress func(string)) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.address != "" {
		return s.address, nil
	}
	// Here and not only in the keeper: the test can tell how far the compiler is.
	bin, err := localstack.BuildServer(ctx, localstack.TemporalServer, progress)
	if err != nil {
		return "", err
	}
	attributes := localstack.SearchAttributes()
	sum := sha256.Sum256(fmt.Append(nil, filepath.Base(bin), attributes)) // fmt prints maps in order
	got, err := join(ctx, kindTemporal+"-"+hex.EncodeToString(sum[:6]),
		server{Kind: kindTemporal, SearchAttributes: attributes})
	s.address = got.Address
	return s.address, err
}

// register makes the namespace, with the search attributes, and waits until the server has noticed.
func (s TemporalServer) register(ctx context.Context) error {
	_, err := s.Client.WorkflowService().RegisterNamespace(ctx, &workflowservice.RegisterNamespaceRequest{
		Namespace: s.Namespace, WorkflowExecutionRetentionPeriod: durationpb.New(24 * time.Hour),
	})
	if err != nil {
		return fmt.Errorf("register namespace %s: %w", s.Namespace, err)
	}
	attributes := map[string]enums.IndexedValueType{}
	for name, typ := range localstack.SearchAttributes() {
		value, err := enums.IndexedValueTypeFromString(typ)
		if err != nil {
			return fmt.Errorf("search attribute %s: %w", name, err)
		}
		attributes[name] = value
	}
	op := s.Client.OperatorService()
	return retry(ctx, func() error {
		_, err := op.AddSearchAttributes(ctx, &operatorservice.AddSearchAttributesRequest{
			Namespace: s.Namespace, SearchAttributes: attributes,
		})
		if err != nil {
			return fmt.Errorf("add search attributes: %w", err)
		}
		r, err := op.ListSearchAttributes(ctx, &operatorservice.ListSearchAttributesRequest{Namespace: s.Namespace})
		if err != nil {
			return fmt.Errorf("list search attributes: %w", err)
		}
		if have := r.GetCustomAttributes(); len(have) < len(attributes) {
			return fmt.Errorf("%d of %d search attributes are known", len(have), len(attributes))
		}
		return nil
	})
}

// retry repeats try until it succeeds, for half a minute.
func retry(ctx context.Context, try func() error) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		err := try()
		if err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return errors.Join(err, ctx.Err())
		}
	}
}
