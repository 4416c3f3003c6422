-- name: AdvanceJob :exec
UPDATE jobs SET grade = sqlc.arg(grade), status = sqlc.arg(status), installer_id = sqlc.narg(installer_id),
    appointment_start = sqlc.narg(appointment_start), appointment_end = sqlc.narg(appointment_end), due_at = sqlc.narg(due_at),
    rank_class = sqlc.arg(rank_class), rank_due_at = sqlc.arg(rank_due_at), carried_over = sqlc.narg(carried_over),
    call_list_at = sqlc.narg(call_list_at), completed_at = sqlc.narg(completed_at), signed = sqlc.arg(signed),
    stated_reason = sqlc.arg(stated_reason), broken_rules = sqlc.arg(broken_rules), seq = sqlc.arg(seq),
    state = sqlc.arg(state), updated_at = now(), started_at = coalesce(started_at, now())
WHERE number = sqlc.arg(number) AND seq < sqlc.arg(before)::bigint;

-- name: InsertEvent :exec
INSERT INTO job_events (job, seq, at, device_at, actor_role, actor_id, action, fact, rule, status, data, alert, breach,
    command_key)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14);

-- name: PutCommand :exec
INSERT INTO job_commands (job, key, hash, receipt, seq, at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (job, key) DO UPDATE SET hash = excluded.hash, receipt = excluded.receipt, seq = excluded.seq, at = excluded.at;

-- name: PutVisit :exec
INSERT INTO visits (job, no, territory_id, kind, installer_id, first_start, first_end, starts_at, ends_at, revision,
    dispatched_at, departed_at, arrived_at, entered_at, left_at, punctuality, outcome)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
ON CONFLICT (job, no) DO UPDATE SET installer_id = excluded.installer_id, first_start = excluded.first_start,
    first_end = excluded.first_end, starts_at = excluded.starts_at, ends_at = excluded.ends_at,
    revision = excluded.revision, dispatched_at = excluded.dispatched_at, departed_at = excluded.departed_at,
    arrived_at = excluded.arrived_at, entered_at = excluded.entered_at, left_at = excluded.left_at,
    punctuality = excluded.punctuality, outcome = excluded.outcome;

-- name: QueueMessage :exec
INSERT INTO messages (job, purpose, sequence, intent, not_before) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (job, purpose, sequence) WHERE NOT superseded DO UPDATE SET intent = excluded.intent,
    not_before = excluded.not_before, state = 'queued', claimed_until = NULL
WHERE messages.state IN ('queued', 'withdrawn');

-- name: KeepAppointment :exec
-- The live visit's time becomes booked; the job's other bookings are given back. Another
-- command's time stays on hold until it runs out: it may be about to commit.
WITH live AS (
    SELECT id FROM appointments a
    WHERE a.job = $1 AND a.installer_id = $2 AND a.starts_at = $3 AND a.ends_at = $4 AND a.state IN ('tentative', 'booked')
    ORDER BY (a.state = 'booked') DESC, (a.key = sqlc.arg(key)) DESC, a.id DESC LIMIT 1
)
UPDATE appointments a SET
    state = CASE WHEN a.id IN (SELECT id FROM live) THEN 'booked' ELSE 'released' END,
    visit_no = CASE WHEN a.id IN (SELECT id FROM live) THEN sqlc.arg(visit_no) ELSE a.visit_no END,
    held_until = NULL
WHERE a.job = $1 AND (
    CASE WHEN a.id IN (SELECT id FROM live) THEN a.state = 'tentative' OR a.visit_no <> sqlc.arg(visit_no)
    ELSE a.state = 'booked' OR a.state = 'tentative' AND (a.held_until < now() OR a.key = sqlc.arg(key)) END);

-- name: BookAnew :exec
-- Books the live visit's time when no reservation of it is left.
INSERT INTO appointments (job, key, visit_no, installer_id, starts_at, ends_at, busy_until, state)
SELECT sqlc.arg(job), sqlc.arg(key), sqlc.arg(visit_no), sqlc.arg(installer), sqlc.arg(starts_at), sqlc.arg(ends_at), sqlc.arg(busy_until), 'booked'
WHERE NOT EXISTS (
    SELECT FROM appointments a WHERE a.job = sqlc.arg(job) AND a.installer_id = sqlc.arg(installer) AND a.starts_at = sqlc.arg(starts_at)
        AND a.ends_at = sqlc.arg(ends_at) AND a.state = 'booked')
ON CONFLICT (job, key) DO UPDATE SET visit_no = excluded.visit_no, installer_id = excluded.installer_id,
    starts_at = excluded.starts_at, ends_at = excluded.ends_at, busy_until = excluded.busy_until, state = 'booked',
    held_until = NULL;

-- name: ReleaseAppointments :exec
UPDATE appointments SET state = 'released', held_until = NULL
WHERE job = $1 AND (state = 'booked' OR state = 'tentative' AND (held_until < now() OR key = sqlc.arg(key)));

-- name: DropExpiredHolds :exec
DELETE FROM appointments WHERE installer_id = $1 AND state = 'tentative' AND held_until < now()
    AND during && tstzrange(sqlc.arg(starts_at)::timestamptz, sqlc.arg(busy_until)::timestamptz);

-- name: Receipt :one
SELECT receipt FROM job_commands WHERE job = $1 AND key = $2;

-- name: LockJob :one
SELECT seq FROM jobs WHERE number = $1 FOR UPDATE;

-- name: EventsFrom :many
SELECT seq, at, fact, command_key FROM job_events WHERE job = $1 AND seq >= $2 ORDER BY seq;

-- name: SupersedeEvents :exec
WITH gone AS (DELETE FROM job_events e WHERE e.job = $1 AND e.seq >= $2 RETURNING e.*)
INSERT INTO job_events_superseded (job, seq, at, device_at, actor_role, actor_id, action, fact, rule, status, data, alert,
    breach, command_key, id, xid, superseded_key)
SELECT g.job, g.seq, g.at, g.device_at, g.actor_role, g.actor_id, g.action, g.fact, g.rule, g.status, g.data, g.alert,
    g.breach, g.command_key, g.id, g.xid, sqlc.arg(superseded_key)
FROM gone g;

-- name: WithdrawMessages :exec
-- What another outcome replaced is not told any more; the same command run again keeps its
-- messages, so that nobody is told twice.
UPDATE messages SET superseded = true, state = CASE WHEN state = 'queued' THEN 'withdrawn' ELSE state END, claimed_until = NULL
WHERE job = $1 AND sequence >= $2 AND NOT superseded AND NOT sqlc.arg(same_key)::boolean;

-- name: ForgetCommands :exec
DELETE FROM job_commands WHERE job = $1 AND seq >= $2;

-- name: ForgetVisits :exec
DELETE FROM visits WHERE job = $1 AND no > $2;

-- name: ForgetAcks :exec
DELETE FROM alert_acks WHERE job = $1 AND seq >= $2;

-- name: RewindJob :exec
UPDATE jobs SET seq = $2 WHERE number = $1;
