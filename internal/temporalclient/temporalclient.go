// Package temporalclient dials Temporal and starts jobs there. It is the one place that
// knows how a job's workflow is started, so that the API, the import and the sweeper that
// heals a crash between register and start all start the same thing.
package temporalclient

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/envconfig"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"

	"truckroll/dispatch"
)

// The search attributes of a job's workflow that are set when it starts. They are stored in
// plain text: no personal data.
//
//nolint:gochecknoglobals // keys, constants in all but the language
var (
	AttributeStatus    = temporal.NewSearchAttributeKeyKeyword(dispatch.AttributeStatus)
	AttributeKind      = temporal.NewSearchAttributeKeyKeyword(dispatch.AttributeKind)
	AttributeTerritory = temporal.NewSearchAttributeKeyKeyword(dispatch.AttributeTerritory)
	AttributeGrade     = temporal.NewSearchAttributeKeyKeyword(dispatch.AttributeGrade)
)

// Dial connects with Temporal's own environment variables and profile file (TEMPORAL_ADDRESS,
// TEMPORAL_NAMESPACE, TEMPORAL_TLS_..., TEMPORAL_PROFILE). Change, which may be nil, has the
// last word on the options.
func Dial(ctx context.Context, logger *slog.Logger, change func(*client.Options)) (client.Client, error) {
	opts, err := envconfig.LoadClientOptions(envconfig.LoadClientOptionsRequest{})
	if err != nil {
		return nil, fmt.Errorf("reading the Temporal settings: %w", err)
	}
	opts.Logger = log.NewStructuredLogger(logger)
	// The SDK compresses every request by default. Ours are a few kilobytes to a server nearby: gzip was a sixth
	// of what a profile of API and worker under load showed.
	opts.ConnectionOptions.GrpcCompression = &client.GrpcCompressionNone{}
	if host, err := os.Hostname(); err == nil {
		opts.Identity = fmt.Sprintf("truckroll@%s/%d", host, os.Getpid())
	}
	if change != nil {
		change(&opts)
	}
	c, err := client.DialContext(ctx, opts)
	if err != nil {
		return nil, fmt.Errorf("dialling Temporal at %s: %w", opts.HostPort, err)
	}
	return c, nil
}

// StartJob starts the workflow of a registered job and reports whether it was this call
// that did: false means that it was started before, and may run or have ended. It may be
// repeated at will, as no service number ever has two workflows (IN-1).
func StartJob(ctx context.Context, c client.Client, taskQueue string, in dispatch.JobInput) (bool, error) {
	job := in.Job
	attributes := []temporal.SearchAttributeUpdate{
		AttributeStatus.ValueSet(string(job.Status)),
		AttributeKind.ValueSet(string(job.Kind)),
		AttributeTerritory.ValueSet(job.Territory),
	}
	if job.Grade != "" {
		attributes = append(attributes, AttributeGrade.ValueSet(string(job.Grade)))
	}
	_, err := c.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID:                                       dispatch.WorkflowID(job.Number),
		TaskQueue:                                taskQueue,
		WorkflowIDReusePolicy:                    enumspb.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE,
		WorkflowExecutionErrorWhenAlreadyStarted: true,
		TypedSearchAttributes:                    temporal.NewSearchAttributes(attributes...),
		StaticSummary:                            strings.Join([]string{string(job.Kind), job.Product, job.Territory}, " · "),
	}, dispatch.JobWorkflow, in)
	var already *serviceerror.WorkflowExecutionAlreadyStarted
	switch {
	case errors.As(err, &already):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("starting job %s: %w", job.Number, err)
	}
	return true, nil
}
