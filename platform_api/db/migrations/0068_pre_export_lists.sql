-- Exports as lists: one's own, and those that wait for somebody else to agree.

CREATE INDEX exports_asked_at_idx ON exports (asked_at, id);
CREATE INDEX exports_organisation_asked_at_idx ON exports (organisation_id, asked_at, id);
CREATE INDEX exports_state_idx ON exports (state);

CREATE VIEW export_rows WITH (security_invoker = true) AS
SELECT
    e.id, e.organisation_id, e.owner, e.owner_name, e.state, e.asked_at, e.format, e.purpose, e.table_name,
    'E' || to_char(e.asked_at AT TIME ZONE 'UTC', 'YYYYMMDD') || '-' || lpad(e.number::text, 6, '0') AS reference,
    (SELECT string_agg(e.table_name || '.' || name, ' ') FROM unnest(e.columns) AS name) AS columns,
    (SELECT string_agg(e.table_name || '.' || name, ' ') FROM unnest(e.opened) AS name) AS opened,
    jsonb_array_length(e.question -> 'filters') + (e.question ->> 'text' <> '')::integer AS filters,
    e.expected, e.rows, e.sha256, e.decided_name, e.decision_reason, e.expires_at
FROM exports e
WHERE e.owner = scopecast_actor();

CREATE VIEW export_waiting_rows WITH (security_invoker = true) AS
SELECT
    e.id, e.organisation_id, e.owner, e.owner_name, e.state, e.asked_at, e.format, e.purpose, e.table_name,
    'E' || to_char(e.asked_at AT TIME ZONE 'UTC', 'YYYYMMDD') || '-' || lpad(e.number::text, 6, '0') AS reference,
    (SELECT string_agg(e.table_name || '.' || name, ' ') FROM unnest(e.columns) AS name) AS columns,
    (SELECT string_agg(e.table_name || '.' || name, ' ') FROM unnest(e.opened) AS name) AS opened,
    jsonb_array_length(e.question -> 'filters') + (e.question ->> 'text' <> '')::integer AS filters,
    e.expected
FROM exports e
WHERE e.state = 'waiting' AND e.owner <> scopecast_actor()
    AND e.organisation_id = ANY ((SELECT scopecast_scope())::uuid[]);

GRANT SELECT ON export_rows, export_waiting_rows TO scopecast_app;
