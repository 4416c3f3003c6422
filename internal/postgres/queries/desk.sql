-- name: OpenImport :execrows
INSERT INTO imports (id, label, actor_role, actor_id) VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO NOTHING;

-- name: PutImportRows :exec
INSERT INTO import_rows (import_id, line, external_order, number, created, code, rule, field, reason)
SELECT sqlc.arg(import_id), unnest(sqlc.arg(lines)::int[]), unnest(sqlc.arg(orders)::text[]), unnest(sqlc.arg(numbers)::text[]),
    unnest(sqlc.arg(created)::boolean[]), unnest(sqlc.arg(codes)::text[]), unnest(sqlc.arg(rules)::text[]),
    unnest(sqlc.arg(fields)::text[]), unnest(sqlc.arg(reasons)::text[])
ON CONFLICT (import_id, line) DO UPDATE SET external_order = excluded.external_order, number = excluded.number,
    created = import_rows.created OR excluded.created, code = excluded.code, rule = excluded.rule, field = excluded.field,
    reason = excluded.reason;

-- name: FinishImport :execrows
UPDATE imports SET finished_at = now() WHERE id = $1 AND finished_at IS NULL;

-- name: GetImport :one
SELECT i.id, i.label, i.actor_role, i.actor_id, i.started_at, i.finished_at,
    (SELECT count(*) FROM import_rows r WHERE r.import_id = i.id)::bigint AS rows,
    (SELECT count(*) FROM import_rows r WHERE r.import_id = i.id AND r.created)::bigint AS created,
    (SELECT count(*) FROM import_rows r WHERE r.import_id = i.id AND r.code <> '')::bigint AS refused
FROM imports i WHERE i.id = $1;

-- name: ImportRows :many
SELECT * FROM import_rows WHERE import_id = $1 AND line > sqlc.arg(after) AND (NOT sqlc.arg(refused_only)::boolean OR code <> '')
ORDER BY line LIMIT sqlc.arg(count);

-- name: PutToken :exec
INSERT INTO tokens (sha256, role, subject, territories, label, expires_at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (sha256) DO UPDATE SET role = excluded.role, subject = excluded.subject, territories = excluded.territories,
    label = excluded.label, expires_at = excluded.expires_at, revoked_at = NULL;

-- name: RevokeToken :execrows
UPDATE tokens SET revoked_at = now() WHERE sha256 = $1 AND revoked_at IS NULL;

-- name: GetToken :one
SELECT role, subject, territories, expires_at FROM tokens
WHERE sha256 = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now());

-- name: TakeKey :one
-- Takes a key that is new, or whose call was left behind; xmax = 0 in neither case means it
-- is another's.
INSERT INTO idempotency AS k (scope, key, hash, locked_until) VALUES ($1, $2, $3, now() + sqlc.arg(lease)::interval)
ON CONFLICT (scope, key) DO UPDATE SET locked_until = now() + sqlc.arg(lease)::interval
WHERE k.http_status IS NULL AND k.locked_until < now() AND k.hash = excluded.hash
RETURNING locked_until;

-- name: KeptAnswer :one
SELECT hash, http_status, body FROM idempotency WHERE scope = $1 AND key = $2;

-- name: KeepAnswer :exec
UPDATE idempotency SET http_status = $3, body = $4 WHERE scope = $1 AND key = $2;

-- name: DropKey :exec
DELETE FROM idempotency WHERE scope = $1 AND key = $2 AND http_status IS NULL;

-- name: ForgetKeys :execrows
DELETE FROM idempotency WHERE at < sqlc.arg(before)::timestamptz;
