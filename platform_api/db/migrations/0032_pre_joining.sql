-- joining -----------------------------------------------------------------------------------------

ALTER TABLE users ADD COLUMN speciality text NOT NULL DEFAULT '';

-- How to reach a user: sealed, and found again by a keyed look-up alone.
CREATE TABLE user_contacts (
    user_id uuid PRIMARY KEY REFERENCES users (id),
    phone_sealed bytea,
    phone_lookup bytea,
    document_sealed bytea,
    document_lookup bytea UNIQUE,
    changed_at timestamptz NOT NULL
);

CREATE INDEX user_contacts_phone_idx ON user_contacts (phone_lookup);

-- Who asks for an account, until the organisation has answered.
CREATE TABLE registrations (
    id uuid PRIMARY KEY,
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    code_hash bytea NOT NULL UNIQUE,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 80),
    phone_sealed bytea NOT NULL,
    phone_lookup bytea NOT NULL,
    title text NOT NULL,
    speciality text NOT NULL,
    reason text NOT NULL CHECK (length(reason) <= 500),
    locale text NOT NULL,
    state text NOT NULL CHECK (state IN ('waiting', 'approved', 'refused')),
    answer text NOT NULL DEFAULT '',
    user_id uuid REFERENCES users (id),
    reviewed_by uuid REFERENCES users (id),
    reviewed_at timestamptz,
    created_at timestamptz NOT NULL,
    CHECK ((state = 'approved') = (user_id IS NOT NULL))
);

CREATE INDEX registrations_state_idx ON registrations (state, id);
CREATE INDEX registrations_organisation_idx ON registrations (organisation_id, state, id);
CREATE INDEX registrations_phone_idx ON registrations (phone_lookup) WHERE state = 'waiting';

-- A link that makes one account.
CREATE TABLE user_invitations (
    id uuid PRIMARY KEY,
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    roles text[] NOT NULL CHECK (cardinality(roles) > 0),
    name text NOT NULL,
    url_hash bytea NOT NULL UNIQUE,
    created_by uuid NOT NULL REFERENCES users (id),
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    user_id uuid REFERENCES users (id),
    revoked_at timestamptz
);

CREATE INDEX user_invitations_organisation_idx ON user_invitations (organisation_id, id);

-- A checked list of users to be made, and once they are made what each is to be told: sealed, and handed out once.
CREATE TABLE user_imports (
    id uuid PRIMARY KEY,
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    made_by uuid NOT NULL REFERENCES users (id),
    rows integer NOT NULL CHECK (rows > 0),
    state text NOT NULL CHECK (state IN ('checked', 'accepted', 'handed_out')),
    sealed bytea,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);

CREATE INDEX user_imports_organisation_idx ON user_imports (organisation_id, id);
CREATE INDEX user_imports_expiry_idx ON user_imports (expires_at) WHERE sealed IS NOT NULL;

ALTER TABLE user_contacts ENABLE ROW LEVEL SECURITY;
ALTER TABLE user_contacts FORCE ROW LEVEL SECURITY;
CREATE POLICY own_or_of_organisation ON user_contacts USING (
    user_id = scopecast_actor_id()
    OR user_id IN (SELECT id FROM users WHERE organisation_id = ANY ((SELECT scopecast_scope())::uuid[]))
    OR (SELECT scopecast_is_system())
);

ALTER TABLE registrations ENABLE ROW LEVEL SECURITY;
ALTER TABLE registrations FORCE ROW LEVEL SECURITY;
CREATE POLICY of_organisation ON registrations USING (
    organisation_id = ANY ((SELECT scopecast_scope())::uuid[]) OR (SELECT scopecast_is_system())
);

ALTER TABLE user_invitations ENABLE ROW LEVEL SECURITY;
ALTER TABLE user_invitations FORCE ROW LEVEL SECURITY;
CREATE POLICY of_organisation ON user_invitations USING (
    organisation_id = ANY ((SELECT scopecast_scope())::uuid[]) OR (SELECT scopecast_is_system())
);

ALTER TABLE user_imports ENABLE ROW LEVEL SECURITY;
ALTER TABLE user_imports FORCE ROW LEVEL SECURITY;
CREATE POLICY of_organisation ON user_imports USING (
    organisation_id = ANY ((SELECT scopecast_scope())::uuid[]) OR (SELECT scopecast_is_system())
);

GRANT SELECT, INSERT, UPDATE ON user_contacts, registrations, user_invitations, user_imports TO scopecast_app;
