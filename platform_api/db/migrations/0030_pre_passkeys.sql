-- passkeys and recovery codes ---------------------------------------------------------------------

-- Keys of people's devices: only the public half. `suspended_at`: its counter went backwards, so a copy of it
-- is about, and it opens nothing until it is removed and registered anew.
CREATE TABLE passkeys (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users (id),
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 60),
    credential_id bytea NOT NULL UNIQUE CHECK (length(credential_id) <= 1023),
    public_key bytea NOT NULL,
    sign_count bigint NOT NULL CHECK (sign_count >= 0),
    relying_party text NOT NULL,
    transports text[] NOT NULL DEFAULT '{}',
    backed_up boolean NOT NULL,
    created_at timestamptz NOT NULL,
    used_at timestamptz,
    suspended_at timestamptz
);

CREATE INDEX passkeys_user_idx ON passkeys (user_id, id);

-- What an authenticator was asked to sign: good for one answer, for some minutes.
CREATE TABLE passkey_challenges (
    challenge bytea PRIMARY KEY,
    purpose text NOT NULL CHECK (purpose IN ('register', 'sign_in', 'second')),
    user_id uuid REFERENCES users (id),
    relying_party text NOT NULL,
    origin text NOT NULL,
    expires_at timestamptz NOT NULL
);

CREATE INDEX passkey_challenges_expiry_idx ON passkey_challenges (expires_at);

-- Each code once; kept as HMAC under a key outside the database.
CREATE TABLE recovery_codes (
    user_id uuid NOT NULL REFERENCES users (id),
    code_hash bytea NOT NULL,
    used_at timestamptz,
    PRIMARY KEY (user_id, code_hash)
);

ALTER TABLE logins ADD COLUMN agent text NOT NULL DEFAULT '';
ALTER TABLE logins ADD COLUMN method text NOT NULL DEFAULT 'password';

ALTER TABLE passkeys ENABLE ROW LEVEL SECURITY;
ALTER TABLE passkeys FORCE ROW LEVEL SECURITY;
CREATE POLICY own_or_of_organisation ON passkeys USING (
    user_id = scopecast_actor_id()
    OR user_id IN (SELECT id FROM users WHERE organisation_id = ANY ((SELECT scopecast_scope())::uuid[]))
    OR (SELECT scopecast_is_system())
);

ALTER TABLE passkey_challenges ENABLE ROW LEVEL SECURITY;
ALTER TABLE passkey_challenges FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON passkey_challenges
    USING (user_id = scopecast_actor_id() OR (SELECT scopecast_is_system()));

ALTER TABLE recovery_codes ENABLE ROW LEVEL SECURITY;
ALTER TABLE recovery_codes FORCE ROW LEVEL SECURITY;
CREATE POLICY own_or_of_organisation ON recovery_codes USING (
    user_id = scopecast_actor_id()
    OR user_id IN (SELECT id FROM users WHERE organisation_id = ANY ((SELECT scopecast_scope())::uuid[]))
    OR (SELECT scopecast_is_system())
);

GRANT SELECT, INSERT, UPDATE, DELETE ON passkeys, recovery_codes TO scopecast_app;
GRANT SELECT, INSERT, DELETE ON passkey_challenges TO scopecast_app;
