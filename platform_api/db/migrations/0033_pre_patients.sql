-- patients ----------------------------------------------------------------------------------------

-- A patient's own account: reached by a code to the telephone, never by a password, and never one of the staff.
CREATE TABLE patient_accounts (
    id uuid PRIMARY KEY,
    phone_sealed bytea NOT NULL,
    phone_lookup bytea NOT NULL UNIQUE,
    created_at timestamptz NOT NULL,
    disabled_at timestamptz
);

-- Codes sent to telephones: each good once, for some minutes and some tries.
CREATE TABLE phone_codes (
    id uuid PRIMARY KEY,
    phone_sealed bytea NOT NULL,
    phone_lookup bytea NOT NULL,
    code_hash bytea NOT NULL,
    tries integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz
);

CREATE INDEX phone_codes_expiry_idx ON phone_codes (expires_at);

ALTER TABLE logins ADD COLUMN patient_id uuid REFERENCES patient_accounts (id);
ALTER TABLE logins DROP CONSTRAINT logins_check;
ALTER TABLE logins ADD CONSTRAINT logins_of_one CHECK (num_nonnulls(user_id, guest_id, patient_id) = 1);

CREATE INDEX logins_patient_idx ON logins (patient_id) WHERE ended_at IS NULL;

ALTER TABLE patient_accounts ENABLE ROW LEVEL SECURITY;
ALTER TABLE patient_accounts FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON patient_accounts
    USING (id = scopecast_actor_id() OR (SELECT scopecast_is_system()));

ALTER TABLE phone_codes ENABLE ROW LEVEL SECURITY;
ALTER TABLE phone_codes FORCE ROW LEVEL SECURITY;
CREATE POLICY of_house ON phone_codes USING ((SELECT scopecast_is_system()));

GRANT SELECT, INSERT, UPDATE ON patient_accounts TO scopecast_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON phone_codes TO scopecast_app;
