-- name: KPIVisits :one
-- Visits whose window first agreed begins in the period and that are over, or should be.
SELECT count(*) FILTER (WHERE due)::bigint AS due,
    count(*) FILTER (WHERE due AND outcome = 'completed' AND starts_at = first_start AND arrived_at <= first_end)::bigint AS fulfilled,
    count(*) FILTER (WHERE due AND arrived_at IS NOT NULL)::bigint AS attended,
    count(*) FILTER (WHERE due AND arrived_at <= starts_at)::bigint AS on_time,
    count(*) FILTER (WHERE due AND outcome = 'no_access')::bigint AS no_access,
    count(*) FILTER (WHERE due AND arrived_at IS NULL AND outcome IN ('missed_by_us', ''))::bigint AS missed,
    count(*) FILTER (WHERE outcome = 'called_off')::bigint AS called_off,
    count(*) FILTER (WHERE outcome = 'safety_stop')::bigint AS safety_stops
FROM (
    SELECT v.*, (v.outcome NOT IN ('called_off', 'safety_stop') AND (v.outcome <> '' OR v.ends_at < sqlc.arg(now)::timestamptz)) AS due
    FROM visits v
    WHERE v.first_start >= sqlc.arg(since)::timestamptz AND v.first_start < sqlc.arg(until)::timestamptz
        AND (sqlc.arg(territory)::text = '' OR v.territory_id = sqlc.arg(territory))
) AS counted;

-- name: KPIJobs :one
-- Jobs that were completed in the period.
WITH done AS (
    SELECT j.number, j.kind, j.opened_at, j.completed_at, j.state, r.phone, r.address,
        (SELECT count(*) FROM visits v WHERE v.job = j.number AND v.arrived_at IS NOT NULL AND v.outcome NOT IN ('no_access', 'called_off')) AS visits,
        coalesce((SELECT sum(extract(epoch FROM least(coalesce((p ->> 'until')::timestamptz, j.completed_at), j.completed_at) - (p ->> 'from')::timestamptz))
            FROM jsonb_array_elements(j.state -> 'pauses') p
            WHERE p ->> 'cause' = 'customer' AND (p ->> 'from')::timestamptz < j.completed_at), 0) AS customer_held_s,
        (SELECT count(*) FROM jsonb_array_elements(j.state -> 'visits') v, jsonb_array_elements(v -> 'photos') p
            WHERE p ->> 'kind' <> 'visit_note') AS photos,
        EXISTS (SELECT FROM job_events e WHERE e.job = j.number AND e.fact = 'photo.refused' AND e.data ->> 'kind' <> 'visit_note') AS refused,
        coalesce((j.state #>> '{follow_up,asked}')::int, 0) AS asked,
        (j.state #>> '{follow_up,score}')::int AS score
    FROM jobs j JOIN register r ON r.number = j.number
    WHERE j.completed_at >= sqlc.arg(since)::timestamptz AND j.completed_at < sqlc.arg(until)::timestamptz
        AND (sqlc.arg(territory)::text = '' OR j.territory_id = sqlc.arg(territory))
)
SELECT count(*)::bigint AS completed,
    count(*) FILTER (WHERE visits = 1 AND NOT EXISTS (
        SELECT FROM register r2 JOIN jobs j2 ON j2.number = r2.number
        WHERE r2.phone = done.phone AND r2.address = done.address AND j2.kind = 'repair' AND j2.number <> done.number
            AND j2.opened_at >= done.completed_at AND j2.opened_at <= done.completed_at + interval '30 days'))::bigint AS first_time,
    count(*) FILTER (WHERE kind = 'repair')::bigint AS repairs,
    coalesce(sum(extract(epoch FROM completed_at - opened_at)) FILTER (WHERE kind = 'repair'), 0)::float8 AS repair_s,
    coalesce(sum(customer_held_s) FILTER (WHERE kind = 'repair'), 0)::float8 AS repair_held_s,
    count(*) FILTER (WHERE photos > 0)::bigint AS with_photos,
    count(*) FILTER (WHERE photos > 0 AND NOT refused)::bigint AS first_pass,
    count(*) FILTER (WHERE asked > 0)::bigint AS asked,
    count(*) FILTER (WHERE score IS NOT NULL AND asked > 0)::bigint AS answered_asked,
    count(score)::bigint AS answered,
    count(*) FILTER (WHERE score >= 9)::bigint AS promoters,
    count(*) FILTER (WHERE score <= 6)::bigint AS detractors
FROM done;

-- name: KPIMoves :many
-- Changes of agreed appointments in the period, by who moved them.
SELECT (e.data ->> 'by')::text AS party, count(*)::bigint AS moves, coalesce(sum((e.data ->> 'notice_s')::bigint), 0)::bigint AS notice_s
FROM job_events e JOIN jobs j ON j.number = e.job
WHERE e.fact = 'appointment.moved' AND e.at >= sqlc.arg(since)::timestamptz AND e.at < sqlc.arg(until)::timestamptz
    AND (sqlc.arg(territory)::text = '' OR j.territory_id = sqlc.arg(territory))
GROUP BY 1 ORDER BY 1;

-- name: KPIHours :one
-- Time on site, and time on shift, that lies in the period.
SELECT
    coalesce((SELECT sum(extract(epoch FROM least(coalesce(v.left_at, sqlc.arg(now)::timestamptz), sqlc.arg(until)::timestamptz) - greatest(v.entered_at, sqlc.arg(since)::timestamptz)))
        FROM visits v
        WHERE v.entered_at < sqlc.arg(until)::timestamptz AND coalesce(v.left_at, sqlc.arg(now)::timestamptz) > sqlc.arg(since)::timestamptz
            AND (sqlc.arg(territory)::text = '' OR v.territory_id = sqlc.arg(territory))), 0)::float8 AS on_site_s,
    coalesce((SELECT sum(extract(epoch FROM least(s.ends_at, sqlc.arg(until)::timestamptz) - greatest(s.starts_at, sqlc.arg(since)::timestamptz)))
        FROM shifts s JOIN installers i ON i.id = s.installer_id
        WHERE s.starts_at < sqlc.arg(until)::timestamptz AND s.ends_at > sqlc.arg(since)::timestamptz
            AND (sqlc.arg(territory)::text = '' OR i.territory_id = sqlc.arg(territory))), 0)::float8 AS on_shift_s;
