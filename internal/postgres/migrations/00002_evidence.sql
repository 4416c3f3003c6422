-- +goose Up

-- A file is uploaded first and becomes part of its job when an outcome names it; one that
-- never does is cleaned up. What was deleted leaves its row as the proof of it.
ALTER TABLE files
    ADD COLUMN class        text NOT NULL DEFAULT 'photo', -- dispatch.FileClass
    ADD COLUMN confirmed_at timestamptz, -- null: uploaded, and part of nothing yet
    ADD COLUMN deleted_at   timestamptz,
    ADD COLUMN deleted_for  text NOT NULL DEFAULT '', -- the period that was over
    ADD COLUMN revived      boolean NOT NULL DEFAULT false, -- was deleted unused when it came again
    ADD COLUMN facts        jsonb,  -- dispatch.PhotoFacts
    ADD COLUMN phash        bigint, -- perceptual hash; near ones differ in few bits
    ADD COLUMN look         bytea,  -- the picture in small, to compare with
    ADD COLUMN variants     jsonb NOT NULL DEFAULT '[]'; -- dispatch.Variant: what people see of it
UPDATE files SET confirmed_at = at, class = CASE WHEN kind = 'signature' THEN 'signature' ELSE 'photo' END;
CREATE INDEX files_unconfirmed ON files (at) WHERE confirmed_at IS NULL AND deleted_at IS NULL;
CREATE INDEX files_kept ON files (class, confirmed_at) WHERE confirmed_at IS NOT NULL AND deleted_at IS NULL;

-- Sealed documents by number, for who wants to know whether one is genuine (VI-12).
CREATE TABLE documents (
    no     text PRIMARY KEY,
    job    text NOT NULL REFERENCES register,
    kind   text NOT NULL,
    sha256 text NOT NULL,
    at     timestamptz NOT NULL
);
CREATE INDEX documents_job ON documents (job);

-- Jobs whose files are kept whatever their period: somebody complains, or asks.
CREATE TABLE file_holds (
    job    text PRIMARY KEY REFERENCES register,
    reason text NOT NULL,
    actor  text NOT NULL,
    at     timestamptz NOT NULL DEFAULT now()
);

-- The languages of a customer's documents; none: those of the standard.
ALTER TABLE register ADD COLUMN languages text[] NOT NULL DEFAULT '{}';

-- The signing session of a customer ends by itself.
ALTER TABLE tokens ADD COLUMN expires_at timestamptz;

-- +goose Down
DROP TABLE file_holds;
ALTER TABLE tokens DROP COLUMN expires_at;
ALTER TABLE register DROP COLUMN languages;
DROP TABLE documents;
DROP INDEX files_unconfirmed, files_kept;
ALTER TABLE files DROP COLUMN class, DROP COLUMN confirmed_at, DROP COLUMN deleted_at, DROP COLUMN deleted_for, DROP COLUMN revived,
    DROP COLUMN facts, DROP COLUMN phash, DROP COLUMN look, DROP COLUMN variants;
