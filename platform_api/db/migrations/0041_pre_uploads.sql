-- Uploads that have begun: their sealed bytes lie on disk, and how far they have come is read there.

CREATE TABLE uploads (
    id uuid PRIMARY KEY,
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    owner text NOT NULL,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 255),
    size bigint NOT NULL CHECK (size > 0),
    modified_ms bigint NOT NULL DEFAULT 0,
    begun_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);

CREATE INDEX uploads_owner_idx ON uploads (owner, id);
CREATE INDEX uploads_organisation_idx ON uploads (organisation_id);
CREATE INDEX uploads_expiry_idx ON uploads (expires_at);
CREATE INDEX files_used_idx ON files (organisation_id) INCLUDE (size);

ALTER TABLE uploads ENABLE ROW LEVEL SECURITY;
ALTER TABLE uploads FORCE ROW LEVEL SECURITY;
CREATE POLICY of_owner ON uploads USING (
    owner = (SELECT scopecast_actor()) AND organisation_id = (SELECT scopecast_organisation())
);
CREATE POLICY swept ON uploads USING ((SELECT scopecast_is_system()));
GRANT SELECT, INSERT, DELETE ON uploads TO scopecast_app;
