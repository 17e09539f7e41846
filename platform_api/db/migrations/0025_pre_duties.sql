-- The three duties (AZ-07): system, security and audit administrator. Nobody holds two at a time, and nobody who
-- keeps the accounts of an organisation (role `administrator`) holds one: the database refuses both.

CREATE TABLE duties (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users (id),
    duty text NOT NULL CHECK (duty IN ('system', 'security', 'audit')),
    given_at timestamptz NOT NULL,
    given_by text NOT NULL,
    ended_at timestamptz CHECK (ended_at >= given_at),
    ended_by text,
    CHECK ((ended_at IS NULL) = (ended_by IS NULL))
);

CREATE UNIQUE INDEX duties_one_key ON duties (user_id) WHERE ended_at IS NULL;
CREATE INDEX duties_held_idx ON duties (duty, given_at) WHERE ended_at IS NULL;

ALTER TABLE duties ENABLE ROW LEVEL SECURITY;
ALTER TABLE duties FORCE ROW LEVEL SECURITY;
CREATE POLICY own_or_of_organisation ON duties USING (
    (SELECT scopecast_is_system())
    OR user_id = (SELECT scopecast_actor_id())
    OR EXISTS (SELECT FROM users WHERE users.id = user_id)
);

GRANT SELECT, INSERT ON duties TO scopecast_app;
GRANT UPDATE (ended_at, ended_by) ON duties TO scopecast_app;

-- Each of the two looks at the other under the lock of the account's row, so that two at once do not pass.
CREATE FUNCTION duties_apart() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    held text[];
BEGIN
    SELECT roles INTO held FROM users WHERE id = NEW.user_id FOR UPDATE;
    IF NEW.ended_at IS NULL AND 'administrator' = ANY (held) THEN
        RAISE EXCEPTION 'duties: % keeps accounts and holds no duty', NEW.user_id
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'duties_apart';
    END IF;
    RETURN NEW;
END;
$$;
CREATE TRIGGER duties_apart BEFORE INSERT OR UPDATE ON duties FOR EACH ROW EXECUTE FUNCTION duties_apart();

CREATE FUNCTION roles_apart() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF 'administrator' = ANY (NEW.roles)
        AND EXISTS (SELECT FROM duties WHERE user_id = NEW.id AND ended_at IS NULL) THEN
        RAISE EXCEPTION 'duties: % holds a duty and keeps no accounts', NEW.id
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'roles_apart';
    END IF;
    RETURN NEW;
END;
$$;
CREATE TRIGGER roles_apart BEFORE UPDATE OF roles ON users FOR EACH ROW EXECUTE FUNCTION roles_apart();
