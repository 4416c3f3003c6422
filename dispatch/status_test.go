package dispatch_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"truckroll/dispatch"
)

// table is the transition table as people read it, one row an action, one column a status;
// "." is a refusal. It stands beside the code's table so that a change has to be made, and
// meant, twice.
const table = `
                 received  booking   scheduled dispatched en_route  waiting      on_site   held    completed closed cancelled failed
contact-attempt  booking   booking   scheduled dispatched en_route  waiting      on_site   held    completed
book             scheduled scheduled .         .          .         .            .         .       .
move             .         .         scheduled scheduled  scheduled scheduled    .         .       .
assign           .         .         dispatched dispatched .        .            .         .       .
report-delay     .         .         scheduled dispatched en_route  .            .         .       .
customer-answer  .         .         scheduled dispatched en_route  .            .         .       .
depart           .         .         .         en_route   .         .            .         .       .
arrive           .         .         .         .          waiting   .            .         .       .
enter            .         .         .         .          .         on_site      .         .       .
no-access        .         .         .         .          .         booking|held .         .       .
step             .         .         .         .          .         .            on_site   .       .
test             .         .         .         .          .         .            on_site   .       .
photo            .         booking   .         .          .         .            on_site   held    .
signature        .         .         .         .          .         .            on_site   .       .
complete         .         .         .         .          .         .            completed .       .
hold             held      held      held      held       held      held         held      held    .
resume           .         .         .         .          .         .            .         booking .
cancel           cancelled cancelled cancelled cancelled  cancelled cancelled    .         cancelled .
fail             failed    failed    failed    failed     failed    failed       failed    failed  .
follow-up        .         .         .         .          .         .            .         .       closed|completed
clock            received  booking   scheduled dispatched en_route  waiting      on_site   held    completed|closed
photo-refused    .         booking   .         .          en_route  waiting      on_site   held    .
seal             .         booking   scheduled dispatched en_route  waiting      on_site   held    completed closed cancelled failed
`

func Test_every_pair_of_status_and_action(t *testing.T) {
	lines := strings.Split(strings.TrimSpace(table), "\n")
	columns := strings.Fields(lines[0])
	rows := map[dispatch.Action]map[dispatch.Status][]dispatch.Status{}
	for _, line := range lines[1:] {
		fields := strings.Fields(line)
		row := map[dispatch.Status][]dispatch.Status{}
		for i, cell := range fields[1:] {
			if cell != "." {
				for s := range strings.SplitSeq(cell, "|") {
					row[dispatch.Status(columns[i])] = append(row[dispatch.Status(columns[i])], dispatch.Status(s))
				}
			}
		}
		rows[dispatch.Action(fields[0])] = row
	}
	require.Len(t, rows, len(dispatch.Actions))
	for _, a := range dispatch.Actions {
		for _, s := range dispatch.Statuses {
			require.Equal(t, rows[a][s], dispatch.Targets(s, a), "%s in %s", a, s)
		}
	}
}

func Test_every_pair_of_statuses(t *testing.T) {
	for _, from := range dispatch.Statuses {
		for _, to := range dispatch.Statuses {
			possible := false
			for _, a := range dispatch.Actions {
				for _, target := range dispatch.Targets(from, a) {
					possible = possible || target == to
				}
			}
			require.Equal(t, possible, dispatch.CanBecome(from, to), "%s to %s", from, to)
			if from.Ended() && from != to { // a document may still be made
				require.False(t, possible, "%s is the end", from)
			}
		}
	}
}

func Test_every_status_but_the_first_can_be_reached_and_every_job_can_end(t *testing.T) {
	for _, s := range dispatch.Statuses {
		reached := s == dispatch.StatusReceived
		for _, from := range dispatch.Statuses {
			reached = reached || from != s && dispatch.CanBecome(from, s)
		}
		require.True(t, reached, "%s", s)
		if !s.Ended() {
			require.True(t, dispatch.CanBecome(s, dispatch.StatusFailed) || dispatch.CanBecome(s, dispatch.StatusClosed), "%s", s)
		}
	}
}
