-- name: PutTerritory :exec
INSERT INTO territories (id, name, time_zone, latitude, longitude, radius_metres, hotline)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (id) DO UPDATE SET name = excluded.name, time_zone = excluded.time_zone, latitude = excluded.latitude,
    longitude = excluded.longitude, radius_metres = excluded.radius_metres, hotline = excluded.hotline;

-- name: Territories :many
SELECT * FROM territories ORDER BY id;

-- name: GetTerritory :one
SELECT * FROM territories WHERE id = $1;

-- name: DeleteTerritory :execrows
DELETE FROM territories WHERE id = $1;

-- name: PutInstaller :exec
INSERT INTO installers (id, name, phone, territory_id, latitude, longitude, active)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (id) DO UPDATE SET name = excluded.name, phone = excluded.phone, territory_id = excluded.territory_id,
    latitude = excluded.latitude, longitude = excluded.longitude, active = excluded.active;

-- name: GetInstaller :one
SELECT * FROM installers WHERE id = $1;

-- name: Installers :many
SELECT * FROM installers
WHERE (sqlc.arg(territory)::text = '' OR territory_id = sqlc.arg(territory)) AND id > sqlc.arg(after)::text
ORDER BY id LIMIT sqlc.arg(count);

-- name: DeleteInstaller :execrows
DELETE FROM installers WHERE id = $1;

-- name: ReplaceCertificates :exec
WITH gone AS (
    DELETE FROM certificates WHERE installer_id = sqlc.arg(installer) AND skill <> ALL (sqlc.arg(skills)::text[])
)
INSERT INTO certificates (installer_id, skill, valid_until)
SELECT sqlc.arg(installer), unnest(sqlc.arg(skills)::text[]), unnest(sqlc.arg(valid_until)::timestamptz[])
ON CONFLICT (installer_id, skill) DO UPDATE SET valid_until = excluded.valid_until;

-- name: Certificates :many
SELECT * FROM certificates WHERE installer_id = ANY (sqlc.arg(installers)::text[]) ORDER BY installer_id, skill;

-- name: PutShifts :execrows
INSERT INTO shifts (installer_id, starts_at, ends_at, max_jobs)
SELECT unnest(sqlc.arg(installers)::text[]), unnest(sqlc.arg(starts)::timestamptz[]), unnest(sqlc.arg(ends)::timestamptz[]),
    unnest(sqlc.arg(max_jobs)::int[])
ON CONFLICT (installer_id, starts_at) DO UPDATE SET ends_at = excluded.ends_at, max_jobs = excluded.max_jobs;

-- name: DeleteShift :execrows
DELETE FROM shifts WHERE installer_id = $1 AND starts_at = $2;

-- name: Shifts :many
SELECT installer_id, starts_at, ends_at, max_jobs FROM shifts
WHERE installer_id = $1 AND starts_at < sqlc.arg(until)::timestamptz AND ends_at > sqlc.arg(since)::timestamptz
ORDER BY starts_at;
