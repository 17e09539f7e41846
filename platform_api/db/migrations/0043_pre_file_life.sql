-- Versions of a file, and its end: a mark with a reason, later its bytes by rule. The row stays.

ALTER TABLE files
    ADD COLUMN replaces uuid UNIQUE REFERENCES files (id),
    ADD COLUMN version integer NOT NULL DEFAULT 1 CHECK (version >= 1),
    ADD COLUMN retention text NOT NULL DEFAULT 'working'
        CHECK (retention IN ('working', 'outpatient', 'inpatient')),
    ADD COLUMN deleted_at timestamptz,
    ADD COLUMN deleted_by text,
    ADD COLUMN delete_reason text
        CHECK (delete_reason IN ('mistake', 'wrong_patient', 'withdrawn', 'outdated', 'other')),
    ADD COLUMN purged_at timestamptz,
    ADD CONSTRAINT files_deleted_check CHECK (
        (deleted_at IS NULL) = (delete_reason IS NULL) AND (deleted_at IS NULL) = (deleted_by IS NULL)
    ),
    ADD CONSTRAINT files_purged_check CHECK (purged_at IS NULL OR deleted_at IS NOT NULL);

CREATE INDEX files_deleted_idx ON files (deleted_at) WHERE deleted_at IS NOT NULL AND purged_at IS NULL;
