-- Experts who were asked to answer and are no longer: who asked, and who took it back. It gives no right.

CREATE TABLE question_withdrawn_experts (
    question_id uuid NOT NULL REFERENCES questions (id),
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    user_id uuid NOT NULL REFERENCES users (id),
    name text NOT NULL,
    organisation_name text NOT NULL,
    invited_by uuid NOT NULL REFERENCES users (id),
    invited_at timestamptz NOT NULL,
    withdrawn_by uuid NOT NULL REFERENCES users (id),
    withdrawn_at timestamptz NOT NULL,
    PRIMARY KEY (question_id, user_id, withdrawn_at)
);

ALTER TABLE question_withdrawn_experts ENABLE ROW LEVEL SECURITY;
ALTER TABLE question_withdrawn_experts FORCE ROW LEVEL SECURITY;
CREATE POLICY of_organisation_or_own ON question_withdrawn_experts USING (
    organisation_id = ANY ((SELECT scopecast_scope())::uuid[])
    OR invited_by = (SELECT scopecast_actor_id())
    OR withdrawn_by = (SELECT scopecast_actor_id())
    OR (SELECT scopecast_is_system())
);

GRANT SELECT, INSERT ON question_withdrawn_experts TO scopecast_app;
