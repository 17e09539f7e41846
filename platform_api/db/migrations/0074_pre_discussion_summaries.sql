-- What came out of a themed discussion: written by its host, reviewed by the organisation, locked and seen by all
-- who see the discussion once it is approved. `questions.summary` stays for the release before and is not written.

ALTER TABLE questions ADD COLUMN summary_published_at timestamptz;

CREATE TABLE discussion_summaries (
    question_id uuid PRIMARY KEY REFERENCES questions (id),
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    overview text NOT NULL DEFAULT '' CHECK (length(overview) <= 8000),
    consensus text NOT NULL DEFAULT '' CHECK (length(consensus) <= 4000),
    open_points text NOT NULL DEFAULT '' CHECK (length(open_points) <= 4000),
    advice text NOT NULL DEFAULT '' CHECK (length(advice) <= 4000),
    written_by uuid NOT NULL REFERENCES users (id),
    written_by_name text NOT NULL CHECK (length(written_by_name) BETWEEN 1 AND 120),
    written_at timestamptz NOT NULL
);

DO $$
BEGIN
    PERFORM set_config('scopecast.actor', 'system:migration', true);
    INSERT INTO review_levels (kind, place, level, permission) VALUES ('qa.summary', 0, 'own', 'qa.review');
    INSERT INTO discussion_summaries (
        question_id, organisation_id, overview, written_by, written_by_name, written_at
    )
    SELECT id, organisation_id, summary, asker_id, asker_name, concluded_at
    FROM questions WHERE summary <> '' AND concluded_at IS NOT NULL;
    INSERT INTO reviews (id, organisation_id, kind, subject_id, moved_at)
    SELECT gen_random_uuid(), organisation_id, 'qa.summary', question_id, written_at FROM discussion_summaries;
    UPDATE questions SET summary_published_at = concluded_at WHERE summary <> '' AND concluded_at IS NOT NULL;
    PERFORM set_config('scopecast.actor', '', true);
END;
$$;

SELECT review_guard('discussion_summaries', 'qa.summary', 'question_id');

ALTER TABLE discussion_summaries ENABLE ROW LEVEL SECURITY;
ALTER TABLE discussion_summaries FORCE ROW LEVEL SECURITY;
CREATE POLICY led ON discussion_summaries USING (
    organisation_id = ANY ((SELECT scopecast_scope())::uuid[])
    OR written_by = (SELECT scopecast_actor_id())
    OR (SELECT scopecast_is_system())
);
CREATE POLICY published ON discussion_summaries FOR SELECT USING (
    EXISTS (SELECT FROM questions q WHERE q.id = question_id AND q.summary_published_at IS NOT NULL)
);

GRANT SELECT, INSERT, UPDATE ON discussion_summaries TO scopecast_app;
