-- Questions are searched by their index under row-level rules: the operators of arrays may not go before the rule
-- `seen`, so a function of the owner asks the index and keeps to the same rule itself. It gives ids of the newest.

CREATE POLICY found_by_owner ON questions FOR SELECT TO scopecast_owner USING (true);

CREATE FUNCTION questions_found(tokens text[], proofs text[], at_most integer) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER ROWS 50 SET search_path = pg_catalog, public AS $$
    SELECT q.id FROM public.questions q
    WHERE q.search_tokens @> tokens
        AND NOT EXISTS (SELECT 1 FROM unnest(proofs) AS proof WHERE strpos(q.search_text, proof) = 0)
        AND (
            q.organisation_id = ANY ((SELECT scopecast_scope())::uuid[])
            OR (q.visibility = 'everyone' AND (SELECT scopecast_organisation()) IS NOT NULL)
            OR (q.visibility = 'scope' AND q.seen_from = ANY ((SELECT scopecast_above())::uuid[]))
            OR (q.visibility = 'session' AND EXISTS (SELECT FROM sessions WHERE sessions.id = q.session_id))
            OR q.asker_id = (SELECT scopecast_actor_id())
            OR q.id IN (SELECT question_id FROM question_experts WHERE user_id = scopecast_actor_id())
            OR q.id IN (SELECT question_id FROM question_admissions WHERE subject = scopecast_actor())
            OR (SELECT scopecast_is_system())
        )
    ORDER BY q.asked_s DESC, q.id DESC
    LIMIT at_most
$$;

REVOKE ALL ON FUNCTION questions_found(text[], text[], integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION questions_found(text[], text[], integer) TO scopecast_app;

CREATE INDEX questions_topic_new_idx ON questions (kind, topic, asked_s DESC, id DESC);
CREATE INDEX questions_session_new_idx ON questions (session_id, kind, asked_s DESC, id DESC)
    WHERE session_id IS NOT NULL;
CREATE INDEX questions_asker_new_idx ON questions (asker_id, kind, asked_s DESC, id DESC);
