-- The trail asked by outcome and by address; accounts asked by a role that somebody holds, in whichever way.

CREATE INDEX audit_entries_outcome_idx ON audit_entries (outcome, number);
CREATE INDEX audit_entries_address_idx ON audit_entries (address, number);

CREATE INDEX users_roles_idx ON users USING gin (roles);
CREATE INDEX given_roles_role_idx ON given_roles (role) WHERE ended_at IS NULL;

-- Who holds one of these in the actor's scope: a base role, a duty, or a role (by its id if it is composed) that was
-- given there. By the owner, as searches are (decision 0063): under row-level rules no index of arrays is used.
CREATE FUNCTION role_holders(wanted text[]) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER ROWS 100 SET search_path = pg_catalog, public AS $$
    SELECT id FROM public.users
    WHERE roles && wanted AND organisation_id = ANY ((SELECT scopecast_scope())::uuid[])
    UNION
    SELECT user_id FROM public.duties WHERE duty = ANY (wanted) AND ended_at IS NULL
    UNION
    SELECT user_id FROM public.given_roles
    WHERE role = ANY (wanted) AND ended_at IS NULL AND organisation_id = ANY ((SELECT scopecast_scope())::uuid[])
    UNION
    SELECT user_id FROM public.given_roles
    WHERE composed_id = ANY (ARRAY(
            SELECT each::uuid FROM unnest(wanted) AS each WHERE each ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
        ))
        AND ended_at IS NULL AND organisation_id = ANY ((SELECT scopecast_scope())::uuid[])
$$;
REVOKE ALL ON FUNCTION role_holders(text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION role_holders(text[]) TO scopecast_app;
