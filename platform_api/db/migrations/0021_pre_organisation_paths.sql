-- Who stands below whom, as a closure: each organisation with itself (depth 0) and with everyone above it. Kept by
-- triggers alone, so that "a node and what lies below" is one range of an index.

CREATE TABLE organisation_paths (
    ancestor_id uuid NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
    descendant_id uuid NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
    depth integer NOT NULL CHECK (depth >= 0),
    PRIMARY KEY (ancestor_id, descendant_id),
    CHECK ((depth = 0) = (ancestor_id = descendant_id))
);

CREATE INDEX organisation_paths_above_idx ON organisation_paths (descendant_id, depth, ancestor_id);

-- The shape of the tree is no secret (whoever registers picks from it); nobody but the triggers writes it.
ALTER TABLE organisation_paths ENABLE ROW LEVEL SECURITY;
ALTER TABLE organisation_paths FORCE ROW LEVEL SECURITY;
CREATE POLICY seen ON organisation_paths FOR SELECT USING (true);
CREATE POLICY kept ON organisation_paths TO scopecast_owner USING (true) WITH CHECK (true);
GRANT SELECT ON organisation_paths TO scopecast_app;

INSERT INTO organisation_paths (ancestor_id, descendant_id, depth)
WITH RECURSIVE path AS (
    SELECT id AS ancestor_id, id AS descendant_id, 0 AS depth FROM organisations
    UNION ALL
    SELECT path.ancestor_id, o.id, path.depth + 1 FROM organisations o JOIN path ON o.parent_id = path.descendant_id
)
SELECT ancestor_id, descendant_id, depth FROM path;

-- Many may be added at a time, one may be moved: whoever moves waits for those who add, and the other way round.
CREATE FUNCTION organisation_path_add() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtext('organisation_paths'));
    IF NEW.parent_id IS NOT NULL
        AND NOT EXISTS (SELECT FROM organisation_paths WHERE descendant_id = NEW.parent_id)
    THEN
        RAISE EXCEPTION 'the organisation above must be there first' USING ERRCODE = 'foreign_key_violation';
    END IF;
    INSERT INTO organisation_paths (ancestor_id, descendant_id, depth)
    SELECT ancestor_id, NEW.id, depth + 1 FROM organisation_paths WHERE descendant_id = NEW.parent_id
    UNION ALL
    SELECT NEW.id, NEW.id, 0;
    RETURN NULL;
END;
$$;

CREATE FUNCTION organisation_path_move() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('organisation_paths'));
    IF EXISTS (
        SELECT FROM organisation_paths WHERE ancestor_id = NEW.id AND descendant_id = NEW.parent_id
    ) THEN
        RAISE EXCEPTION 'an organisation cannot stand below itself' USING ERRCODE = 'check_violation',
            CONSTRAINT = 'organisations_not_below_itself', TABLE = 'organisations';
    END IF;
    DELETE FROM organisation_paths
    WHERE descendant_id IN (SELECT descendant_id FROM organisation_paths WHERE ancestor_id = NEW.id)
        AND ancestor_id NOT IN (SELECT descendant_id FROM organisation_paths WHERE ancestor_id = NEW.id);
    INSERT INTO organisation_paths (ancestor_id, descendant_id, depth)
    SELECT above.ancestor_id, below.descendant_id, above.depth + 1 + below.depth
    FROM organisation_paths above CROSS JOIN organisation_paths below
    WHERE above.descendant_id = NEW.parent_id AND below.ancestor_id = NEW.id;
    RETURN NULL;
END;
$$;

REVOKE ALL ON FUNCTION organisation_path_add(), organisation_path_move() FROM PUBLIC;

CREATE TRIGGER organisations_added AFTER INSERT ON organisations
    FOR EACH ROW EXECUTE FUNCTION organisation_path_add();
CREATE TRIGGER organisations_moved AFTER UPDATE OF parent_id ON organisations
    FOR EACH ROW WHEN (OLD.parent_id IS DISTINCT FROM NEW.parent_id) EXECUTE FUNCTION organisation_path_move();

CREATE OR REPLACE FUNCTION scopecast_scope() RETURNS uuid[] LANGUAGE sql STABLE
    RETURN (
        SELECT coalesce(array_agg(descendant_id), '{}') FROM organisation_paths
        WHERE ancestor_id = scopecast_organisation()
    );
