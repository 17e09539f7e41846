-- Saved views of lists: which columns, filters and order somebody likes; the own, and those that colleagues share.

CREATE TABLE table_views (
    id uuid PRIMARY KEY,
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    owner text NOT NULL,
    owner_name text NOT NULL,
    table_name text NOT NULL CHECK (length(table_name) BETWEEN 1 AND 63),
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 40),
    shared boolean NOT NULL DEFAULT false,
    settings jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    UNIQUE (owner, table_name, name)
);

CREATE INDEX table_views_shared_idx ON table_views (organisation_id, table_name, name) WHERE shared;

ALTER TABLE table_views ENABLE ROW LEVEL SECURITY;
ALTER TABLE table_views FORCE ROW LEVEL SECURITY;
CREATE POLICY own_or_shared ON table_views FOR SELECT USING (
    owner = scopecast_actor() OR (shared AND organisation_id = scopecast_organisation()) OR scopecast_is_system()
);
CREATE POLICY added ON table_views FOR INSERT
    WITH CHECK (owner = scopecast_actor() AND organisation_id = scopecast_organisation());
CREATE POLICY changed ON table_views FOR UPDATE USING (owner = scopecast_actor());
CREATE POLICY removed ON table_views FOR DELETE USING (owner = scopecast_actor());

GRANT SELECT, INSERT, UPDATE, DELETE ON table_views TO scopecast_app;
