-- Questions as a list: whoever sees a row in it, in each of its orders, by each of its choices, and by its words.
-- `open` is what everybody sees who may see the question at all; the rest is for the moderators of its organisation.

DROP INDEX questions_new_idx;
DROP INDEX questions_heat_idx;
DROP INDEX questions_answers_idx;
DROP INDEX questions_asker_new_idx;
CREATE INDEX questions_asked_at_idx ON questions (asked_at, id) INCLUDE (
    asker_id, body_part, files, hidden_at, kind, organisation_id, scene, seen_from, session_id, state, topic, visibility
);
CREATE INDEX questions_heat_idx ON questions (heat, id) INCLUDE (
    asked_at, asker_id, body_part, files, hidden_at, kind, organisation_id, scene, seen_from, session_id, state, topic,
    visibility
);
CREATE INDEX questions_answers_idx ON questions (answers, id) INCLUDE (
    asked_at, asker_id, body_part, files, hidden_at, kind, organisation_id, scene, seen_from, session_id, state, topic,
    visibility
);
CREATE INDEX questions_body_part_idx ON questions (body_part);
CREATE INDEX questions_scene_idx ON questions (scene);
CREATE INDEX questions_state_idx ON questions (state);
CREATE INDEX questions_session_id_idx ON questions (session_id);
CREATE INDEX questions_files_idx ON questions (files);

CREATE VIEW own_question_follows WITH (security_invoker = true) AS
SELECT question_id AS key FROM question_follows WHERE user_id = scopecast_actor_id();

CREATE VIEW own_question_invitations WITH (security_invoker = true) AS
SELECT question_id AS key FROM question_experts WHERE user_id = scopecast_actor_id();

CREATE VIEW question_rows WITH (security_invoker = true) AS
SELECT
    q.id, q.kind, q.title, left(q.body, 160) AS excerpt, q.asker_id, q.asker_name, q.organisation_id,
    o.name AS organisation_name, q.topic, q.body_part, q.scene, q.state, q.session_id, q.files, q.answers, q.likes,
    q.heat, q.asked_at, q.opens_at, q.closes_at,
    EXISTS (SELECT FROM own_question_follows f WHERE f.key = q.id) AS followed,
    EXISTS (SELECT FROM own_question_invitations e WHERE e.key = q.id) AS invited,
    (
        q.hidden_at IS NULL
        AND (
            q.visibility = 'everyone'
            OR (q.visibility = 'organisation' AND q.organisation_id = (SELECT scopecast_organisation()))
            OR (q.visibility = 'scope' AND q.seen_from = ANY ((SELECT scopecast_above())::uuid[]))
            OR (q.visibility = 'session' AND EXISTS (SELECT FROM sessions s WHERE s.id = q.session_id))
            OR q.asker_id = (SELECT scopecast_actor_id())
            OR q.id IN (SELECT e.key FROM own_question_invitations e)
            OR q.id IN (
                SELECT a.question_id FROM question_admissions a
                WHERE a.subject = scopecast_actor() AND a.expires_at > now()
            )
        )
    ) AS open,
    q.search_tokens, q.search_text, q.ctid AS place
FROM questions q
LEFT JOIN organisations o ON o.id = q.organisation_id
WHERE
    q.organisation_id = ANY ((SELECT scopecast_scope())::uuid[])
    OR q.visibility = 'everyone'
    OR (q.visibility = 'scope' AND q.seen_from = ANY ((SELECT scopecast_above())::uuid[]))
    OR (q.visibility = 'session' AND EXISTS (SELECT FROM sessions s WHERE s.id = q.session_id))
    OR q.asker_id = (SELECT scopecast_actor_id())
    OR q.id IN (SELECT e.key FROM own_question_invitations e)
    OR q.id IN (
        SELECT a.question_id FROM question_admissions a
        WHERE a.subject = scopecast_actor() AND a.expires_at > now()
    );

CREATE FUNCTION question_places_found(tokens text[], proofs text[], at_most integer) RETURNS SETOF tid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    SELECT q.ctid FROM public.questions q
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
    LIMIT at_most
$$;

REVOKE ALL ON FUNCTION question_places_found(text[], text[], integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION question_places_found(text[], text[], integer) TO scopecast_app;
GRANT SELECT ON question_rows, own_question_follows, own_question_invitations TO scopecast_app;
