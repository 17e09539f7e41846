-- Which tables name organisations as the owner of their rows: read from the catalogue, so that a table of a later
-- step is not forgotten. The tree, its codes and its history are led by their own domain.
CREATE VIEW organisation_owned AS
SELECT c.conrelid::regclass AS relation, a.attname AS column_name
FROM pg_constraint c
JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
WHERE c.contype = 'f' AND c.confrelid = 'organisations'::regclass AND cardinality(c.conkey) = 1
    AND c.conrelid NOT IN (
        'organisations'::regclass, 'organisation_paths'::regclass, 'organisation_codes'::regclass,
        'organisation_changes'::regclass
    );

-- How many rows of each table an organisation owns, as far as the house may see them.
CREATE FUNCTION organisation_holdings(organisation uuid) RETURNS TABLE (relation text, held bigint)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    place record;
    asker text := scopecast_actor();
BEGIN
    PERFORM set_config('scopecast.actor', 'system:organisations', true);
    FOR place IN SELECT * FROM organisation_owned o WHERE o.column_name = 'organisation_id' LOOP
        relation := place.relation::text;
        EXECUTE format('SELECT count(*) FROM %s WHERE %I = $1', place.relation, place.column_name)
            INTO held USING organisation;
        IF held > 0 THEN
            RETURN NEXT;
        END IF;
    END LOOP;
    PERFORM set_config('scopecast.actor', asker, true);
END;
$$;

-- Puts all that one organisation owns under another. The first stands below the second already: rows that a table's
-- own rules keep as they are (locked ones, those of a person alone) stay with it, in the scope of the second all the
-- same. Gives the tables whose rows stayed.
CREATE FUNCTION organisation_hand_over(source uuid, target uuid) RETURNS text[]
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    place record;
    stayed text[] := '{}';
    asker text := scopecast_actor();
    own uuid := scopecast_organisation();
BEGIN
    IF NOT EXISTS (SELECT FROM organisation_paths WHERE ancestor_id = target AND descendant_id = source AND depth = 1)
    THEN
        RAISE EXCEPTION 'the one must stand below the other first' USING ERRCODE = 'check_violation';
    END IF;
    PERFORM set_config('scopecast.actor', 'system:organisations', true);
    PERFORM set_config('scopecast.organisation', target::text, true);
    FOR place IN SELECT * FROM organisation_owned LOOP
        BEGIN
            EXECUTE format('UPDATE %s SET %I = $2 WHERE %2$I = $1', place.relation, place.column_name)
                USING source, target;
        EXCEPTION WHEN insufficient_privilege OR raise_exception OR integrity_constraint_violation THEN
            stayed := stayed || place.relation::text;
        END;
    END LOOP;
    PERFORM set_config('scopecast.actor', asker, true);
    PERFORM set_config('scopecast.organisation', coalesce(own::text, ''), true);
    RETURN stayed;
END;
$$;

REVOKE ALL ON FUNCTION organisation_holdings(uuid), organisation_hand_over(uuid, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION organisation_holdings(uuid), organisation_hand_over(uuid, uuid) TO scopecast_app;

-- Files have no rule by which the house changes them.
CREATE POLICY handed_over ON files FOR UPDATE TO scopecast_owner
    USING ((SELECT scopecast_actor()) = 'system:organisations');
