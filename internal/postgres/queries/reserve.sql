-- name: HeldByKey :one
SELECT installer_id, starts_at, ends_at FROM appointments
WHERE job = $1 AND key = $2 AND (state = 'booked' OR state = 'tentative' AND held_until > now());

-- name: Candidates :many
-- What stands between each installer and a window; the order of the request is kept.
SELECT i.id,
    (i.active AND (sqlc.arg(same)::boolean OR i.territory_id = sqlc.arg(territory)::text))::boolean AS serves,
    (SELECT count(*) = cardinality(sqlc.arg(skills)::text[]) FROM certificates c
        WHERE c.installer_id = i.id AND c.skill = ANY (sqlc.arg(skills)::text[]) AND c.valid_until > sqlc.arg(ends_at)::timestamptz)::boolean AS certified,
    coalesce((SELECT s.max_jobs = 0 OR s.max_jobs > (
            SELECT count(*) FROM appointments a
            WHERE a.installer_id = i.id AND a.job <> sqlc.arg(job)::text AND a.during && s.during
                AND (a.state = 'booked' OR a.state = 'tentative' AND a.held_until > now()))
        FROM shifts s
        WHERE s.installer_id = i.id AND s.starts_at <= sqlc.arg(starts_at)::timestamptz
            AND s.ends_at >= sqlc.arg(ends_at)::timestamptz + CASE WHEN sqlc.arg(same)::boolean THEN interval '0' ELSE sqlc.arg(reserve)::interval END
        LIMIT 1), false)::boolean AS on_shift,
    (NOT EXISTS (SELECT FROM appointments a
        WHERE a.installer_id = i.id AND a.job <> sqlc.arg(job)::text
            AND a.during && tstzrange(sqlc.arg(starts_at)::timestamptz, sqlc.arg(busy_until)::timestamptz)
            AND (a.state = 'booked' OR a.state = 'tentative' AND a.held_until > now())))::boolean AS free
FROM installers i
WHERE i.id = ANY (sqlc.arg(installers)::text[])
    OR (cardinality(sqlc.arg(installers)::text[]) = 0 AND i.territory_id = sqlc.arg(territory)::text AND i.active)
ORDER BY array_position(sqlc.arg(installers)::text[], i.id), i.id;

-- name: LockInstaller :exec
-- Reservations of one installer queue up here: two inserts that wait for each other inside
-- an exclusion constraint would be a deadlock.
SELECT pg_advisory_xact_lock(hashtextextended('installer/' || sqlc.arg(installer)::text, 0));

-- name: Hold :exec
INSERT INTO appointments (job, key, installer_id, starts_at, ends_at, busy_until, state, held_until)
VALUES ($1, $2, $3, $4, $5, $6, 'tentative', now() + sqlc.arg(hold_for)::interval)
ON CONFLICT (job, key) DO UPDATE SET visit_no = 0, installer_id = excluded.installer_id, starts_at = excluded.starts_at,
    ends_at = excluded.ends_at, busy_until = excluded.busy_until, state = 'tentative', held_until = excluded.held_until;

-- name: OpenShifts :many
-- The shifts of a territory's active installers who hold every skill, each cut off where the
-- first certificate runs out.
SELECT s.installer_id, s.starts_at, least(s.ends_at, c.valid_until)::timestamptz AS ends_at, s.max_jobs
FROM installers i
JOIN LATERAL (
    SELECT coalesce(min(valid_until), 'infinity') AS valid_until, count(*) AS n FROM certificates
    WHERE installer_id = i.id AND skill = ANY (sqlc.arg(skills)::text[])
) c ON c.n = cardinality(sqlc.arg(skills)::text[])
JOIN shifts s ON s.installer_id = i.id
WHERE i.territory_id = sqlc.arg(territory) AND i.active AND s.starts_at < sqlc.arg(until)::timestamptz
    AND s.ends_at > sqlc.arg(since)::timestamptz AND c.valid_until > s.starts_at
ORDER BY s.starts_at, s.installer_id;

-- name: BusyTimes :many
SELECT a.installer_id, a.starts_at, a.busy_until FROM appointments a JOIN installers i ON i.id = a.installer_id
WHERE i.territory_id = sqlc.arg(territory) AND a.job <> sqlc.arg(except_job)::text
    AND (a.state = 'booked' OR a.state = 'tentative' AND a.held_until > now())
    AND a.starts_at < sqlc.arg(until)::timestamptz AND a.busy_until > sqlc.arg(since)::timestamptz;

-- name: JobState :one
SELECT state FROM jobs WHERE number = $1;

-- name: InstallerJobs :many
-- What an installer has in a stretch of time. NA-5 first, then IN-5, then by grade, only
-- where times are the same: agreed times are kept.
SELECT j.state, r.name, r.phone, r.address FROM jobs j JOIN register r ON r.number = j.number
WHERE j.installer_id = sqlc.arg(installer)::text AND j.appointment_start >= sqlc.arg(since)::timestamptz AND j.appointment_start < sqlc.arg(until)::timestamptz
ORDER BY j.appointment_start, j.rank_class, j.rank_due_at, j.number;
