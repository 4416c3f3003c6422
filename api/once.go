package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"

	"truckroll/dispatch"
	"truckroll/internal/postgres"
)

// once runs a call that is no job command, under its Idempotency-Key: the same key with the
// same request gets the first answer again, with another request a refusal. A call that was
// refused or broke has kept nothing and may be sent again; what it does must bear that.
func once[T any](ctx context.Context, s *server, operation, key string, request any, do func() (int, T, error)) (int, T, error) {
	var zero T
	raw, err := json.Marshal(request)
	if err != nil {
		return 0, zero, fmt.Errorf("hashing the request: %w", err)
	}
	sum := sha256.Sum256(raw)
	// Keys are the caller's own: two clients may make up the same one.
	scope := operation + "/" + string(caller(ctx).Role) + "/" + caller(ctx).ID
	kept, err := s.store.Replay(ctx, scope, key, hex.EncodeToString(sum[:]))
	if err != nil {
		return 0, zero, reusedField(err)
	}
	if kept != nil {
		var out T
		if err := json.Unmarshal(kept.Body, &out); err != nil {
			return 0, zero, fmt.Errorf("reading a kept answer: %w", err)
		}
		return kept.HTTPStatus, out, nil
	}
	status, out, err := do()
	// The caller may have gone by now; the key must not stay taken for it.
	ctx = context.WithoutCancel(ctx)
	if err != nil {
		return 0, zero, errors.Join(err, s.store.Forget(ctx, scope, key))
	}
	body, err := json.Marshal(out)
	if err == nil {
		err = s.store.Remember(ctx, scope, key, postgres.Answer{HTTPStatus: status, Body: body})
	}
	if err != nil { // it has happened: say so, and leave the key to run out
		s.log.LogAttrs(ctx, slog.LevelWarn, "keeping an answer", slog.String("operation", operation), slog.Any("cause", err))
	}
	return status, out, nil
}

func reusedField(err error) error {
	var r *dispatch.Refusal
	if errors.As(err, &r) && r.Code == dispatch.CodeKeyReused {
		r.Field = "Idempotency-Key"
	}
	return err
}
