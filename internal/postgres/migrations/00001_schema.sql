-- +goose Up
CREATE EXTENSION IF NOT EXISTS btree_gist;

-- The service standards. A version never changes: jobs keep the one they were opened with.
CREATE TABLE standards (
    version       text PRIMARY KEY,
    source        text NOT NULL, -- YAML
    in_force_from timestamptz NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX standards_in_force ON standards (in_force_from DESC);

CREATE TABLE territories (
    id            text PRIMARY KEY,
    name          text NOT NULL,
    time_zone     text NOT NULL, -- IANA name
    latitude      double precision NOT NULL,
    longitude     double precision NOT NULL,
    radius_metres double precision NOT NULL CHECK (radius_metres > 0),
    hotline       text NOT NULL
);

CREATE TABLE installers (
    id           text PRIMARY KEY,
    name         text NOT NULL,
    phone        text NOT NULL,
    territory_id text NOT NULL REFERENCES territories,
    latitude     double precision,
    longitude    double precision,
    active       boolean NOT NULL DEFAULT true
);
CREATE INDEX installers_territory ON installers (territory_id);

CREATE TABLE certificates (
    installer_id text NOT NULL REFERENCES installers ON DELETE CASCADE,
    skill        text NOT NULL,
    valid_until  timestamptz NOT NULL,
    PRIMARY KEY (installer_id, skill)
);

CREATE TABLE shifts (
    installer_id text NOT NULL REFERENCES installers ON DELETE CASCADE,
    starts_at    timestamptz NOT NULL,
    ends_at      timestamptz NOT NULL,
    max_jobs     integer NOT NULL DEFAULT 0 CHECK (max_jobs >= 0), -- 0: no bound
    during       tstzrange NOT NULL GENERATED ALWAYS AS (tstzrange(starts_at, ends_at)) STORED,
    PRIMARY KEY (installer_id, starts_at),
    CHECK (starts_at < ends_at),
    CONSTRAINT shifts_no_overlap EXCLUDE USING gist (installer_id WITH =, during WITH &&)
);

-- The service register (IN-1): who is served, and what was asked for. It never changes when
-- a job moves on; the personal data of customers stands here and nowhere else.
CREATE SEQUENCE service_numbers;
CREATE TABLE register (
    number         text PRIMARY KEY,
    external_order text NOT NULL UNIQUE,
    channel        text NOT NULL,
    name           text NOT NULL,
    phone          text NOT NULL, -- E.164
    address        text NOT NULL,
    account        text NOT NULL DEFAULT '',
    model          text NOT NULL DEFAULT '',
    contracted_at  timestamptz,
    contract_place text NOT NULL DEFAULT '',
    description    text NOT NULL DEFAULT '',
    wish_start     timestamptz,
    search         tsvector NOT NULL GENERATED ALWAYS AS (to_tsvector('simple',
        translate(number || ' ' || external_order || ' ' || name || ' ' || address || ' ' || account || ' ' || description,
            '-_/.,:;#@+()''"', '               ')
        || ' ' || translate(phone, '+-() ', '') || ' ' || right(translate(phone, '+-() ', ''), 10)
        || ' ' || right(translate(phone, '+-() ', ''), 7) || ' ' || right(translate(phone, '+-() ', ''), 4))) STORED
);
CREATE INDEX register_phone ON register (phone);
CREATE INDEX register_search ON register USING gin (search);

-- The read model: where each job stands. The workflow's outcomes are written here.
CREATE TABLE jobs (
    number            text PRIMARY KEY REFERENCES register,
    kind              text NOT NULL,
    charge            text NOT NULL,
    grade             text NOT NULL,
    status            text NOT NULL,
    territory_id      text NOT NULL REFERENCES territories,
    product           text NOT NULL,
    standard          text NOT NULL REFERENCES standards,
    installer_id      text,        -- of the live visit
    appointment_start timestamptz, -- of the live visit
    appointment_end   timestamptz,
    due_at            timestamptz, -- VI-15; null while the clock stands still
    rank_class        integer NOT NULL,
    rank_due_at       timestamptz NOT NULL,
    carried_over      timestamptz, -- IN-5
    call_list_at      timestamptz, -- FU-1
    completed_at      timestamptz,
    signed            boolean NOT NULL DEFAULT false, -- the confirmation form (IN-6, VI-12)
    stated_reason     text NOT NULL DEFAULT '',       -- why it is held, or ended without a form (IN-6)
    broken_rules      text[] NOT NULL DEFAULT '{}',
    seq               bigint NOT NULL,
    state             jsonb NOT NULL, -- dispatch.Job
    opened_at         timestamptz NOT NULL,
    started_at        timestamptz, -- null until its workflow runs
    updated_at        timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 70);
CREATE INDEX jobs_newest ON jobs (opened_at DESC, number DESC);
CREATE INDEX jobs_work_order ON jobs (territory_id, rank_class, rank_due_at, number)
    WHERE status IN ('received', 'booking', 'scheduled');
CREATE INDEX jobs_status ON jobs (status, opened_at DESC, number DESC);
CREATE INDEX jobs_installer ON jobs (installer_id, appointment_start) WHERE installer_id IS NOT NULL;
CREATE INDEX jobs_appointment ON jobs (territory_id, appointment_start) WHERE appointment_start IS NOT NULL;
CREATE INDEX jobs_broken ON jobs USING gin (broken_rules) WHERE broken_rules <> '{}';
CREATE INDEX jobs_unstarted ON jobs (opened_at) WHERE started_at IS NULL;
CREATE INDEX jobs_completed ON jobs (completed_at) WHERE completed_at IS NOT NULL;
CREATE INDEX jobs_unreconciled ON jobs (opened_at DESC, number DESC) WHERE NOT signed AND appointment_start IS NULL AND stated_reason = '';
CREATE INDEX jobs_call_list ON jobs (call_list_at) WHERE call_list_at IS NOT NULL AND status = 'completed';

-- The audit trail. Append-only; what a later decision of the workflow replaced is kept in
-- job_events_superseded.
CREATE TABLE job_events (
    job         text NOT NULL REFERENCES register,
    seq         bigint NOT NULL,
    at          timestamptz NOT NULL, -- server time
    device_at   timestamptz,
    actor_role  text NOT NULL,
    actor_id    text NOT NULL,
    action      text NOT NULL,
    fact        text NOT NULL,
    rule        text NOT NULL,
    status      text NOT NULL, -- of the job afterwards
    data        jsonb NOT NULL DEFAULT '{}',
    alert       text NOT NULL DEFAULT '', -- whose list it is on
    breach      boolean NOT NULL DEFAULT false,
    command_key text NOT NULL,
    id          bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    xid         xid8 NOT NULL DEFAULT pg_current_xact_id(), -- with id: the order of the feed
    PRIMARY KEY (job, seq)
);
CREATE INDEX job_events_feed ON job_events (xid, id);
CREATE INDEX job_events_alerts ON job_events (alert, at DESC, job, seq) WHERE alert <> '';
CREATE INDEX job_events_moves ON job_events (at) WHERE fact = 'appointment.moved';

CREATE TABLE job_events_superseded (
    LIKE job_events,
    superseded_at  timestamptz NOT NULL DEFAULT now(),
    superseded_key text NOT NULL -- the command that took their place
);
CREATE INDEX job_events_superseded_job ON job_events_superseded (job, seq);

CREATE TABLE alert_acks (
    job   text NOT NULL,
    seq   bigint NOT NULL,
    at    timestamptz NOT NULL DEFAULT now(),
    actor text NOT NULL,
    note  text NOT NULL DEFAULT '',
    PRIMARY KEY (job, seq)
);

CREATE TABLE job_commands (
    job     text NOT NULL REFERENCES register,
    key     text NOT NULL,
    hash    text NOT NULL,
    receipt jsonb NOT NULL, -- dispatch.Receipt
    seq     bigint NOT NULL, -- of the first audit entry it wrote
    at      timestamptz NOT NULL,
    PRIMARY KEY (job, key)
);

-- Installers' time given away (AP-2). The exclusion constraint is what makes double booking
-- impossible; a job may overlap its own old time while it is being moved.
CREATE TABLE appointments (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    job          text NOT NULL REFERENCES register,
    key          text NOT NULL, -- of the command that reserved it
    visit_no     integer NOT NULL DEFAULT 0, -- 0 until it is booked
    installer_id text NOT NULL REFERENCES installers,
    starts_at    timestamptz NOT NULL,
    ends_at      timestamptz NOT NULL,
    busy_until   timestamptz NOT NULL, -- with the way to the next
    state        text NOT NULL CHECK (state IN ('tentative', 'booked', 'released')),
    held_until   timestamptz, -- of a tentative one
    during       tstzrange NOT NULL GENERATED ALWAYS AS (tstzrange(starts_at, busy_until)) STORED,
    UNIQUE (job, key),
    CHECK (starts_at < ends_at AND ends_at <= busy_until),
    CHECK ((state = 'tentative') = (held_until IS NOT NULL)),
    CONSTRAINT appointments_no_double_booking
        EXCLUDE USING gist (installer_id WITH =, job WITH <>, during WITH &&) WHERE (state IN ('tentative', 'booked'))
);
CREATE INDEX appointments_installer ON appointments (installer_id, starts_at) WHERE state IN ('tentative', 'booked');

-- Visits as the reports count them.
CREATE TABLE visits (
    job              text NOT NULL REFERENCES register,
    no               integer NOT NULL,
    territory_id     text NOT NULL,
    kind             text NOT NULL,
    installer_id     text NOT NULL,
    first_start      timestamptz NOT NULL, -- the window first agreed
    first_end        timestamptz NOT NULL,
    starts_at        timestamptz NOT NULL, -- the window agreed last
    ends_at          timestamptz NOT NULL,
    revision         integer NOT NULL,
    dispatched_at    timestamptz,
    departed_at      timestamptz,
    arrived_at       timestamptz,
    entered_at       timestamptz,
    left_at          timestamptz,
    punctuality      text NOT NULL DEFAULT '',
    outcome          text NOT NULL DEFAULT '',
    PRIMARY KEY (job, no)
);
CREATE INDEX visits_first ON visits (first_start, territory_id);
CREATE INDEX visits_installer ON visits (installer_id, starts_at);

-- The outbox: what customers are told. Superseded rows belong to audit entries that another
-- outcome replaced; they are kept because they may have been sent.
CREATE TABLE messages (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    job           text NOT NULL REFERENCES register,
    purpose       text NOT NULL,
    sequence      bigint NOT NULL, -- number of the audit entry that asked for it
    intent        jsonb NOT NULL,  -- dispatch.Message
    state         text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'sending', 'sent', 'failed', 'withdrawn')),
    superseded    boolean NOT NULL DEFAULT false,
    not_before    timestamptz NOT NULL,
    claimed_until timestamptz,
    attempts      integer NOT NULL DEFAULT 0,
    recipient     text NOT NULL DEFAULT '', -- E.164; filled when sent
    body          text NOT NULL DEFAULT '', -- as sent
    provider      text NOT NULL DEFAULT '',
    provider_id   text NOT NULL DEFAULT '',
    sent_at       timestamptz,
    error         text NOT NULL DEFAULT '',
    queued_at     timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX messages_identity ON messages (job, purpose, sequence) WHERE NOT superseded;
