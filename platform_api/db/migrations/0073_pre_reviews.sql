-- Reviews: what somebody hands in is looked at level by level, returned with remarks or approved, and then locked.
-- The moves, four eyes and the lock are kept here, whatever the application does: a table that has been given to
-- `review_guard` refuses changes of what is under review or locked.

-- Levels as data: by kind of thing, the levels in the order in which they look, and what one must hold there.
CREATE TABLE review_levels (
    kind text NOT NULL CHECK (kind ~ '^[a-z]+(\.[a-z_]+)+$' AND length(kind) <= 40),
    place integer NOT NULL CHECK (place BETWEEN 0 AND 7),
    level text NOT NULL CHECK (level IN ('own', 'hospital', 'county', 'city', 'province', 'nation')),
    permission text NOT NULL CHECK (length(permission) BETWEEN 1 AND 80),
    PRIMARY KEY (kind, place),
    UNIQUE (kind, level)
);

CREATE TABLE reviews (
    id uuid PRIMARY KEY,
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    kind text NOT NULL CHECK (kind ~ '^[a-z]+(\.[a-z_]+)+$' AND length(kind) <= 40),
    subject_id uuid NOT NULL,
    state text NOT NULL DEFAULT 'draft'
        CHECK (state IN ('draft', 'submitted', 'returned', 'locked', 'unlock_asked', 'unlocked')),
    version integer NOT NULL DEFAULT 0 CHECK (version >= 0),
    levels jsonb NOT NULL DEFAULT '[]',
    place integer NOT NULL DEFAULT 0 CHECK (place >= 0),
    submitted_by uuid REFERENCES users (id),
    submitted_at timestamptz,
    approved_by uuid[] NOT NULL DEFAULT '{}',
    unlock_asked_by uuid REFERENCES users (id),
    unlock_reason text CHECK (length(unlock_reason) BETWEEN 1 AND 500),
    moved_at timestamptz NOT NULL,
    UNIQUE (kind, subject_id),
    CHECK ((state = 'unlock_asked') = (unlock_asked_by IS NOT NULL AND unlock_reason IS NOT NULL)),
    CHECK (state IN ('draft', 'unlocked') OR (submitted_by IS NOT NULL AND version > 0))
);

CREATE INDEX reviews_state_idx ON reviews (organisation_id, state, moved_at DESC, id DESC);

-- What happened, for good: what was handed in as it was, and how it differs from what was handed in before.
CREATE TABLE review_acts (
    id uuid PRIMARY KEY,
    review_id uuid NOT NULL REFERENCES reviews (id),
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    act text NOT NULL CHECK (act IN (
        'submit', 'take_back', 'return', 'approve', 'lock', 'ask_unlock', 'refuse_unlock', 'unlock'
    )),
    version integer NOT NULL,
    level text CHECK (length(level) <= 20),
    user_id uuid NOT NULL REFERENCES users (id),
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 120),
    at timestamptz NOT NULL,
    note text NOT NULL DEFAULT '' CHECK (length(note) <= 2000),
    remarks jsonb NOT NULL DEFAULT '{}',
    content jsonb,
    differences jsonb NOT NULL DEFAULT '[]',
    CHECK ((act = 'submit') = (content IS NOT NULL))
);

CREATE INDEX review_acts_review_idx ON review_acts (review_id, id);

-- Whoever acts may know which levels look; the topmost organisation alone sets them.
ALTER TABLE review_levels ENABLE ROW LEVEL SECURITY;
ALTER TABLE review_levels FORCE ROW LEVEL SECURITY;
CREATE POLICY known ON review_levels FOR SELECT USING ((SELECT scopecast_actor()) <> '');
CREATE POLICY set_from_the_top ON review_levels USING (
    EXISTS (SELECT FROM organisations WHERE id = (SELECT scopecast_organisation()) AND parent_id IS NULL)
    OR (SELECT scopecast_is_system())
);

ALTER TABLE reviews ENABLE ROW LEVEL SECURITY;
ALTER TABLE reviews FORCE ROW LEVEL SECURITY;
CREATE POLICY of_organisation_or_own ON reviews USING (
    organisation_id = ANY ((SELECT scopecast_scope())::uuid[])
    OR submitted_by = (SELECT scopecast_actor_id())
    OR (SELECT scopecast_is_system())
);

ALTER TABLE review_acts ENABLE ROW LEVEL SECURITY;
ALTER TABLE review_acts FORCE ROW LEVEL SECURITY;
CREATE POLICY of_review ON review_acts USING (EXISTS (SELECT FROM reviews WHERE reviews.id = review_id));

