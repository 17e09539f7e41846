-- keys of programs, certificates of people --------------------------------------------------------

-- What lets a program in on behalf of who made the key: hashed, with an end, and counted by the minute and day.
CREATE TABLE api_keys (
    id uuid PRIMARY KEY,
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    user_id uuid NOT NULL REFERENCES users (id),
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 80),
    prefix text NOT NULL,
    key_hash bytea NOT NULL UNIQUE,
    scopes text[] NOT NULL CHECK (cardinality(scopes) > 0),
    per_minute integer NOT NULL CHECK (per_minute > 0),
    per_day integer NOT NULL CHECK (per_day > 0),
    minute_at timestamptz NOT NULL DEFAULT '-infinity',
    minute_count integer NOT NULL DEFAULT 0,
    day_at timestamptz NOT NULL DEFAULT '-infinity',
    day_count integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    revoked_at timestamptz
);

CREATE INDEX api_keys_organisation_idx ON api_keys (organisation_id, id);
CREATE INDEX api_keys_user_idx ON api_keys (user_id);

-- Certificates that a proxy of ours vouches for, bound to their user.
CREATE TABLE user_certificates (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users (id),
    fingerprint bytea NOT NULL UNIQUE CHECK (length(fingerprint) = 32),
    subject text NOT NULL,
    ends_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    used_at timestamptz
);

CREATE INDEX user_certificates_user_idx ON user_certificates (user_id, id);

ALTER TABLE api_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE api_keys FORCE ROW LEVEL SECURITY;
CREATE POLICY of_organisation ON api_keys USING (
    organisation_id = ANY ((SELECT scopecast_scope())::uuid[]) OR (SELECT scopecast_is_system())
);

ALTER TABLE user_certificates ENABLE ROW LEVEL SECURITY;
ALTER TABLE user_certificates FORCE ROW LEVEL SECURITY;
CREATE POLICY own_or_of_organisation ON user_certificates USING (
    user_id = scopecast_actor_id()
    OR user_id IN (SELECT id FROM users WHERE organisation_id = ANY ((SELECT scopecast_scope())::uuid[]))
    OR (SELECT scopecast_is_system())
);

GRANT SELECT, INSERT, UPDATE ON api_keys TO scopecast_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON user_certificates TO scopecast_app;
