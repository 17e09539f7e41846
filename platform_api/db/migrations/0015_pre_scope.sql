-- Which organisations the actor of this transaction may see: the own one and all below it. Policies name it
-- as `organisation_id = ANY ((SELECT scopecast_scope())::uuid[])`, so that it is worked out once a query.

CREATE FUNCTION scopecast_scope() RETURNS uuid[] LANGUAGE sql STABLE
    RETURN (
        WITH RECURSIVE mine AS (
            SELECT id FROM organisations WHERE id = scopecast_organisation()
            UNION ALL
            SELECT o.id FROM organisations o JOIN mine ON o.parent_id = mine.id
        )
        SELECT coalesce(array_agg(id), '{}') FROM mine
    );
