-- Search under row-level rules. PostgreSQL lets no operator that might tell of a row's value go before the rule of
-- its table, and the operators of arrays count as such: their index would never be used. A table that is searched
-- gets a function that runs as the owner, asks the index, keeps to the scope itself, and gives ids alone; what is
-- read by those ids stands under the rules as ever. Needs columns id, organisation_id, search_tokens, search_text.

CREATE FUNCTION scopecast_make_searchable(relation regclass) RETURNS void LANGUAGE plpgsql AS $make$
BEGIN
    EXECUTE format('CREATE POLICY found_by_owner ON %s FOR SELECT TO %I USING (true)', relation, current_user);
    EXECUTE format(
        $function$
        CREATE FUNCTION %I(tokens text[], proofs text[], at_most integer) RETURNS SETOF uuid
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $body$
            SELECT id FROM public.%I
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

REVOKE ALL ON FUNCTION scopecast_make_searchable(regclass) FROM PUBLIC;
