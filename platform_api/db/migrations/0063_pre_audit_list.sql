-- The trail as a list: entries of the organisations that the asker may see; nobody's entries for the topmost alone.

CREATE VIEW audit_rows WITH (security_invoker = true) AS
SELECT
    number, at, tag, outcome, actor, coalesce(nullif(actor_name, ''), actor) AS actor_name, organisation_id, address,
    target_kind, target, details::text AS details
FROM audit_entries
WHERE organisation_id = ANY ((SELECT scopecast_scope())::uuid[])
    OR (
        organisation_id IS NULL
        AND EXISTS (SELECT FROM organisations WHERE id = scopecast_organisation() AND parent_id IS NULL)
    );

CREATE INDEX audit_entries_at_idx ON audit_entries (at, number);
CREATE INDEX audit_entries_tag_idx ON audit_entries (tag, number);
CREATE INDEX audit_entries_target_idx ON audit_entries (target, number);
GRANT SELECT ON audit_rows TO scopecast_app;
