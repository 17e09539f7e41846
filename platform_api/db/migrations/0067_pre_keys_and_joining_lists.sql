-- Keys of programs, and who waits for an account or is invited to one, as lists.

CREATE INDEX api_keys_created_at_idx ON api_keys (created_at, id);
CREATE INDEX api_keys_organisation_created_at_idx ON api_keys (organisation_id, created_at, id);
CREATE INDEX api_keys_expires_at_idx ON api_keys (expires_at, id);
CREATE INDEX api_keys_organisation_expires_at_idx ON api_keys (organisation_id, expires_at, id);
CREATE INDEX api_keys_prefix_idx ON api_keys (prefix);
CREATE INDEX api_keys_revoked_at_idx ON api_keys (revoked_at);

CREATE VIEW api_key_rows WITH (security_invoker = true) AS
SELECT
    k.id, k.organisation_id, o.name AS organisation_name, k.user_id, u.name AS user_name, k.name, k.prefix,
    array_to_string(k.scopes, ' ') AS scopes, k.per_minute, k.per_day, k.created_at, k.expires_at, k.used_at, k.revoked_at,
    CASE WHEN k.revoked_at IS NOT NULL THEN 'revoked' WHEN k.expires_at <= now() THEN 'over' ELSE 'good' END AS state
FROM api_keys k
LEFT JOIN users u ON u.id = k.user_id
LEFT JOIN organisations o ON o.id = k.organisation_id
WHERE k.organisation_id = ANY ((SELECT scopecast_scope())::uuid[]);

CREATE INDEX registrations_created_at_idx ON registrations (created_at, id);
CREATE INDEX registrations_organisation_created_at_idx ON registrations (organisation_id, created_at, id);
CREATE INDEX registrations_name_idx ON registrations (name);

CREATE VIEW registration_rows WITH (security_invoker = true) AS
SELECT
    r.id, r.organisation_id, o.name AS organisation_name, r.name, r.title, r.speciality, r.reason, r.phone_sealed,
    (
        (SELECT count(*) FROM registrations s
            WHERE s.phone_lookup = r.phone_lookup AND s.state = 'waiting' AND s.id <> r.id)
        + (SELECT count(*) FROM user_contacts c WHERE c.phone_lookup = r.phone_lookup)
    )::integer AS same_phone,
    r.state, r.answer, r.created_at, r.reviewed_at
FROM registrations r
LEFT JOIN organisations o ON o.id = r.organisation_id
WHERE r.organisation_id = ANY ((SELECT scopecast_scope())::uuid[]);

CREATE INDEX user_invitations_created_at_idx ON user_invitations (created_at, id);
CREATE INDEX user_invitations_organisation_created_at_idx ON user_invitations (organisation_id, created_at, id);
CREATE INDEX user_invitations_expires_at_idx ON user_invitations (expires_at, id);
CREATE INDEX user_invitations_organisation_expires_at_idx ON user_invitations (organisation_id, expires_at, id);
CREATE INDEX user_invitations_created_by_idx ON user_invitations (created_by);
CREATE INDEX user_invitations_used_at_idx ON user_invitations (used_at);
CREATE INDEX user_invitations_revoked_at_idx ON user_invitations (revoked_at);

CREATE VIEW user_invitation_rows WITH (security_invoker = true) AS
SELECT
    i.id, i.organisation_id, o.name AS organisation_name, i.name, array_to_string(i.roles, ' ') AS roles,
    i.created_by, u.name AS created_by_name, i.created_at, i.expires_at, i.used_at, i.revoked_at,
    CASE
        WHEN i.used_at IS NOT NULL THEN 'used'
        WHEN i.revoked_at IS NOT NULL THEN 'revoked'
        WHEN i.expires_at <= now() THEN 'over'
        ELSE 'open'
    END AS state
FROM user_invitations i
LEFT JOIN users u ON u.id = i.created_by
LEFT JOIN organisations o ON o.id = i.organisation_id
WHERE i.organisation_id = ANY ((SELECT scopecast_scope())::uuid[]);

GRANT SELECT ON api_key_rows, registration_rows, user_invitation_rows TO scopecast_app;
