package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	"go.temporal.io/server/common/authorization"
	"go.temporal.io/server/common/cluster"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/dynamicconfig"
	"go.temporal.io/server/common/log"
	"go.temporal.io/server/common/membership/static"
	"go.temporal.io/server/common/persistence/sql/sqlplugin/sqlite"
	"go.temporal.io/server/common/primitives"
	sqliteschema "go.temporal.io/server/schema/sqlite"
	"go.temporal.io/server/temporal"
)

const (
	clusterName = "active"
	storeName   = "sqlite"
	namespace   = "default"

	// retention keeps closed workflows long enough to look at last month's demo jobs.
	retention = 30 * 24 * time.Hour
)

// newServer prepares the database file and assembles the server around it; nothing listens yet.
func newServer(ctx context.Context, opts options, logger log.Logger) (temporal.Server, error) {
	db, err := prepareDB(opts)
	if err != nil {
		return nil, err
	}
	ports, err := freePorts(ctx, opts.IP, 3)
	if err != nil {
		return nil, err
	}
	conf := serverConfig(opts, db, ports)
	hosts := make(map[primitives.ServiceName]static.Hosts, len(conf.Services))
	for name, svc := range conf.Services {
		hosts[primitives.ServiceName(name)] = static.SingleLocalHost(
			net.JoinHostPort(opts.IP, strconv.Itoa(svc.RPC.GRPCPort)))
	}
	claims, err := authorization.GetClaimMapperFromConfig(&conf.Global.Authorization, logger)
	if err != nil {
		return nil, fmt.Errorf("claim mapper: %w", err)
	}
	srv, err := temporal.NewServer(
		temporal.WithConfig(conf),
		temporal.ForServices(temporal.DefaultServices),
		temporal.WithStaticHosts(hosts), // one process: nobody to find by gossip
		temporal.WithLogger(logger),
		temporal.WithAuthorizer(authorization.NewNoopAuthorizer()),
		temporal.WithClaimMapper(func(*config.Config) authorization.ClaimMapper { return claims }),
		temporal.WithDynamicConfigClient(dynamicConfig()),
	)
	if err != nil {
		return nil, fmt.Errorf("assemble the Temporal server: %w", err)
	}
	return srv, nil
}

// prepareDB makes the file with its schema if it is missing, and namespace default in it. The schema is written to a
// side file that takes the real name when complete: a kill in between must not leave half a schema behind.
func prepareDB(opts options) (*config.SQL, error) {
	if err := os.MkdirAll(filepath.Dir(opts.DB), 0o700); err != nil {
		return nil, fmt.Errorf("folder of the database file: %w", err)
	}
	if _, err := os.Stat(opts.DB); errors.Is(err, os.ErrNotExist) {
		side := opts.DB + ".new"
		if err := os.Remove(side); err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, fmt.Errorf("left-over of an earlier start: %w", err)
		}
		if err := sqliteschema.SetupSchema(sqlConfig(side, nil)); err != nil {
			return nil, fmt.Errorf("schema: %w", err)
		}
		if err := os.Rename(side, opts.DB); err != nil {
			return nil, fmt.Errorf("name the new database file: %w", err)
		}
	} else if err != nil {
		return nil, fmt.Errorf("database file: %w", err)
	}

	db := sqlConfig(opts.DB, map[string]string{
		// With a write-ahead log a commit is one append, and readers do not wait for it.
		"journal_mode": "wal",
		// What is written survives a killed process in every mode, because the kernel has it; "full" also waits for
		// the disk at each commit.
		"synchronous":  opts.Synchronous,
		"busy_timeout": "10000",
	})
	ns, err := sqliteschema.NewNamespaceConfig(clusterName, namespace, false, opts.SearchAttributes)
	if err != nil {
		return nil, fmt.Errorf("namespace %s: %w", namespace, err)
	}
	ns.Detail.Config.Retention = durationpb.New(retention)
	if err := sqliteschema.CreateNamespaces(db, ns); err != nil {
		return nil, fmt.Errorf("namespace %s: %w", namespace, err)
	}
	return db, nil
}

