-- name: ClaimMessages :many
UPDATE messages m SET state = 'sending', claimed_until = now() + sqlc.arg(lease)::interval, attempts = m.attempts + 1
FROM (
    SELECT d.id FROM messages d
    WHERE d.not_before <= now() AND (d.state = 'queued' OR d.state = 'sending' AND d.claimed_until < now())
    ORDER BY d.not_before, d.id LIMIT sqlc.arg(count) FOR UPDATE SKIP LOCKED
) due, register r, jobs j, territories t
WHERE m.id = due.id AND r.number = m.job AND j.number = m.job AND t.id = j.territory_id
RETURNING m.id, m.job, m.intent, m.attempts, r.name, r.phone, r.address, j.product, j.standard, t.time_zone, t.hotline,
    coalesce((SELECT i.name FROM installers i WHERE i.id = m.intent ->> 'installer'), '')::text AS installer_name;

-- name: MarkSent :execrows
UPDATE messages SET state = 'sent', sent_at = now(), recipient = $2, body = $3, provider = $4, provider_id = $5,
    claimed_until = NULL, error = ''
WHERE id = $1 AND state IN ('sending', 'queued');

-- name: MarkFailed :execrows
UPDATE messages SET state = CASE WHEN sqlc.narg(retry_at)::timestamptz IS NULL THEN 'failed' ELSE 'queued' END,
    not_before = coalesce(sqlc.narg(retry_at)::timestamptz, not_before), claimed_until = NULL, error = $2
WHERE id = $1 AND state IN ('sending', 'queued');

-- name: Messages :many
SELECT id, job, purpose, sequence, intent, state, superseded, not_before, attempts, recipient, body, provider, provider_id,
    sent_at, error, queued_at
FROM messages
WHERE (sqlc.arg(job)::text = '' OR job = sqlc.arg(job)) AND (sqlc.arg(purpose)::text = '' OR purpose = sqlc.arg(purpose))
    AND (sqlc.arg(state)::text = '' OR state = sqlc.arg(state)) AND id < sqlc.arg(before)::bigint
ORDER BY id DESC LIMIT sqlc.arg(count);
