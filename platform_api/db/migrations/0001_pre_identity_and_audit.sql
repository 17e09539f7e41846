-- Who there is, who is signed in, who was invited; and the audit trail.

CREATE TABLE organisations (
    id uuid PRIMARY KEY,
    parent_id uuid REFERENCES organisations (id),
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 120),
    kind text NOT NULL CHECK (kind IN ('hospital', 'office', 'university', 'group')),
    region_code text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL
);

CREATE TABLE users (
    id uuid PRIMARY KEY,
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    username text NOT NULL CHECK (username = lower(username)),
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 80),
    title text NOT NULL DEFAULT '',
    locale text NOT NULL DEFAULT 'zh-CN',
    roles text[] NOT NULL DEFAULT '{}',
    password_hash text,
    must_change_password boolean NOT NULL DEFAULT true,
    totp_sealed bytea,
    totp_confirmed_at timestamptz,
    totp_last_step bigint NOT NULL DEFAULT -1,
    activation_hash bytea UNIQUE,
    activation_expires_at timestamptz,
    disabled_at timestamptz,
    created_at timestamptz NOT NULL
);

CREATE UNIQUE INDEX users_username_key ON users (username);
CREATE INDEX users_organisation_idx ON users (organisation_id, id);

CREATE TABLE invitations (
    id uuid PRIMARY KEY,
    session_id uuid NOT NULL,
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    kind text NOT NULL CHECK (kind IN ('commentator')),
    name text NOT NULL,
    title text NOT NULL DEFAULT '',
    hospital text NOT NULL DEFAULT '',
    url_hash bytea NOT NULL UNIQUE,
    code_hash bytea NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    guest_id uuid NOT NULL UNIQUE,
    created_by uuid NOT NULL REFERENCES users (id),
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    redeemed_at timestamptz,
    revoked_at timestamptz
);

CREATE INDEX invitations_session_idx ON invitations (session_id, id);

-- One signing-in of a user, or of a guest by a pass (an invitation or a share link) to one session;
-- access and refresh tokens name it.
CREATE TABLE logins (
    id uuid PRIMARY KEY,
    user_id uuid REFERENCES users (id),
    guest_id uuid,
    guest_name text,
    guest_kind text CHECK (guest_kind IN ('commentator', 'viewer')),
    guest_session_id uuid,
    pass_id uuid,
    address text NOT NULL,
    started_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    ended_at timestamptz,
    end_reason text,
    CHECK (num_nonnulls(user_id, guest_id) = 1),
    CHECK (num_nonnulls(guest_id, guest_name, guest_kind, guest_session_id, pass_id) IN (0, 5))
);

CREATE INDEX logins_user_idx ON logins (user_id) WHERE ended_at IS NULL;
CREATE INDEX logins_guest_idx ON logins (guest_id) WHERE ended_at IS NULL;
CREATE INDEX logins_pass_idx ON logins (pass_id) WHERE ended_at IS NULL;
CREATE INDEX logins_seen_idx ON logins (seen_at) WHERE ended_at IS NULL;

CREATE TABLE refresh_tokens (
    token_hash bytea PRIMARY KEY,
    login_id uuid NOT NULL REFERENCES logins (id) ON DELETE CASCADE,
    issued_at timestamptz NOT NULL,
    used_at timestamptz
);

CREATE INDEX refresh_tokens_login_idx ON refresh_tokens (login_id);

-- Judged attempts of the last minutes; what counts against whom is named by the key.
CREATE TABLE login_attempts (
    key text NOT NULL,
    at timestamptz NOT NULL
);

CREATE INDEX login_attempts_key_idx ON login_attempts (key, at);
CREATE INDEX login_attempts_at_idx ON login_attempts (at);

-- Who did what; it only grows, and each row's hash covers the one before.
CREATE TABLE audit_entries (
    number bigint PRIMARY KEY,
    at timestamptz NOT NULL,
    tag text NOT NULL,
    outcome text NOT NULL CHECK (outcome IN ('ok', 'refused', 'failed')),
    actor text NOT NULL,
    actor_name text NOT NULL,
    organisation_id uuid,
    address text NOT NULL,
    target_kind text NOT NULL,
    target text NOT NULL,
    details jsonb NOT NULL,
    previous_hash bytea NOT NULL,
    hash bytea NOT NULL
);

CREATE INDEX audit_entries_organisation_idx ON audit_entries (organisation_id, number);
CREATE INDEX audit_entries_actor_idx ON audit_entries (actor, number);

GRANT SELECT, INSERT, UPDATE ON organisations, users, invitations, logins TO scopecast_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON refresh_tokens TO scopecast_app;
GRANT SELECT, INSERT, DELETE ON login_attempts TO scopecast_app;
GRANT SELECT, INSERT ON audit_entries TO scopecast_app;
