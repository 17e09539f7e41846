-- Roles given for a node of the tree and a period: a right holds at the node and below it, from `starts_at` until
-- `ends_at` (for good if there is none). Rows stay as history; what ended says when and by whom. Who gives and ends them
-- is somebody in whose scope the node is.

CREATE TABLE given_roles (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users (id),
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    role text NOT NULL CHECK (role IN ('expert', 'doctor', 'office', 'administrator', 'emergency')),
    starts_at timestamptz NOT NULL,
    ends_at timestamptz CHECK (ends_at > starts_at),
    given_at timestamptz NOT NULL,
    given_by text NOT NULL,
    given_by_name text NOT NULL,
    ended_at timestamptz,
    ended_by text,
    ended_by_name text,
    CHECK ((ended_at IS NULL) = (ended_by IS NULL)),
    CHECK (role <> 'emergency' OR ends_at <= starts_at + interval '60 minutes')
);

CREATE INDEX given_roles_user_idx ON given_roles (user_id, id DESC);
CREATE INDEX given_roles_open_idx ON given_roles (user_id) WHERE ended_at IS NULL;
CREATE INDEX given_roles_ends_idx ON given_roles (ends_at) WHERE ended_at IS NULL;
CREATE INDEX given_roles_node_idx ON given_roles (organisation_id, id DESC);

ALTER TABLE given_roles ENABLE ROW LEVEL SECURITY;
ALTER TABLE given_roles FORCE ROW LEVEL SECURITY;
CREATE POLICY seen ON given_roles FOR SELECT USING (
    (SELECT scopecast_is_system())
    OR user_id = (SELECT scopecast_actor_id())
    OR organisation_id = ANY ((SELECT scopecast_scope())::uuid[])
);
CREATE POLICY given ON given_roles FOR INSERT WITH CHECK (
    (SELECT scopecast_is_system()) OR organisation_id = ANY ((SELECT scopecast_scope())::uuid[])
);
CREATE POLICY ended ON given_roles FOR UPDATE USING (
    (SELECT scopecast_is_system()) OR organisation_id = ANY ((SELECT scopecast_scope())::uuid[])
);

GRANT SELECT, INSERT ON given_roles TO scopecast_app;
GRANT UPDATE (ended_at, ended_by, ended_by_name) ON given_roles TO scopecast_app;

-- Who keeps accounts, be it at another node and for a day, holds no duty (AZ-07).
CREATE OR REPLACE FUNCTION duties_apart() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    held text[];
BEGIN
    SELECT roles INTO held FROM users WHERE id = NEW.user_id FOR UPDATE;
    IF NEW.ended_at IS NULL AND (
        'administrator' = ANY (held)
        OR EXISTS (
            SELECT FROM given_roles
            WHERE user_id = NEW.user_id AND role = 'administrator' AND ended_at IS NULL
        )
    ) THEN
        RAISE EXCEPTION 'duties: % keeps accounts and holds no duty', NEW.user_id
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'duties_apart';
    END IF;
    RETURN NEW;
END;
$$;

CREATE FUNCTION given_roles_apart() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM users WHERE id = NEW.user_id FOR UPDATE;
    IF NEW.role = 'administrator' AND EXISTS (SELECT FROM duties WHERE user_id = NEW.user_id AND ended_at IS NULL) THEN
        RAISE EXCEPTION 'duties: % holds a duty and keeps no accounts', NEW.user_id
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'given_roles_apart';
    END IF;
    RETURN NEW;
END;
$$;
CREATE TRIGGER given_roles_apart BEFORE INSERT ON given_roles FOR EACH ROW EXECUTE FUNCTION given_roles_apart();
