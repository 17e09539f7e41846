-- What a search finds is told by its place in the table (ctid), which holds for the statement that asked: reading the
-- rows then costs no descent of the key's index each. Functions that were made before still give ids; none was.

CREATE OR REPLACE FUNCTION scopecast_make_searchable(relation regclass) RETURNS void LANGUAGE plpgsql AS $make$
BEGIN
    EXECUTE format('CREATE POLICY found_by_owner ON %s FOR SELECT TO %I USING (true)', relation, current_user);
    EXECUTE format(
        $function$
        CREATE FUNCTION %I(tokens text[], proofs text[], at_most integer) RETURNS SETOF tid
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $body$
            SELECT ctid FROM public.%I
            WHERE search_tokens @> tokens
            AND (organisation_id = ANY ((SELECT scopecast_scope())::uuid[]) OR (SELECT scopecast_is_system()))
            AND NOT EXISTS (SELECT 1 FROM unnest(proofs) AS proof WHERE strpos(search_text, proof) = 0)
            LIMIT at_most
        $body$
        $function$,
        relation::text || '_found',
        relation::text
    );
    EXECUTE format('REVOKE ALL ON FUNCTION %I(text[], text[], integer) FROM PUBLIC', relation::text || '_found');
    EXECUTE format(
        'GRANT EXECUTE ON FUNCTION %I(text[], text[], integer) TO scopecast_app', relation::text || '_found'
    );
END
$make$;
