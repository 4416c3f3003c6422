package api

import (
	"context"
	"net/http"

	"truckroll/api/gen"
	"truckroll/dispatch"
	"truckroll/internal/postgres"
)

// oneTerritory returns the territory that a list is for: the one asked for, or the only one
// that the caller works for; "" means all.
func oneTerritory(ctx context.Context, asked string) (string, error) {
	mine := caller(ctx).Territories
	switch {
	case asked != "":
		return asked, caller(ctx).mayServe(asked)
	case len(mine) == 1:
		return mine[0], nil
	case len(mine) > 1:
		return "", badRequest("territory", "Name one of your territories: %v.", mine)
	default:
		return "", nil
	}
}

// listing is one of the store's lists of the register.
type listing func(ctx context.Context, territory, cursor string, limit int) (postgres.Page[postgres.Record], error)

func list(ctx context.Context, from listing, territory, cursor string, limit int) (gen.JobPage, error) {
	territory, err := oneTerritory(ctx, territory)
	if err != nil {
		return gen.JobPage{}, err
	}
	page, err := from(ctx, territory, cursor, pageSize(limit))
	if err != nil {
		return gen.JobPage{}, err
	}
	return jobPage(page), nil
}

// ListLeftOver lists what was not dispatched by the end of its day (IN-5).
func (s *server) ListLeftOver(ctx context.Context, r gen.ListLeftOverRequestObject) (gen.ListLeftOverResponseObject, error) {
	page, err := list(ctx, s.store.LeftOver, r.Params.Territory, r.Params.Cursor, r.Params.Limit)
	if err != nil {
		return nil, err
	}
	return gen.ListLeftOver200JSONResponse(page), nil
}

// ListUnreconciled lists what has neither voucher, nor appointment, nor reason (IN-6).
func (s *server) ListUnreconciled(
	ctx context.Context, r gen.ListUnreconciledRequestObject,
) (gen.ListUnreconciledResponseObject, error) {
	page, err := list(ctx, s.store.Unreconciled, r.Params.Territory, r.Params.Cursor, r.Params.Limit)
	if err != nil {
		return nil, err
	}
	return gen.ListUnreconciled200JSONResponse(page), nil
}

// ListQueue lists open work in the order in which it is served (NA-5, IN-5, CU-3).
func (s *server) ListQueue(ctx context.Context, r gen.ListQueueRequestObject) (gen.ListQueueResponseObject, error) {
	page, err := list(ctx, s.store.WorkQueue, r.Params.Territory, r.Params.Cursor, r.Params.Limit)
	if err != nil {
		return nil, err
	}
	return gen.ListQueue200JSONResponse(page), nil
}

// ListCallList lists the customers an agent has to call (FU-1).
func (s *server) ListCallList(ctx context.Context, r gen.ListCallListRequestObject) (gen.ListCallListResponseObject, error) {
	page, err := list(ctx, s.store.CallList, r.Params.Territory, r.Params.Cursor, r.Params.Limit)
	if err != nil {
		return nil, err
	}
	return gen.ListCallList200JSONResponse(page), nil
}

// ListAttention lists alerts. A supervisor sees the dispatchers' too.
func (s *server) ListAttention(ctx context.Context, r gen.ListAttentionRequestObject) (gen.ListAttentionResponseObject, error) {
	territory, err := oneTerritory(ctx, r.Params.Territory)
	if err != nil {
		return nil, err
	}
	f := postgres.AlertFilter{Territory: territory, WithAcked: r.Params.All}
	if caller(ctx).Role == dispatch.RoleDispatcher {
		f.Role = dispatch.RoleDispatcher
	}
	page, err := s.store.Alerts(ctx, f, r.Params.Cursor, pageSize(r.Params.Limit))
	if err != nil {
		return nil, err
	}
	out := gen.AttentionPage{Items: make([]gen.Attention, len(page.Items)), NextCursor: page.Next}
	for i, a := range page.Items {
		out.Items[i] = gen.Attention{
			Number: a.Job, Territory: a.Territory, Entry: a.Entry, AcknowledgedAt: deref(a.AckedAt), AcknowledgedBy: a.AckedBy,
		}
	}
	return gen.ListAttention200JSONResponse(out), nil
}

// AckAttention takes an alert off the list.
func (s *server) AckAttention(ctx context.Context, r gen.AckAttentionRequestObject) (gen.AckAttentionResponseObject, error) {
	if _, err := s.readable(ctx, r.Number); err != nil {
		return nil, err
	}
	out := gen.Acknowledged{Number: r.Number, Seq: r.Seq}
	_, out, err := once(ctx, s, "ackAttention", r.Params.IdempotencyKey, out, func() (int, gen.Acknowledged, error) {
		return http.StatusOK, out, s.store.Acknowledge(ctx, r.Number, r.Seq, caller(ctx).Actor, "")
	})
	if err != nil {
		return nil, err
	}
	return gen.AckAttention200JSONResponse(out), nil
}

// ListMessages lists what customers were told (AP-8). Somebody who works for some
// territories only asks job by job.
func (s *server) ListMessages(ctx context.Context, r gen.ListMessagesRequestObject) (gen.ListMessagesResponseObject, error) {
	f := postgres.MessageFilter{Number: r.Params.Number, State: postgres.MessageState(r.Params.Status)}
	switch {
	case f.Number != "":
		if _, err := s.readable(ctx, f.Number); err != nil {
			return nil, err
		}
	case len(caller(ctx).Territories) > 0:
		return nil, badRequest("number", "Name the job whose messages you want to see.")
	}
	page, err := s.store.Messages(ctx, f, r.Params.Cursor, pageSize(r.Params.Limit))
	if err != nil {
		return nil, err
	}
	out := gen.MessagePage{Items: make([]gen.SentMessage, len(page.Items)), NextCursor: page.Next}
	for i, m := range page.Items {
		out.Items[i] = messageOf(m)
	}
	return gen.ListMessages200JSONResponse(out), nil
}
