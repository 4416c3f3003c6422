package dispatch

import "slices"

// RecordFollowUp records what the customer said after completion (FU-1, FU-2). Without a
// score it records a vain attempt by an agent; Final then closes the job.
type RecordFollowUp struct {
	Score   *int              `json:"score,omitempty"` // 0 to 10
	Comment string            `json:"comment,omitempty"`
	Ratings map[string]string `json:"ratings,omitempty"` // the Standard's rating_points
	Final   bool              `json:"final,omitempty"`
}

// Action names the command.
func (*RecordFollowUp) Action() Action { return ActionFollowUp }

func (c *RecordFollowUp) run(t *turn) error {
	if c.Score != nil && (*c.Score < 0 || *c.Score > 10) {
		r := Refuse(CodeInvalid, RuleFollowUp, "The score is a whole number from 0 to 10.")
		r.Field = "score"
		return r
	}
	for point, value := range c.Ratings {
		if !slices.Contains(t.std.RatingPoints, point) || !slices.Contains(t.std.RatingValues, value) {
			r := Refuse(CodeInvalid, RuleRatings, "Rate %v, each as one of %v.", t.std.RatingPoints, t.std.RatingValues)
			r.Field = "ratings"
			return r
		}
	}
	if c.Score == nil && !c.Final {
		t.become(StatusCompleted)
		t.record("follow_up.attempted", RuleFollowUp, map[string]any{"comment": c.Comment})
		return nil
	}
	t.become(StatusClosed)
	f := &t.job.FollowUp
	f.Score, f.Ratings = c.Score, c.Ratings
	data := map[string]any{"comment": c.Comment, "asked": f.Asked}
	if c.Score != nil {
		f.AnsweredAt = new(t.now)
		data["score"] = *c.Score
	}
	if len(c.Ratings) > 0 {
		data["ratings"] = c.Ratings
	}
	t.record("follow_up.recorded", RuleFollowUp, data)
	return nil
}
