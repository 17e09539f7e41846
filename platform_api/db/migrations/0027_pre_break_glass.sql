-- Access in an emergency (AZ-06): somebody opens another organisation's records for an hour at most, says why, and is
-- reviewed afterwards by somebody else. The right itself is a given role; here stand the reason and the review.

CREATE TABLE break_glass (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users (id),
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    given_role_id uuid NOT NULL UNIQUE REFERENCES given_roles (id),
    reason text NOT NULL CHECK (length(reason) BETWEEN 10 AND 500),
    opened_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL CHECK (ends_at > opened_at AND ends_at <= opened_at + interval '60 minutes'),
    reviewed_at timestamptz,
    reviewed_by uuid REFERENCES users (id) CHECK (reviewed_by <> user_id),
    justified boolean,
    remark text NOT NULL DEFAULT '' CHECK (length(remark) <= 500),
    CHECK ((reviewed_at IS NULL) = (reviewed_by IS NULL) AND (reviewed_at IS NULL) = (justified IS NULL))
);

CREATE INDEX break_glass_user_idx ON break_glass (user_id, opened_at DESC);
CREATE INDEX break_glass_node_idx ON break_glass (organisation_id, id DESC);

ALTER TABLE break_glass ENABLE ROW LEVEL SECURITY;
ALTER TABLE break_glass FORCE ROW LEVEL SECURITY;
CREATE POLICY seen ON break_glass FOR SELECT USING (
    (SELECT scopecast_is_system())
    OR user_id = (SELECT scopecast_actor_id())
    OR organisation_id = ANY ((SELECT scopecast_scope())::uuid[])
);
CREATE POLICY opened ON break_glass FOR INSERT WITH CHECK ((SELECT scopecast_is_system()));
CREATE POLICY reviewed ON break_glass FOR UPDATE USING (
    (SELECT scopecast_is_system()) OR organisation_id = ANY ((SELECT scopecast_scope())::uuid[])
);

GRANT SELECT, INSERT ON break_glass TO scopecast_app;
GRANT UPDATE (reviewed_at, reviewed_by, justified, remark) ON break_glass TO scopecast_app;
