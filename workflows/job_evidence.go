package workflows

import (
	"slices"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"truckroll/dispatch"
)

// inspectOptions are for looking at a photo while its installer stands there: a worker that
// dies is given up after ten seconds. The limit is longer than anybody waits for one answer,
// because who asks again with the same key comes back to this look.
var inspectOptions = workflow.ActivityOptions{
	StartToCloseTimeout:    10 * time.Second,
	ScheduleToCloseTimeout: 5 * time.Minute,
	RetryPolicy:            &temporal.RetryPolicy{InitialInterval: 200 * time.Millisecond, MaximumInterval: 5 * time.Second},
}

// sealOptions are for making a document: nobody waits, and it is tried until it is there.
var sealOptions = workflow.ActivityOptions{
	StartToCloseTimeout: time.Minute,
	RetryPolicy:         &temporal.RetryPolicy{InitialInterval: time.Second, MaximumInterval: time.Minute},
}

// examine has the evidence in a request looked at before the request gets its turn, because
// looking takes time in which other commands may pass: photos (VI-8, NA-4), and whether the
// form can be printed (VI-12). Under a Standard that asks for neither it does nothing.
func (r *jobRun) examine(ctx workflow.Context, req dispatch.Request) (dispatch.Request, error) {
	photos, err := req.PhotosOf(&r.in.Standard, &r.job)
	if err != nil {
		return req, err
	}
	if len(photos) > 0 {
		if req, err = r.inspect(ctx, req, photos); err != nil {
			return req, err
		}
	}
	if v := r.job.Visit(); v != nil && r.in.Standard.Form != nil && req.Asks(dispatch.ActionComplete) {
		form := dispatch.FormToProof{Override: req.Override(), DocumentWanted: dispatch.DocumentWanted{
			No:     dispatch.DocumentNo(r.job.Number, dispatch.DocumentForm, v.No),
			Number: r.job.Number, Kind: dispatch.DocumentForm, Visit: v.No,
		}}
		var proof dispatch.Proof
		if err := workflow.ExecuteLocalActivity(ctx, dispatch.ActivityProofForm, form).Get(ctx, &proof); err != nil {
			return req, err
		}
		if proof.Refusal != nil {
			return req, proof.Refusal
		}
	}
	return req, nil
}

func (r *jobRun) inspect(ctx workflow.Context, req dispatch.Request, photos []dispatch.PhotoToInspect) (dispatch.Request, error) {
	looks := make([]workflow.Future, len(photos))
	for i, p := range photos {
		options := inspectOptions
		options.Summary = "VI-8 " + p.Kind
		looks[i] = workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, options), dispatch.ActivityInspectPhoto, p)
	}
	facts := map[string]dispatch.PhotoFacts{}
	for i, look := range looks {
		var f dispatch.PhotoFacts
		if err := look.Get(ctx, &f); err != nil {
			workflow.GetLogger(ctx).Error("photo not looked at", "job", r.job.Number, "error", err)
			return req, dispatch.Refuse(dispatch.CodePhotoUnchecked, dispatch.RulePhotos, "The photo could not be checked. Take it once more.")
		}
		facts[photos[i].SHA256] = f
	}
	return req.WithFacts(facts)
}

// noteRefused writes down that a photo was looked at and refused, in the turn in which it was:
// afterwards the visit may be over. A key that comes again after the workflow continued as new
// notes nothing again.
func (r *jobRun) noteRefused(ctx workflow.Context, key string, req dispatch.Request, cause error) {
	key += "/refused"
	if _, ok := r.seen[key]; ok {
		return
	}
	refused, ok := req.RefusedPhoto(&r.in.Standard, &r.job, cause, workflow.Now(ctx))
	if !ok {
		return
	}
	note, err := dispatch.NewRequest(req.Actor, dispatch.Timed{Command: refused})
	if err == nil {
		_, err = r.runLocked(ctx, key, note)
	}
	if err != nil {
		workflow.GetLogger(ctx).Warn("refused photo not noted", "job", r.job.Number, "error", err)
	}
}

// syncDocuments starts making the documents that the job's visits are owed (VI-12, NA-4).
func (r *jobRun) syncDocuments() {
	for _, d := range dispatch.DocumentsOwed(&r.in.Standard, &r.job) {
		if slices.Contains(r.making, d.No) {
			continue
		}
		r.making = append(r.making, d.No)
		r.atWork++
		workflow.Go(r.root, func(ctx workflow.Context) {
			defer func() { r.atWork-- }()
			r.seal(ctx, d)
		})
	}
}

func (r *jobRun) seal(ctx workflow.Context, d dispatch.DocumentWanted) {
	options := sealOptions
	options.Summary = string(d.Kind.Rule()) + " " + d.No
	var sealed dispatch.SealedDocument
	err := workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, options), dispatch.ActivitySealDocument, d).Get(ctx, &sealed)
	if err == nil {
		var req dispatch.Request
		actor := dispatch.Actor{Role: dispatch.RoleSystem, ID: string(d.Kind.Rule())}
		req, err = dispatch.NewRequest(actor, dispatch.Timed{Command: &dispatch.SealDocument{DocumentWanted: d, SealedDocument: sealed}})
		if err == nil {
			_, err = r.run(ctx, "document/"+d.No, req)
		}
	}
	if err != nil {
		workflow.GetLogger(ctx).Error("document not made", "job", r.job.Number, "document", d.No, "error", err)
	}
}
