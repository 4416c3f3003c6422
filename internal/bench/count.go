package bench

import (
	"context"
	"fmt"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"truckroll/dispatch"
)

// count reads the history of a closed job: its events, and its billable actions as
// Temporal Cloud counts them (https://docs.temporal.io/cloud/pricing#action): the start,
// each Update, timer, activity and search-attribute upsert, and once per workflow task all
// the local activities in it.
func count(ctx context.Context, c client.Client, number string) (events, billable int, err error) {
	localIn := map[int64]bool{}
	iter := c.GetWorkflowHistory(ctx, dispatch.WorkflowID(number), "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for iter.HasNext() {
		e, err := iter.Next()
		if err != nil {
			return 0, 0, fmt.Errorf("reading the history of %s: %w", number, err)
		}
		events++
		switch e.GetEventType() { //nolint:exhaustive // the others cost nothing
		case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED,
			enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED,
			enumspb.EVENT_TYPE_TIMER_STARTED,
			enumspb.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED,
			enumspb.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES:
			billable++
		case enumspb.EVENT_TYPE_MARKER_RECORDED:
			task := e.GetMarkerRecordedEventAttributes().GetWorkflowTaskCompletedEventId()
			if !localIn[task] {
				localIn[task] = true
				billable++
			}
		}
	}
	return events, billable, nil
}
