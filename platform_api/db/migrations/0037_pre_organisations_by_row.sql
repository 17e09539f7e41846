-- The directory of organisations is read by whoever acts, guests and those who ask for an account too, and by nobody
-- who does not say who they are. What it says is changed from above alone.

ALTER TABLE organisations ENABLE ROW LEVEL SECURITY;
ALTER TABLE organisations FORCE ROW LEVEL SECURITY;
CREATE POLICY directory ON organisations FOR SELECT USING ((SELECT scopecast_actor()) <> '');
CREATE POLICY added ON organisations FOR INSERT
    WITH CHECK ((SELECT scopecast_is_system()) OR parent_id = ANY ((SELECT scopecast_scope())::uuid[]));
CREATE POLICY changed ON organisations FOR UPDATE
    USING ((SELECT scopecast_is_system()) OR id = ANY ((SELECT scopecast_scope())::uuid[]));

-- The shape of the tree likewise.
ALTER POLICY seen ON organisation_paths USING ((SELECT scopecast_actor()) <> '');

-- What belongs to an account follows the account's own rule, by its key and not by a list of all accounts in scope.
ALTER POLICY own_or_of_organisation ON passkeys USING (
    (SELECT scopecast_is_system())
    OR user_id = (SELECT scopecast_actor_id())
    OR EXISTS (SELECT FROM users WHERE users.id = user_id)
);
ALTER POLICY own_or_of_organisation ON recovery_codes USING (
    (SELECT scopecast_is_system())
    OR user_id = (SELECT scopecast_actor_id())
    OR EXISTS (SELECT FROM users WHERE users.id = user_id)
);
ALTER POLICY own_or_of_organisation ON user_certificates USING (
    (SELECT scopecast_is_system())
    OR user_id = (SELECT scopecast_actor_id())
    OR EXISTS (SELECT FROM users WHERE users.id = user_id)
);
ALTER POLICY own_or_of_organisation ON user_contacts USING (
    (SELECT scopecast_is_system())
    OR user_id = (SELECT scopecast_actor_id())
    OR EXISTS (SELECT FROM users WHERE users.id = user_id)
);
