package api

import (
	"context"

	"truckroll/api/gen"
)

// HoldJob stops a job with a reason and a next step (VI-14).
func (s *server) HoldJob(ctx context.Context, r gen.HoldJobRequestObject) (gen.HoldJobResponseObject, error) {
	receipt, err := s.command(ctx, r.Number, r.Params.IdempotencyKey, r.Params.DeviceAt, r.Body)
	if err != nil {
		return nil, err
	}
	return gen.HoldJob200JSONResponse(receipt), nil
}

// ResumeJob takes a held job up again (NA-6).
func (s *server) ResumeJob(ctx context.Context, r gen.ResumeJobRequestObject) (gen.ResumeJobResponseObject, error) {
	receipt, err := s.command(ctx, r.Number, r.Params.IdempotencyKey, r.Params.DeviceAt, r.Body)
	if err != nil {
		return nil, err
	}
	return gen.ResumeJob200JSONResponse(receipt), nil
}

// CancelJob calls a job off (AP-7, AP-6).
func (s *server) CancelJob(ctx context.Context, r gen.CancelJobRequestObject) (gen.CancelJobResponseObject, error) {
	receipt, err := s.command(ctx, r.Number, r.Params.IdempotencyKey, r.Params.DeviceAt, r.Body)
	if err != nil {
		return nil, err
	}
	return gen.CancelJob200JSONResponse(receipt), nil
}

// FailJob ends a job that cannot be done (VI-14).
func (s *server) FailJob(ctx context.Context, r gen.FailJobRequestObject) (gen.FailJobResponseObject, error) {
	receipt, err := s.command(ctx, r.Number, r.Params.IdempotencyKey, r.Params.DeviceAt, r.Body)
	if err != nil {
		return nil, err
	}
	return gen.FailJob200JSONResponse(receipt), nil
}

// RecordFollowUp records what the customer said (FU-1).
func (s *server) RecordFollowUp(ctx context.Context, r gen.RecordFollowUpRequestObject) (gen.RecordFollowUpResponseObject, error) {
	receipt, err := s.command(ctx, r.Number, r.Params.IdempotencyKey, r.Params.DeviceAt, r.Body)
	if err != nil {
		return nil, err
	}
	return gen.RecordFollowUp200JSONResponse(receipt), nil
}
