-- Roles composed of permissions for a node of the tree and what lies below it. Nobody has one as a base role: it is
-- given for a node and a period like any other. What the three duties may is in none of them, nor is one held beside a
-- duty (AZ-07): the database refuses both.

CREATE TABLE composed_roles (
    id uuid PRIMARY KEY,
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    name_zh text NOT NULL CHECK (length(name_zh) BETWEEN 1 AND 30),
    name_en text NOT NULL CHECK (length(name_en) BETWEEN 1 AND 60),
    permissions text[] NOT NULL CHECK (cardinality(permissions) BETWEEN 1 AND 60),
    revision integer NOT NULL DEFAULT 1,
    made_at timestamptz NOT NULL,
    made_by text NOT NULL,
    changed_at timestamptz NOT NULL,
    changed_by_name text NOT NULL,
    retired_at timestamptz,
    CONSTRAINT composed_roles_apart CHECK (NOT permissions && ARRAY[
        'operation.view', 'rooms.inspect', 'jobs.view', 'jobs.manage', 'users.manage', 'roles.give', 'roles.compose',
        'duties.give', 'organisations.view', 'alarms.view', 'alarms.settle', 'break_glass.review', 'audit.view'
    ])
);

CREATE UNIQUE INDEX composed_roles_zh_key ON composed_roles (organisation_id, name_zh) WHERE retired_at IS NULL;
CREATE UNIQUE INDEX composed_roles_en_key ON composed_roles (organisation_id, lower(name_en)) WHERE retired_at IS NULL;

ALTER TABLE given_roles ADD COLUMN composed_id uuid REFERENCES composed_roles (id);
ALTER TABLE given_roles DROP CONSTRAINT given_roles_role_check;
ALTER TABLE given_roles ADD CONSTRAINT given_roles_role_check CHECK (
    role IN ('expert', 'doctor', 'office', 'administrator', 'emergency', 'composed')
    AND (role = 'composed') = (composed_id IS NOT NULL)
);
CREATE INDEX given_roles_composed_idx ON given_roles (composed_id) WHERE ended_at IS NULL;

ALTER TABLE composed_roles ENABLE ROW LEVEL SECURITY;
ALTER TABLE composed_roles FORCE ROW LEVEL SECURITY;
-- One is seen where it may be given, by whoever keeps it, and by whoever holds it.
CREATE POLICY seen ON composed_roles FOR SELECT USING (
    (SELECT scopecast_is_system())
    OR organisation_id = ANY ((SELECT scopecast_scope())::uuid[])
    OR organisation_id IN (
        SELECT ancestor_id FROM organisation_paths WHERE descendant_id = (SELECT scopecast_organisation())
    )
    OR id IN (SELECT composed_id FROM given_roles WHERE user_id = (SELECT scopecast_actor_id()))
);
CREATE POLICY composed ON composed_roles FOR INSERT WITH CHECK (
    organisation_id = ANY ((SELECT scopecast_scope())::uuid[])
);
CREATE POLICY changed ON composed_roles FOR UPDATE USING (
    organisation_id = ANY ((SELECT scopecast_scope())::uuid[])
);

GRANT SELECT, INSERT ON composed_roles TO scopecast_app;
GRANT UPDATE (name_zh, name_en, permissions, revision, changed_at, changed_by_name, retired_at) ON composed_roles
TO scopecast_app;

CREATE OR REPLACE FUNCTION duties_apart() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    held text[];
BEGIN
    SELECT roles INTO held FROM users WHERE id = NEW.user_id FOR UPDATE;
    IF NEW.ended_at IS NULL AND (
        'administrator' = ANY (held)
        OR EXISTS (
            SELECT FROM given_roles
            WHERE user_id = NEW.user_id AND role IN ('administrator', 'composed') AND ended_at IS NULL
        )
    ) THEN
        RAISE EXCEPTION 'duties: % keeps accounts or holds a composed role, and holds no duty', NEW.user_id
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'duties_apart';
    END IF;
    RETURN NEW;
END;
$$;

-- A composed role is given at its own node or below it, while it is not retired.
CREATE OR REPLACE FUNCTION given_roles_apart() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM users WHERE id = NEW.user_id FOR UPDATE;
    IF NEW.role IN ('administrator', 'composed')
        AND EXISTS (SELECT FROM duties WHERE user_id = NEW.user_id AND ended_at IS NULL) THEN
        RAISE EXCEPTION 'duties: % holds a duty, keeps no accounts and holds no composed role', NEW.user_id
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'given_roles_apart';
    END IF;
    IF NEW.role = 'composed' AND NOT EXISTS (
        SELECT FROM composed_roles r JOIN organisation_paths p ON p.ancestor_id = r.organisation_id
        WHERE r.id = NEW.composed_id AND r.retired_at IS NULL AND p.descendant_id = NEW.organisation_id
    ) THEN
        RAISE EXCEPTION 'roles: % is not given there', NEW.composed_id
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'given_roles_reach';
    END IF;
    RETURN NEW;
END;
$$;
