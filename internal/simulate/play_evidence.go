package simulate

import (
	"context"
	"fmt"

	"truckroll/dispatch"
	"truckroll/internal/scene"
)

// evidence takes the photos and the signature; what was forgotten, or has failed, first
// refuses completion and is then put right (VI-7, VI-8, VI-12).
func (p *player) evidence(ctx context.Context, plan dispatch.VisitPlan) error {
	w := p.plan.Work
	kinds := plan.RequiredPhotos(p.plan.Intake.SoldOnline)
	forgotten := ""
	for i, kind := range kinds {
		if w.Forgotten && i == p.plan.Index%len(kinds) {
			forgotten = kind
			continue
		}
		if err := p.addPhoto(ctx, kind); err != nil {
			return err
		}
		if err := p.idle(ctx, 1); err != nil {
			return err
		}
	}
	if w.FailedTest && len(plan.Tests) > 0 {
		w := want{dispatch.CodeIncomplete, dispatch.RuleAcceptanceTest}
		if err := p.refused(ctx, dispatch.ActionComplete, "complete-failed-test", w, p.complete()); err != nil {
			return err
		}
		again := p.measured(plan, false)
		again.Remedy = "cleaned the connector"
		if err := p.do(ctx, dispatch.ActionTest, "test", p.test(*again)); err != nil {
			return err
		}
	}
	if forgotten != "" {
		w := want{dispatch.CodeIncomplete, dispatch.RulePhotos}
		if err := p.refused(ctx, dispatch.ActionComplete, "complete-without-photo", w, p.complete()); err != nil {
			return err
		}
		if err := p.addPhoto(ctx, forgotten); err != nil {
			return err
		}
	}
	if w.SamePhoto {
		if err := p.samePhoto(ctx, kinds[0]); err != nil {
			return err
		}
	}
	return p.do(ctx, dispatch.ActionSignature, "sign", p.sign())
}

// addPhoto takes a picture that nobody has taken before.
func (p *player) addPhoto(ctx context.Context, kind string) error {
	p.photos++
	content, err := scene.Photo(fmt.Sprintf("%s/%d/%d", p.id, p.plan.Index, p.photos), photoWidth, photoHeight)
	if err != nil {
		return err
	}
	if err := p.do(ctx, dispatch.ActionPhoto, "photo-"+kind, p.photo(kind, content)); err != nil {
		return err
	}
	if kind != dispatch.PhotoVisitNote {
		p.lastPhoto = content
		p.album.put(p.plan.Index, content)
	}
	return nil
}

// samePhoto sends a picture a second time, this job's own or another's: refused (VI-8).
func (p *player) samePhoto(ctx context.Context, kind string) error {
	w := want{dispatch.CodePhotoSeen, dispatch.RulePhotos}
	if err := p.refused(ctx, dispatch.ActionPhoto, "photo-again", w, p.photo(kind, p.lastPhoto)); err != nil {
		return err
	}
	if other := p.album.other(p.plan.Index); other != nil {
		return p.refused(ctx, dispatch.ActionPhoto, "photo-of-another-job", w, p.photo(kind, other))
	}
	return nil
}
