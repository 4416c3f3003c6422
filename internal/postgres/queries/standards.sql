-- name: PutStandard :execrows
INSERT INTO standards (version, source, in_force_from) VALUES ($1, $2, $3) ON CONFLICT (version) DO NOTHING;

-- name: StandardSource :one
SELECT source FROM standards WHERE version = $1;

-- name: CurrentStandard :one
SELECT version FROM standards WHERE in_force_from <= now() ORDER BY in_force_from DESC, created_at DESC LIMIT 1;

-- name: Standards :many
SELECT version, in_force_from FROM standards ORDER BY in_force_from DESC, version;
