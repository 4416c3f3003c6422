-- name: Timeline :many
SELECT seq, at, device_at, actor_role, actor_id, action, fact, rule, status, data, alert, breach FROM job_events
WHERE job = $1 AND seq > $2 ORDER BY seq LIMIT $3;

-- name: Alerts :many
SELECT e.job, e.seq, e.at, e.device_at, e.actor_role, e.actor_id, e.action, e.fact, e.rule, e.status, e.data, e.alert, e.breach,
    j.territory_id, a.at AS acked_at, coalesce(a.actor, '')::text AS acked_by, coalesce(a.note, '')::text AS ack_note
FROM job_events e JOIN jobs j ON j.number = e.job LEFT JOIN alert_acks a ON a.job = e.job AND a.seq = e.seq
WHERE e.alert <> '' AND (sqlc.arg(role)::text = '' OR e.alert = sqlc.arg(role))
    AND (sqlc.arg(territory)::text = '' OR j.territory_id = sqlc.arg(territory))
    AND (sqlc.arg(with_acked)::boolean OR a.at IS NULL)
    AND (e.at, e.job, e.seq) < (sqlc.arg(before_at)::timestamptz, sqlc.arg(before_job)::text, sqlc.arg(before_seq)::bigint)
ORDER BY e.at DESC, e.job DESC, e.seq DESC LIMIT sqlc.arg(count);

-- name: AckAlert :execrows
INSERT INTO alert_acks (job, seq, actor, note)
SELECT e.job, e.seq, sqlc.arg(actor), sqlc.arg(note) FROM job_events e WHERE e.job = sqlc.arg(job) AND e.seq = sqlc.arg(seq) AND e.alert <> ''
ON CONFLICT (job, seq) DO NOTHING;

-- name: AlertExists :one
SELECT EXISTS (SELECT FROM job_events WHERE job = $1 AND seq = $2 AND alert <> '');

-- name: CountJobs :many
SELECT status, count(*) AS jobs FROM jobs GROUP BY status;
