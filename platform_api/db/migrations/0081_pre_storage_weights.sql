-- What is kept, as a job weighed it: by kind for the whole house, by organisation, and of each recording as long as
-- its folder is as it was. Figures are no possessions: an organisation that is merged has none to hand over, so there
-- is no foreign key; the next weighing puts all right.

CREATE TABLE storage_kinds (
    kind text PRIMARY KEY CHECK (length(kind) BETWEEN 1 AND 40),
    bytes bigint NOT NULL CHECK (bytes >= 0),
    items bigint NOT NULL CHECK (items >= 0),
    weighed_at timestamptz NOT NULL
);

CREATE TABLE organisation_storage (
    organisation_id uuid PRIMARY KEY,
    recordings bigint NOT NULL,
    files bigint NOT NULL,
    previews bigint NOT NULL,
    uploads bigint NOT NULL,
    exports bigint NOT NULL,
    total bigint NOT NULL GENERATED ALWAYS AS (recordings + files + previews + uploads + exports) STORED
);

CREATE INDEX organisation_storage_total_idx ON organisation_storage (total, organisation_id);
CREATE INDEX organisation_storage_recordings_idx ON organisation_storage (recordings, organisation_id);
CREATE INDEX organisation_storage_files_idx ON organisation_storage (files, organisation_id);

-- `changed_ns`: when the folder's own entries changed last, by its file system: another number, and it is weighed anew.
CREATE TABLE recording_weights (
    recording_id uuid PRIMARY KEY REFERENCES recordings (id) ON DELETE CASCADE,
    bytes bigint NOT NULL CHECK (bytes >= 0),
    changed_ns bigint NOT NULL
);

ALTER TABLE storage_kinds ENABLE ROW LEVEL SECURITY;
ALTER TABLE storage_kinds FORCE ROW LEVEL SECURITY;
CREATE POLICY of_house ON storage_kinds USING ((SELECT scopecast_is_system()));

ALTER TABLE recording_weights ENABLE ROW LEVEL SECURITY;
ALTER TABLE recording_weights FORCE ROW LEVEL SECURITY;
CREATE POLICY of_house ON recording_weights USING ((SELECT scopecast_is_system()));

ALTER TABLE organisation_storage ENABLE ROW LEVEL SECURITY;
ALTER TABLE organisation_storage FORCE ROW LEVEL SECURITY;
CREATE POLICY of_organisation ON organisation_storage FOR SELECT USING (
    organisation_id = ANY ((SELECT scopecast_scope())::uuid[]) OR (SELECT scopecast_is_system())
);
CREATE POLICY weighed ON organisation_storage USING ((SELECT scopecast_is_system()));

CREATE VIEW organisation_storage_rows WITH (security_invoker = true) AS
SELECT
    s.organisation_id, o.name AS organisation_name, s.recordings, s.files, s.previews, s.uploads, s.exports, s.total
FROM organisation_storage s
LEFT JOIN organisations o ON o.id = s.organisation_id;

GRANT SELECT, INSERT, DELETE ON storage_kinds, organisation_storage TO scopecast_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON recording_weights TO scopecast_app;
GRANT SELECT ON organisation_storage_rows TO scopecast_app;
