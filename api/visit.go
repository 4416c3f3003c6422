package api

import (
	"context"

	"truckroll/api/gen"
)

// Depart records that the installer set out (VI-1, AP-3).
func (s *server) Depart(ctx context.Context, r gen.DepartRequestObject) (gen.DepartResponseObject, error) {
	receipt, err := s.command(ctx, r.Number, r.Params.IdempotencyKey, r.Params.DeviceAt, r.Body)
	if err != nil {
		return nil, err
	}
	return gen.Depart200JSONResponse(receipt), nil
}

// Arrive records the check-in at the door (AP-4).
func (s *server) Arrive(ctx context.Context, r gen.ArriveRequestObject) (gen.ArriveResponseObject, error) {
	receipt, err := s.command(ctx, r.Number, r.Params.IdempotencyKey, r.Params.DeviceAt, r.Body)
	if err != nil {
		return nil, err
	}
	return gen.Arrive200JSONResponse(receipt), nil
}

// Enter records that the customer let the installer in (VI-2, NA-3).
func (s *server) Enter(ctx context.Context, r gen.EnterRequestObject) (gen.EnterResponseObject, error) {
	receipt, err := s.command(ctx, r.Number, r.Params.IdempotencyKey, r.Params.DeviceAt, r.Body)
	if err != nil {
		return nil, err
	}
	return gen.Enter200JSONResponse(receipt), nil
}

// DeclareNoAccess ends a visit at a closed door (NA-1 to NA-6).
func (s *server) DeclareNoAccess(ctx context.Context, r gen.DeclareNoAccessRequestObject) (gen.DeclareNoAccessResponseObject, error) {
	receipt, err := s.command(ctx, r.Number, r.Params.IdempotencyKey, r.Params.DeviceAt, r.Body)
	if err != nil {
		return nil, err
	}
	return gen.DeclareNoAccess200JSONResponse(receipt), nil
}

// ConfirmStep confirms or skips a step (VI-2 to VI-13).
func (s *server) ConfirmStep(ctx context.Context, r gen.ConfirmStepRequestObject) (gen.ConfirmStepResponseObject, error) {
	receipt, err := s.command(ctx, r.Number, r.Params.IdempotencyKey, r.Params.DeviceAt, r.Body)
	if err != nil {
		return nil, err
	}
	return gen.ConfirmStep200JSONResponse(receipt), nil
}

// RecordTest records a measurement (VI-7).
func (s *server) RecordTest(ctx context.Context, r gen.RecordTestRequestObject) (gen.RecordTestResponseObject, error) {
	receipt, err := s.command(ctx, r.Number, r.Params.IdempotencyKey, r.Params.DeviceAt, r.Body)
	if err != nil {
		return nil, err
	}
	return gen.RecordTest200JSONResponse(receipt), nil
}

// CompleteVisit completes the work (VI-15).
func (s *server) CompleteVisit(ctx context.Context, r gen.CompleteVisitRequestObject) (gen.CompleteVisitResponseObject, error) {
	receipt, err := s.command(ctx, r.Number, r.Params.IdempotencyKey, r.Params.DeviceAt, r.Body)
	if err != nil {
		return nil, err
	}
	return gen.CompleteVisit200JSONResponse(receipt), nil
}
