-- Organisations: by what names they are found, which codes they have at other authorities, whether they are closed or
-- were merged into another, and what was done to them by whom and why.

ALTER TABLE organisations DROP CONSTRAINT organisations_kind_check;
ALTER TABLE organisations
    ADD CONSTRAINT organisations_kind_check CHECK (kind IN (
        'nation', 'province', 'city', 'county', 'hospital', 'department', 'office', 'university', 'group'
    )),
    ADD COLUMN short_name text NOT NULL DEFAULT '' CHECK (length(short_name) <= 60),
    ADD COLUMN aliases text[] NOT NULL DEFAULT '{}' CHECK (cardinality(aliases) <= 20),
    ADD COLUMN name_key text NOT NULL DEFAULT '',
    ADD COLUMN search_tokens text[] NOT NULL DEFAULT '{}',
    ADD COLUMN search_text text NOT NULL DEFAULT '',
    ADD COLUMN version integer NOT NULL DEFAULT 1,
    ADD COLUMN closed_at timestamptz,
    ADD COLUMN merged_into uuid REFERENCES organisations (id),
    ADD CONSTRAINT organisations_merged_check
        CHECK (merged_into IS NULL OR (closed_at IS NOT NULL AND merged_into <> id));

CREATE INDEX organisations_parent_idx ON organisations (parent_id, name_key, id);
CREATE INDEX organisations_search_idx ON organisations USING gin (search_tokens);
CREATE INDEX organisations_unsearchable_idx ON organisations (id) WHERE search_text = '';

-- What others call an organisation: one code of an authority is one organisation's. After a merger the codes of the
-- one lead to the other; `origin_id` tells whose they were.
CREATE TABLE organisation_codes (
    authority text NOT NULL CHECK (length(authority) BETWEEN 1 AND 40),
    code text NOT NULL CHECK (length(code) BETWEEN 1 AND 60),
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    origin_id uuid NOT NULL REFERENCES organisations (id),
    added_at timestamptz NOT NULL,
    PRIMARY KEY (authority, code)
);

CREATE INDEX organisation_codes_organisation_idx ON organisation_codes (organisation_id, authority, code);

ALTER TABLE organisation_codes ENABLE ROW LEVEL SECURITY;
ALTER TABLE organisation_codes FORCE ROW LEVEL SECURITY;
CREATE POLICY of_organisation ON organisation_codes USING (
    organisation_id = ANY ((SELECT scopecast_scope())::uuid[]) OR (SELECT scopecast_is_system())
);

-- What was done to an organisation; it only grows.
CREATE TABLE organisation_changes (
    id uuid PRIMARY KEY,
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    kind text NOT NULL CHECK (
        kind IN ('created', 'changed', 'moved', 'merged', 'absorbed', 'closed', 'reopened')
    ),
    at timestamptz NOT NULL,
    actor text NOT NULL,
    actor_name text NOT NULL,
    reason text NOT NULL CHECK (length(reason) <= 500),
    before jsonb NOT NULL,
    after jsonb NOT NULL
);

CREATE INDEX organisation_changes_organisation_idx ON organisation_changes (organisation_id, id);

ALTER TABLE organisation_changes ENABLE ROW LEVEL SECURITY;
ALTER TABLE organisation_changes FORCE ROW LEVEL SECURITY;
CREATE POLICY of_organisation ON organisation_changes USING (
    organisation_id = ANY ((SELECT scopecast_scope())::uuid[]) OR (SELECT scopecast_is_system())
);

GRANT SELECT, INSERT, UPDATE, DELETE ON organisation_codes TO scopecast_app;
GRANT SELECT, INSERT ON organisation_changes TO scopecast_app;
