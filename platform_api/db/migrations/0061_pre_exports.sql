-- Lists taken away as files: who asked, for what purpose, who allowed it, what was in it.

CREATE SEQUENCE export_numbers;

CREATE TABLE exports (
    id uuid PRIMARY KEY,
    number bigint NOT NULL UNIQUE DEFAULT nextval('export_numbers'),
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    owner text NOT NULL,
    owner_name text NOT NULL,
    table_name text NOT NULL,
    format text NOT NULL CHECK (format IN ('xlsx', 'csv')),
    language text NOT NULL CHECK (language IN ('zh-CN', 'en')),
    purpose text NOT NULL CHECK (length(purpose) BETWEEN 4 AND 200),
    question jsonb NOT NULL,
    columns text[] NOT NULL CHECK (cardinality(columns) > 0),
    opened text[] NOT NULL DEFAULT '{}',
    expected bigint NOT NULL,
    state text NOT NULL CHECK (
        state IN ('waiting', 'queued', 'running', 'done', 'refused', 'cancelled', 'failed', 'expired')
    ),
    rows bigint NOT NULL DEFAULT 0,
    size bigint NOT NULL DEFAULT 0,
    sha256 text,
    asked_at timestamptz NOT NULL,
    decided_by text,
    decided_name text,
    decided_at timestamptz,
    decision_reason text NOT NULL DEFAULT '',
    ended_at timestamptz,
    expires_at timestamptz,
    CONSTRAINT not_by_the_owner CHECK (decided_by <> owner),
    CHECK ((decided_by IS NULL) = (decided_at IS NULL))
);

CREATE INDEX exports_owner_idx ON exports (owner, number DESC);
CREATE INDEX exports_waiting_idx ON exports (organisation_id, number) WHERE state = 'waiting';
CREATE INDEX exports_expires_idx ON exports (expires_at) WHERE state = 'done';

ALTER TABLE exports ENABLE ROW LEVEL SECURITY;
ALTER TABLE exports FORCE ROW LEVEL SECURITY;
CREATE POLICY scoped ON exports USING (
    owner = scopecast_actor()
    OR organisation_id = ANY ((SELECT scopecast_scope())::uuid[])
    OR (SELECT scopecast_is_system())
);

GRANT SELECT, INSERT, UPDATE ON exports TO scopecast_app;
GRANT USAGE ON SEQUENCE export_numbers TO scopecast_app;
