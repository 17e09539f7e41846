-- Sessions are searched as every list is: by characters and pinyin (decision 0060), through a function of the owner
-- (decision 0063), for under row-level rules no index of trigrams is used, and two characters make no trigram. The
-- function keeps to the rule `seen`. The platform fills in the words of sessions from before at its next start.

ALTER TABLE sessions ADD COLUMN search_tokens text[] NOT NULL DEFAULT '{}';
ALTER TABLE sessions ADD COLUMN search_words text NOT NULL DEFAULT '';

DROP INDEX sessions_search_idx;
CREATE INDEX sessions_search_idx ON sessions USING gin (search_tokens);
CREATE INDEX sessions_unworded_idx ON sessions (id) WHERE search_words = '';

CREATE POLICY found_by_owner ON sessions FOR SELECT TO CURRENT_USER USING (true);
CREATE FUNCTION sessions_found(tokens text[], proofs text[]) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $body$
    SELECT id FROM public.sessions
    WHERE search_tokens @> tokens
    AND (
        organisation_id = (SELECT scopecast_organisation())
        OR (visibility = 'everyone_signed_in' AND (SELECT scopecast_organisation()) IS NOT NULL)
        OR id IN (SELECT session_id FROM session_admissions WHERE subject = scopecast_actor())
        OR id IN (SELECT guest_session_id FROM logins WHERE guest_id = scopecast_actor_id() AND ended_at IS NULL)
        OR (SELECT scopecast_is_system())
    )
    AND NOT EXISTS (SELECT 1 FROM unnest(proofs) AS proof WHERE strpos(search_words, proof) = 0)
$body$;
REVOKE ALL ON FUNCTION sessions_found(text[], text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sessions_found(text[], text[]) TO scopecast_app;