CREATE INDEX messages_due ON messages (not_before) WHERE state IN ('queued', 'sending');
CREATE INDEX messages_state ON messages (state, id);

-- Files by hash. A photo's hash belongs to one job for ever (VI-8).
CREATE TABLE files (
    sha256       text PRIMARY KEY CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    job          text NOT NULL REFERENCES register,
    kind         text NOT NULL,
    content_type text NOT NULL,
    size_bytes   bigint NOT NULL,
    key          text NOT NULL, -- in the file store
    at           timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX files_job ON files (job);

CREATE TABLE imports (
    id          text PRIMARY KEY,
    label       text NOT NULL,
    actor_role  text NOT NULL,
    actor_id    text NOT NULL,
    started_at  timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz
);
CREATE TABLE import_rows (
    import_id      text NOT NULL REFERENCES imports ON DELETE CASCADE,
    line           integer NOT NULL,
    external_order text NOT NULL,
    number         text NOT NULL DEFAULT '', -- of the job; empty when refused
    created        boolean NOT NULL DEFAULT false,
    code           text NOT NULL DEFAULT '', -- of the refusal
    rule           text NOT NULL DEFAULT '',
    field          text NOT NULL DEFAULT '',
    reason         text NOT NULL DEFAULT '',
    PRIMARY KEY (import_id, line)
);

-- Answers to calls that are no job commands, by Idempotency-Key.
CREATE TABLE idempotency (
    scope        text NOT NULL,
    key          text NOT NULL,
    hash         text NOT NULL,
    http_status  integer, -- null while the call runs
    body         bytea,
    locked_until timestamptz NOT NULL,
    at           timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (scope, key)
);
CREATE INDEX idempotency_at ON idempotency (at);

CREATE TABLE tokens (
    sha256      bytea PRIMARY KEY,
    role        text NOT NULL,
    subject     text NOT NULL,
    territories text[] NOT NULL DEFAULT '{}', -- none: all
    label       text NOT NULL DEFAULT '',
    revoked_at  timestamptz,
    created_at  timestamptz NOT NULL DEFAULT now()
);

-- +goose Down
DROP TABLE tokens, idempotency, import_rows, imports, files, messages, visits, appointments, job_commands,
    alert_acks, job_events_superseded, job_events, jobs, register, shifts, certificates, installers, territories, standards;
DROP SEQUENCE service_numbers;