func sqlConfig(file string, pragmas map[string]string) *config.SQL {
	attrs := map[string]string{"mode": "rwc"}
	maps.Copy(attrs, pragmas)
	return &config.SQL{PluginName: sqlite.PluginName, DatabaseName: file, ConnectAttributes: attrs}
}

// freePorts returns n different ports that nobody listened on a moment ago. They serve traffic inside this process
// only, so that any will do.
func freePorts(ctx context.Context, ip string, n int) ([]int, error) {
	ports := make([]int, 0, n)
	for range n {
		l, err := new(net.ListenConfig).Listen(ctx, "tcp", net.JoinHostPort(ip, "0"))
		if err != nil {
			return nil, fmt.Errorf("free port: %w", err)
		}
		defer func() { _ = l.Close() }() // after the loop: an open listener keeps its port from being given twice
		addr, ok := l.Addr().(*net.TCPAddr)
		if !ok {
			return nil, fmt.Errorf("free port: %s is no TCP address", l.Addr())
		}
		ports = append(ports, addr.Port)
	}
	return ports, nil
}

func serverConfig(opts options, db *config.SQL, ports []int) *config.Config {
	service := func(port int) config.Service {
		return config.Service{RPC: config.RPC{GRPCPort: port, BindOnIP: opts.IP}}
	}
	conf := &config.Config{
		Persistence: config.Persistence{
			DefaultStore:    storeName,
			VisibilityStore: storeName,
			// SQLite has one writer, so that more shards would only queue in another place. Fixed for a file's life.
			NumHistoryShards: 1,
			DataStores:       map[string]config.DataStore{storeName: {SQL: db}},
		},
		ClusterMetadata: &cluster.Config{
			FailoverVersionIncrement: 10,
			MasterClusterName:        clusterName,
			CurrentClusterName:       clusterName,
			ClusterInformation: map[string]cluster.ClusterInformation{
				clusterName: {Enabled: true, InitialFailoverVersion: 1, RPCAddress: opts.address()},
			},
		},
		DCRedirectionPolicy: config.DCRedirectionPolicy{Policy: "noop"},
		Services: map[string]config.Service{
			string(primitives.FrontendService): service(opts.Port),
			string(primitives.HistoryService):  service(ports[0]),
			string(primitives.MatchingService): service(ports[1]),
			string(primitives.WorkerService):   service(ports[2]),
		},
		PublicClient: config.PublicClient{HostPort: opts.address()},
	}
	conf.Global.Membership.MaxJoinDuration = 30 * time.Second
	conf.Global.Membership.BroadcastAddress = opts.IP
	conf.Archival.History.State = "disabled"
	conf.Archival.Visibility.State = "disabled"
	conf.NamespaceDefaults.Archival.History.State = "disabled"
	conf.NamespaceDefaults.Archival.Visibility.State = "disabled"
	return conf
}

// dynamicConfig changes what makes a one-process server awkward to develop against. The limits on updates (10 in
// flight, 2,000 in all for one run) stay as in production: code that needs more must fail here too.
func dynamicConfig() dynamicconfig.StaticClient {
	return dynamicconfig.StaticClient{
		// New namespaces and search attributes can be used at once instead of after the caches' next refresh.
		dynamicconfig.ForceSearchAttributesCacheRefreshOnRead.Key(): true,
		dynamicconfig.NamespaceCacheRefreshInterval.Key():           200 * time.Millisecond,
		// Reading past those caches costs queries, so that the limit on queries has to grow with it.
		dynamicconfig.FrontendPersistenceMaxQPS.Key(): 10_000,
		dynamicconfig.HistoryPersistenceMaxQPS.Key():  45_000,
		// Ten lists a second is less than one test run's.
		dynamicconfig.FrontendMaxNamespaceVisibilityRPSPerInstance.Key(): 500,
		// Test runs make a namespace each, at more than one a second.
		dynamicconfig.FrontendMaxNamespaceNamespaceReplicationInducingAPIsRPSPerInstance.Key(): 200,
		// Partitions spread load over hosts; on one host they only delay the match of task and poller.
		dynamicconfig.MatchingNumTaskqueueReadPartitions.Key():  1,
		dynamicconfig.MatchingNumTaskqueueWritePartitions.Key(): 1,
	}
}
