package api

import (
	"context"

	"truckroll/api/gen"
)

// RecordContact records an attempt to reach the customer (AP-1, NA-2).
func (s *server) RecordContact(ctx context.Context, r gen.RecordContactRequestObject) (gen.RecordContactResponseObject, error) {
	receipt, err := s.command(ctx, r.Number, r.Params.IdempotencyKey, r.Params.DeviceAt, r.Body)
	if err != nil {
		return nil, err
	}
	return gen.RecordContact200JSONResponse(receipt), nil
}

// AssignJob hands the job to its installer (TE-2).
func (s *server) AssignJob(ctx context.Context, r gen.AssignJobRequestObject) (gen.AssignJobResponseObject, error) {
	receipt, err := s.command(ctx, r.Number, r.Params.IdempotencyKey, r.Params.DeviceAt, r.Body)
	if err != nil {
		return nil, err
	}
	return gen.AssignJob200JSONResponse(receipt), nil
}

// ReportDelay tells the customer of a delay (AP-5).
func (s *server) ReportDelay(ctx context.Context, r gen.ReportDelayRequestObject) (gen.ReportDelayResponseObject, error) {
	receipt, err := s.command(ctx, r.Number, r.Params.IdempotencyKey, r.Params.DeviceAt, r.Body)
	if err != nil {
		return nil, err
	}
	return gen.ReportDelay200JSONResponse(receipt), nil
}

// AnswerDelay records the customer's answer to a delay (AP-5).
func (s *server) AnswerDelay(ctx context.Context, r gen.AnswerDelayRequestObject) (gen.AnswerDelayResponseObject, error) {
	receipt, err := s.command(ctx, r.Number, r.Params.IdempotencyKey, r.Params.DeviceAt, r.Body)
	if err != nil {
		return nil, err
	}
	return gen.AnswerDelay200JSONResponse(receipt), nil
}
