package simulate

import (
	"context"
	"net/http"
	"slices"
	"time"

	"truckroll/dispatch"
	"truckroll/internal/apiclient"
)

// afterwards is what the customer says when asked, if anything (FU-1, FU-2).
func (p *player) afterwards(ctx context.Context) error {
	completed := p.now.At
	asked := completed.Add(p.std.FollowUpAfter.D())
	reminded := asked.Add(p.std.FollowUpRepeat.D())
	handed := reminded.Add(p.std.FollowUpRepeat.D())
	closed := handed.Add(p.std.CallListWithin.D())
	// The clocks may be late, each a little: what a customer answers is answered later.
	late := p.opt.Slack / 4
	plan := p.plan.FollowUp
	score := plan.Score
	said := dispatch.RecordFollowUp{Score: &score, Ratings: plan.Ratings, Comment: "simulated"}
	switch plan.Answers {
	case AnswersFirst:
		if err := p.until(ctx, asked.Add(late)); err != nil {
			return err
		}
		return p.closes(ctx, said)
	case AnswersSecond:
		if err := p.until(ctx, reminded.Add(late)); err != nil {
			return err
		}
		return p.closes(ctx, said)
	case AnswersAgent, AnswersNotOne:
		if err := p.until(ctx, handed.Add(late)); err != nil {
			return err
		}
		if err := p.onCallList(ctx); err != nil {
			return err
		}
		vain := dispatch.RecordFollowUp{Comment: "no answer"}
		if err := p.do(ctx, dispatch.ActionFollowUp, "follow-up-in-vain", p.followUp(vain)); err != nil {
			return err
		}
		if plan.Answers == AnswersNotOne {
			said = dispatch.RecordFollowUp{Final: true, Comment: "gave up"}
		}
		return p.closes(ctx, said)
	default:
		p.expect(dispatch.StatusClosed)
		return p.until(ctx, closed.Add(2*late))
	}
}

func (p *player) closes(ctx context.Context, said dispatch.RecordFollowUp) error {
	p.expect(dispatch.StatusClosed)
	return p.do(ctx, dispatch.ActionFollowUp, "follow-up", p.followUp(said))
}

// onCallList notes when a job that was handed over is not on the agents' list (FU-1).
func (p *player) onCallList(ctx context.Context) error {
	began, cursor := time.Now(), ""
	for {
		page, err := get[apiclient.JobPage](ctx, p.api, func(ctx context.Context) (*http.Response, error) {
			return p.api.ListCallList(ctx, &apiclient.ListCallListParams{Territory: p.id, Limit: 200, Cursor: cursor})
		})
		if err != nil {
			return err
		}
		if slices.ContainsFunc(page.Items, func(j apiclient.JobSummary) bool { return j.Number == p.story.Number }) {
			return nil
		}
		if cursor = page.NextCursor; cursor != "" {
			continue
		}
		if time.Since(began) > p.opt.Slack {
			p.story.Offended = append(p.story.Offended, "follow-up: not on the call list (FU-1)")
			return nil
		}
		if err := p.idle(ctx, 3); err != nil {
			return err
		}
	}
}