-- The moves that there are, and who may not make them: nobody decides on what they handed in themselves or have
-- approved at another level, and whoever asked for an unlocking does not grant it.
CREATE FUNCTION review_check_move() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    actor constant uuid := scopecast_actor_id();
    submitted constant boolean := TG_OP = 'UPDATE' AND OLD.state <> 'submitted' AND NEW.state = 'submitted';
    approved constant boolean := TG_OP = 'UPDATE' AND OLD.state = 'submitted' AND NEW.state IN ('submitted', 'locked');
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'draft' OR NEW.version <> 0 THEN
            RAISE EXCEPTION 'review: it begins as a draft' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF NEW.id <> OLD.id OR NEW.kind <> OLD.kind OR NEW.subject_id <> OLD.subject_id
        OR NEW.organisation_id <> OLD.organisation_id
        OR NOT (CASE OLD.state
            WHEN 'draft' THEN NEW.state = 'submitted' AND NEW.place = 0
            WHEN 'returned' THEN NEW.state = 'submitted' AND NEW.place = 0
            WHEN 'unlocked' THEN NEW.state = 'submitted' AND NEW.place = 0
            WHEN 'submitted' THEN NEW.state IN ('draft', 'returned')
                OR (NEW.state = 'submitted' AND NEW.place = OLD.place + 1
                    AND NEW.place < jsonb_array_length(OLD.levels))
                OR (NEW.state = 'locked' AND OLD.place = jsonb_array_length(OLD.levels) - 1)
            WHEN 'locked' THEN NEW.state = 'unlock_asked' AND NEW.unlock_asked_by IS NOT DISTINCT FROM actor
            WHEN 'unlock_asked' THEN NEW.state IN ('locked', 'unlocked')
        END)
        OR NEW.version <> OLD.version + submitted::integer
        OR (NOT submitted AND (NEW.levels, NEW.submitted_by) IS DISTINCT FROM (OLD.levels, OLD.submitted_by))
        OR (NOT submitted AND NOT approved AND NEW.approved_by <> OLD.approved_by)
    THEN
        RAISE EXCEPTION 'review: no move from % to %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
    END IF;
    IF (submitted AND (NEW.submitted_by IS DISTINCT FROM actor OR NEW.approved_by <> '{}'))
        OR (OLD.state = 'submitted' AND NEW.state = 'draft' AND OLD.submitted_by IS DISTINCT FROM actor)
        OR (OLD.state = 'submitted' AND NEW.state <> 'draft'
            AND (actor IS NULL OR actor = OLD.submitted_by OR actor = ANY (OLD.approved_by)))
        OR (approved AND NEW.approved_by <> OLD.approved_by || actor)
        OR (OLD.state = 'unlock_asked' AND (actor IS NULL OR actor = OLD.unlock_asked_by))
    THEN
        RAISE EXCEPTION 'review: another person must decide' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END;
$$;

CREATE TRIGGER review_moves BEFORE INSERT OR UPDATE ON reviews FOR EACH ROW EXECUTE FUNCTION review_check_move();

-- Refuses a change of a row that is under review or locked. The arguments: the kind, the column that holds the
-- subject's id, and the columns that may change all the same. It holds the review against moves until the end of
-- the transaction, so that nothing changes while it is handed in.
CREATE FUNCTION review_keep_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    actor constant text := scopecast_actor();
    before constant jsonb := CASE WHEN TG_OP = 'INSERT' THEN '{}' ELSE to_jsonb(OLD) END;
    after constant jsonb := CASE WHEN TG_OP = 'DELETE' THEN '{}' ELSE to_jsonb(NEW) END;
    held record;
BEGIN
    IF TG_OP = 'UPDATE' AND before - TG_ARGV[2:] = after - TG_ARGV[2:] THEN
        RETURN NEW;
    END IF;
    PERFORM set_config('scopecast.actor', 'system:review', true);
    FOR held IN
        SELECT r.state FROM reviews r
        WHERE r.kind = TG_ARGV[0]
            AND r.subject_id IN ((before ->> TG_ARGV[1])::uuid, (after ->> TG_ARGV[1])::uuid)
        FOR SHARE
    LOOP
        IF held.state IN ('submitted', 'locked', 'unlock_asked') THEN
            RAISE EXCEPTION 'review: % in % is % and does not change', TG_ARGV[0], TG_TABLE_NAME, held.state
                USING ERRCODE = 'object_not_in_prerequisite_state';
        END IF;
    END LOOP;
    PERFORM set_config('scopecast.actor', actor, true);
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END;
$$;

-- Has the rows of a table stand still while what they belong to is under review or locked: one call in the
-- migration that makes the table. `subject_column` holds the id of what is reviewed (a table of parts names its
-- whole); the columns of `free` may change all the same (counters).
CREATE FUNCTION review_guard(
    guarded regclass, review_kind text, subject_column text DEFAULT 'id', VARIADIC free text[] DEFAULT '{}'
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format(
        'CREATE TRIGGER review_frozen BEFORE INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW '
        'EXECUTE FUNCTION review_keep_frozen(%L, %L%s)',
        guarded, review_kind, subject_column,
        coalesce((SELECT string_agg(format(', %L', name), '') FROM unnest(free) AS name), '')
    );
END;
$$;

GRANT SELECT, INSERT, UPDATE ON reviews TO scopecast_app;
GRANT SELECT, INSERT ON review_acts TO scopecast_app;
GRANT SELECT, INSERT, DELETE ON review_levels TO scopecast_app;
