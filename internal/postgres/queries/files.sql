-- name: ClaimFile :one
-- A file belongs to the job that first had it, for ever. One that was deleted unused may come
-- again, and is then revived: its content has to be stored anew.
INSERT INTO files (sha256, job, kind, class, content_type, size_bytes, key) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (sha256) DO UPDATE SET
    job = CASE WHEN files.deleted_at IS NOT NULL AND files.confirmed_at IS NULL THEN excluded.job ELSE files.job END,
    revived = files.deleted_at IS NOT NULL AND files.confirmed_at IS NULL,
    at = CASE WHEN files.confirmed_at IS NULL THEN now() ELSE files.at END,
    deleted_at = CASE WHEN files.confirmed_at IS NULL THEN NULL ELSE files.deleted_at END,
    deleted_for = CASE WHEN files.confirmed_at IS NULL THEN '' ELSE files.deleted_for END
RETURNING job, revived;

-- name: FilesUsed :one
SELECT count(*)::bigint AS files, coalesce(sum(size_bytes), 0)::bigint AS bytes FROM files WHERE job = $1 AND deleted_at IS NULL;

-- name: GetFile :one
SELECT * FROM files WHERE sha256 = $1;

-- name: FilesOf :many
SELECT * FROM files WHERE job = $1 AND confirmed_at IS NOT NULL ORDER BY at, sha256;

-- name: KeepFacts :exec
UPDATE files SET facts = sqlc.arg(facts), phash = sqlc.narg(phash), look = sqlc.narg(look), variants = sqlc.arg(variants)
WHERE sha256 = sqlc.arg(sha256);

-- name: FilesAlike :many
-- Photos whose hash differs in few bits, nearest first: all of the same job, and of the same
-- kind on others. Many strangers are that near too, so the nearest are looked at and no more.
SELECT sha256, job, look, bit_count((phash # sqlc.arg(phash)::bigint)::bit(64))::integer AS distance FROM files
WHERE phash IS NOT NULL AND look IS NOT NULL AND confirmed_at IS NOT NULL AND sha256 <> sqlc.arg(sha256)
    AND (kind = sqlc.arg(kind) OR job = sqlc.arg(job))
    AND bit_count((phash # sqlc.arg(phash)::bigint)::bit(64)) <= sqlc.arg(within)::integer
ORDER BY (job = sqlc.arg(job)) DESC, distance, sha256 LIMIT sqlc.arg(count);

-- name: ConfirmFile :exec
UPDATE files SET confirmed_at = coalesce(confirmed_at, sqlc.arg(at)) WHERE sha256 = sqlc.arg(sha256) AND job = sqlc.arg(job);

-- name: PutDocument :exec
INSERT INTO documents (no, job, kind, sha256, at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (no) DO UPDATE SET sha256 = excluded.sha256, at = excluded.at;

-- name: GetDocument :one
SELECT no, job, kind, sha256, at FROM documents WHERE no = $1;

-- name: LockUnusedFile :one
-- An upload that nothing took up within the time. The lock keeps it from coming back while its
-- content is deleted.
SELECT sha256, key, variants FROM files
WHERE confirmed_at IS NULL AND deleted_at IS NULL AND at < sqlc.arg(before)::timestamptz
ORDER BY at LIMIT 1 FOR UPDATE SKIP LOCKED;

-- name: LockExpiredFile :one
-- A file whose period is over, counted from the end of its job. Not one that somebody holds.
SELECT f.sha256, f.key, f.variants FROM files f JOIN jobs j ON j.number = f.job
WHERE f.confirmed_at < sqlc.arg(before)::timestamptz AND f.deleted_at IS NULL AND f.class = sqlc.arg(class)
    AND j.standard = sqlc.arg(standard) AND j.status IN ('closed', 'cancelled', 'failed') AND j.updated_at < sqlc.arg(before)::timestamptz
    AND NOT EXISTS (SELECT FROM file_holds h WHERE h.job = f.job)
ORDER BY f.confirmed_at LIMIT 1 FOR UPDATE OF f SKIP LOCKED;

-- name: MarkDeleted :exec
UPDATE files SET deleted_at = now(), deleted_for = sqlc.arg(deleted_for), facts = NULL, look = NULL, variants = '[]'
WHERE sha256 = sqlc.arg(sha256);

-- name: HoldFiles :exec
INSERT INTO file_holds (job, reason, actor) VALUES ($1, $2, $3)
ON CONFLICT (job) DO UPDATE SET reason = excluded.reason, actor = excluded.actor, at = now();

-- name: ReleaseFiles :execrows
DELETE FROM file_holds WHERE job = $1;
