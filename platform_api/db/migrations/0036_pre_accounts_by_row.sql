-- Row-level rules of accounts and of what signs them in. Whoever is told apart here: the house (`system:…`), who
-- looks up before it is known who asks; the person; and those whose scope the account's organisation is in.

ALTER TABLE users ENABLE ROW LEVEL SECURITY;
ALTER TABLE users FORCE ROW LEVEL SECURITY;
CREATE POLICY own_or_of_organisation ON users USING (
    (SELECT scopecast_is_system())
    OR id = (SELECT scopecast_actor_id())
    OR organisation_id = ANY ((SELECT scopecast_scope())::uuid[])
);

ALTER TABLE logins ENABLE ROW LEVEL SECURITY;
ALTER TABLE logins FORCE ROW LEVEL SECURITY;
CREATE POLICY own_or_of_organisation ON logins USING (
    (SELECT scopecast_is_system())
    OR user_id = (SELECT scopecast_actor_id())
    OR guest_id = (SELECT scopecast_actor_id())
    OR patient_id = (SELECT scopecast_actor_id())
    OR EXISTS (SELECT FROM users WHERE users.id = user_id)
);

ALTER TABLE invitations ENABLE ROW LEVEL SECURITY;
ALTER TABLE invitations FORCE ROW LEVEL SECURITY;
CREATE POLICY of_organisation ON invitations USING (
    (SELECT scopecast_is_system()) OR organisation_id = ANY ((SELECT scopecast_scope())::uuid[])
);

-- Secrets of logins, and what was tried from where: nobody but the house reads them.
ALTER TABLE refresh_tokens ENABLE ROW LEVEL SECURITY;
ALTER TABLE refresh_tokens FORCE ROW LEVEL SECURITY;
CREATE POLICY of_house ON refresh_tokens USING ((SELECT scopecast_is_system()));

ALTER TABLE login_attempts ENABLE ROW LEVEL SECURITY;
ALTER TABLE login_attempts FORCE ROW LEVEL SECURITY;
CREATE POLICY of_house ON login_attempts USING ((SELECT scopecast_is_system()));
