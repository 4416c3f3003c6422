package simulate

import (
	"bytes"
	"context"
	"net/http"
	"time"

	"truckroll/dispatch"
	"truckroll/internal/apiclient"
)

// The commands of a job as requests. Each may be sent more than once.

func (p *player) call(outcome string) request {
	return func(ctx context.Context, key string) (*http.Response, error) {
		return p.api.RecordContact(ctx, p.story.Number, &apiclient.RecordContactParams{IdempotencyKey: key},
			dispatch.ContactAttempt{Channel: "call", Outcome: outcome})
	}
}

func (p *player) book(c dispatch.Book) request {
	return func(ctx context.Context, key string) (*http.Response, error) {
		return p.api.BookAppointment(ctx, p.story.Number, &apiclient.BookAppointmentParams{IdempotencyKey: key}, c)
	}
}

func (p *player) move(c dispatch.Move) request {
	return func(ctx context.Context, key string) (*http.Response, error) {
		return p.api.MoveAppointment(ctx, p.story.Number, &apiclient.MoveAppointmentParams{IdempotencyKey: key}, c)
	}
}

func (p *player) assign() request {
	return func(ctx context.Context, key string) (*http.Response, error) {
		return p.api.AssignJob(ctx, p.story.Number, &apiclient.AssignJobParams{IdempotencyKey: key}, dispatch.Assign{})
	}
}

func (p *player) delay(expected time.Time) request {
	return func(ctx context.Context, key string) (*http.Response, error) {
		return p.api.ReportDelay(ctx, p.story.Number, &apiclient.ReportDelayParams{IdempotencyKey: key},
			dispatch.ReportDelay{ExpectedAt: expected, Reason: "traffic"})
	}
}

func (p *player) delayAnswer(says string) request {
	return func(ctx context.Context, key string) (*http.Response, error) {
		return p.api.AnswerDelay(ctx, p.story.Number, &apiclient.AnswerDelayParams{IdempotencyKey: key}, dispatch.CustomerAnswer{Answer: says})
	}
}

func (p *player) depart(packed []string, expected *time.Time) request {
	return func(ctx context.Context, key string) (*http.Response, error) {
		return p.api.Depart(ctx, p.story.Number, &apiclient.DepartParams{IdempotencyKey: key},
			dispatch.Depart{ToolsChecked: true, PartsChecked: true, Packed: packed, ExpectedAt: expected})
	}
}

func (p *player) arrive(at dispatch.Place) request {
	return func(ctx context.Context, key string) (*http.Response, error) {
		return p.api.Arrive(ctx, p.story.Number, &apiclient.ArriveParams{IdempotencyKey: key}, dispatch.Arrive{Place: &at})
	}
}

func (p *player) enter() request {
	return func(ctx context.Context, key string) (*http.Response, error) {
		return p.api.Enter(ctx, p.story.Number, &apiclient.EnterParams{IdempotencyKey: key}, dispatch.Enter{})
	}
}

func (p *player) noAccess() request {
	return func(ctx context.Context, key string) (*http.Response, error) {
		return p.api.DeclareNoAccess(ctx, p.story.Number, &apiclient.DeclareNoAccessParams{IdempotencyKey: key},
			dispatch.NoAccess{Note: "a note was left at the door"})
	}
}

func (p *player) step(c dispatch.ConfirmStep) request {
	return func(ctx context.Context, key string) (*http.Response, error) {
		return p.api.ConfirmStep(ctx, p.story.Number, &apiclient.ConfirmStepParams{IdempotencyKey: key}, c)
	}
}

func (p *player) test(c dispatch.RecordTest) request {
	return func(ctx context.Context, key string) (*http.Response, error) {
		return p.api.RecordTest(ctx, p.story.Number, &apiclient.RecordTestParams{IdempotencyKey: key}, c)
	}
}

func (p *player) batch(commands []dispatch.Envelope) request {
	return func(ctx context.Context, key string) (*http.Response, error) {
		return p.api.BatchVisit(ctx, p.story.Number, &apiclient.BatchVisitParams{IdempotencyKey: key}, apiclient.Batch{Commands: commands})
	}
}

func (p *player) photo(kind string, content []byte) request {
	taken := time.Now().UTC().Truncate(time.Millisecond)
	place := *p.plan.Intake.Customer.Place
	return func(ctx context.Context, key string) (*http.Response, error) {
		return p.api.UploadPhotoWithBody(ctx, p.story.Number, &apiclient.UploadPhotoParams{
			IdempotencyKey: key, Kind: kind, TakenAt: taken, Latitude: place.Latitude, Longitude: place.Longitude, AccuracyM: 8,
		}, "image/jpeg", bytes.NewReader(content))
	}
}

func (p *player) sign() request {
	return func(ctx context.Context, key string) (*http.Response, error) {
		return p.api.SignForm(ctx, p.story.Number, &apiclient.SignFormParams{IdempotencyKey: key}, p.signature())
	}
}

func (p *player) complete() request {
	return func(ctx context.Context, key string) (*http.Response, error) {
		return p.api.CompleteVisit(ctx, p.story.Number, &apiclient.CompleteVisitParams{IdempotencyKey: key}, dispatch.Complete{})
	}
}

func (p *player) hold(reason, next string) request {
	return func(ctx context.Context, key string) (*http.Response, error) {
		return p.api.HoldJob(ctx, p.story.Number, &apiclient.HoldJobParams{IdempotencyKey: key},
			dispatch.PutOnHold{Reason: reason, NextStep: next})
	}
}

func (p *player) resume() request {
	return func(ctx context.Context, key string) (*http.Response, error) {
		return p.api.ResumeJob(ctx, p.story.Number, &apiclient.ResumeJobParams{IdempotencyKey: key}, dispatch.Resume{})
	}
}

func (p *player) cancel(c dispatch.Cancel) request {
	return func(ctx context.Context, key string) (*http.Response, error) {
		return p.api.CancelJob(ctx, p.story.Number, &apiclient.CancelJobParams{IdempotencyKey: key}, c)
	}
}

func (p *player) fail(reason, next string) request {
	return func(ctx context.Context, key string) (*http.Response, error) {
		return p.api.FailJob(ctx, p.story.Number, &apiclient.FailJobParams{IdempotencyKey: key}, dispatch.Fail{Reason: reason, NextStep: next})
	}
}

func (p *player) followUp(c dispatch.RecordFollowUp) request {
	return func(ctx context.Context, key string) (*http.Response, error) {
		return p.api.RecordFollowUp(ctx, p.story.Number, &apiclient.RecordFollowUpParams{IdempotencyKey: key}, c)
	}
}
