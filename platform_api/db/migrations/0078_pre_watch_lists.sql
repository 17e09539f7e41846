-- Emergency accesses as a list of those who review them: by verdict, by who opened, by node, in the order of opening.

ALTER TABLE break_glass ADD COLUMN verdict text NOT NULL GENERATED ALWAYS AS (
    CASE WHEN justified IS NULL THEN 'waiting' WHEN justified THEN 'justified' ELSE 'unjustified' END
) STORED;

CREATE INDEX break_glass_verdict_idx ON break_glass (verdict);
CREATE INDEX break_glass_opened_at_idx ON break_glass (opened_at, id);
CREATE INDEX break_glass_organisation_opened_at_idx ON break_glass (organisation_id, opened_at, id);

-- Who opened, from where, and who reviewed: people of other organisations, whose names the reviewer of the node reads
-- with the access alone. By the owner, for rules keep their rows from whoever reviews.
CREATE FUNCTION break_glass_names(opening uuid) RETURNS text[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    SELECT ARRAY[u.name, o.name, r.name]
    FROM public.break_glass b
    JOIN public.users u ON u.id = b.user_id
    JOIN public.organisations o ON o.id = u.organisation_id
    LEFT JOIN public.users r ON r.id = b.reviewed_by
    WHERE b.id = opening AND b.organisation_id = ANY ((SELECT scopecast_scope())::uuid[])
$$;
REVOKE ALL ON FUNCTION break_glass_names(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION break_glass_names(uuid) TO scopecast_app;

CREATE VIEW break_glass_rows WITH (security_invoker = true) AS
SELECT
    b.id, b.organisation_id, n.name AS organisation_name, b.user_id, (break_glass_names(b.id))[1] AS user_name,
    (break_glass_names(b.id))[2] AS user_organisation_name, b.reason, b.verdict, b.opened_at,
    coalesce(g.ended_at, b.ends_at) AS ends_at, (break_glass_names(b.id))[3] AS reviewer_name, b.reviewed_at, b.remark
FROM break_glass b
LEFT JOIN organisations n ON n.id = b.organisation_id
LEFT JOIN given_roles g ON g.id = b.given_role_id
WHERE b.organisation_id = ANY ((SELECT scopecast_scope())::uuid[]);

GRANT SELECT ON break_glass_rows TO scopecast_app;

-- Alarms of the trail as a list, each with who saw to it; seen as the entries are.
CREATE VIEW settled_alarms WITH (security_invoker = true) AS
SELECT (details ->> 'raised')::bigint AS key FROM audit_entries WHERE tag = 'alarm.settled' AND details ? 'raised';

CREATE VIEW alarm_rows WITH (security_invoker = true) AS
SELECT
    a.number, a.at, a.target, nullif(a.details ->> 'actor', '') AS actor, a.details ->> 'actor_name' AS actor_name,
    (a.details ->> 'count')::integer AS count, a.number IN (SELECT key FROM settled_alarms) AS settled,
    (
        SELECT s.actor_name FROM audit_entries s
        WHERE s.tag = 'alarm.settled' AND s.details ->> 'raised' = a.number::text
        ORDER BY s.number LIMIT 1
    ) AS settled_by
FROM audit_entries a
WHERE a.tag = 'alarm.raised' AND (
    a.organisation_id = ANY ((SELECT scopecast_scope())::uuid[])
    OR (
        a.organisation_id IS NULL
        AND EXISTS (SELECT FROM organisations WHERE id = scopecast_organisation() AND parent_id IS NULL)
    )
);

GRANT SELECT ON settled_alarms, alarm_rows TO scopecast_app;
