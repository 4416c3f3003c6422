-- name: NumbersByOrder :many
SELECT external_order, number FROM register WHERE external_order = ANY (sqlc.arg(orders)::text[]);

-- name: NextNumbers :many
SELECT nextval('service_numbers')::bigint AS n, now()::timestamptz AS at FROM generate_series(1, sqlc.arg(count)::int);

-- name: RegisterJob :execrows
INSERT INTO register (number, external_order, channel, name, phone, address, account, model, contracted_at,
    contract_place, description, wish_start, languages)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
ON CONFLICT (external_order) DO NOTHING;

-- name: OpenJob :exec
INSERT INTO jobs (number, kind, charge, grade, status, territory_id, product, standard, due_at, rank_class, rank_due_at,
    seq, state, opened_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14);

-- name: MarkStarted :exec
UPDATE jobs SET started_at = now() WHERE number = $1 AND started_at IS NULL;

-- name: Unstarted :many
SELECT state FROM jobs WHERE started_at IS NULL AND opened_at < sqlc.arg(before)::timestamptz ORDER BY opened_at LIMIT sqlc.arg(count);

-- name: Registered :one
SELECT r.number, r.external_order, r.channel, r.name, r.phone, r.address, r.account, r.model, r.contracted_at,
    r.contract_place, r.description, r.wish_start, r.languages, j.state, j.due_at, j.rank_class, j.started_at, j.updated_at
FROM register r JOIN jobs j ON j.number = r.number WHERE r.number = $1;
