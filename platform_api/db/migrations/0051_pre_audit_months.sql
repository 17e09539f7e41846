-- The trail in months (UTC): the table is partitioned by `at`, the chain goes on across the parts. The newest number
-- and hash stand in `audit_head`, which the application can read and lock, but moves only by adding the next entry.

DO $$
DECLARE
    name text;
BEGIN
    PERFORM set_config('scopecast.had_list', (to_regclass('public.audit_rows') IS NOT NULL)::text, true);
    DROP VIEW IF EXISTS audit_rows;
    DROP INDEX audit_entries_organisation_idx, audit_entries_actor_idx;
    DROP INDEX IF EXISTS audit_entries_at_idx, audit_entries_tag_idx, audit_entries_target_idx;
    ALTER TABLE audit_entries RENAME TO audit_entries_flat;
    FOR name IN SELECT conname FROM pg_constraint WHERE conrelid = 'audit_entries_flat'::regclass LOOP
        EXECUTE format('ALTER TABLE audit_entries_flat RENAME CONSTRAINT %I TO %I', name, 'flat_' || name);
    END LOOP;
END
$$;

CREATE TABLE audit_entries (
    number bigint NOT NULL,
    at timestamptz NOT NULL,
    tag text NOT NULL,
    outcome text NOT NULL CHECK (outcome IN ('ok', 'refused', 'failed')),
    actor text NOT NULL,
    actor_name text NOT NULL,
    organisation_id uuid,
    address text NOT NULL,
    target_kind text NOT NULL,
    target text NOT NULL,
    details jsonb NOT NULL,
    previous_hash bytea NOT NULL,
    hash bytea NOT NULL,
    PRIMARY KEY (number, at)
) PARTITION BY RANGE (at);

CREATE INDEX audit_entries_organisation_idx ON audit_entries (organisation_id, number);
CREATE INDEX audit_entries_actor_idx ON audit_entries (actor, number);

-- Where entries stand whose month has no part of its own: a clock went wrong, or nobody made the months.
CREATE TABLE audit_entries_other PARTITION OF audit_entries DEFAULT;

-- Makes the parts of so many months from the one of this moment on, and moves into each what stood in the other.
CREATE FUNCTION audit_make_months(first timestamptz, months integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public SET timezone = 'UTC' AS $$
DECLARE
    month timestamptz := date_trunc('month', first);
    part text;
    made integer := 0;
BEGIN
    IF months NOT BETWEEN 1 AND 120 THEN
        RAISE EXCEPTION 'between 1 and 120 months';
    END IF;
    FOR step IN 1 .. months LOOP
        part := 'audit_entries_' || to_char(month, 'YYYY_MM');
        IF to_regclass('public.' || quote_ident(part)) IS NULL THEN
            EXECUTE format('CREATE TABLE public.%I (LIKE public.audit_entries INCLUDING ALL)', part);
            EXECUTE format(
                'WITH moved AS (DELETE FROM public.audit_entries_other WHERE at >= %L AND at < %L RETURNING *) '
                'INSERT INTO public.%I SELECT * FROM moved',
                month, month + interval '1 month', part
            );
            EXECUTE format(
                'ALTER TABLE public.audit_entries ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)',
                part, month, month + interval '1 month'
            );
            EXECUTE format('ALTER TABLE public.%I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', part);
            made := made + 1;
        END IF;
        month := month + interval '1 month';
    END LOOP;
    RETURN made;
END
$$;
REVOKE ALL ON FUNCTION audit_make_months(timestamptz, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit_make_months(timestamptz, integer) TO scopecast_app;

-- The entries of before, each into its month.
DO $$
DECLARE
    month timestamptz;
BEGIN
    PERFORM set_config('timezone', 'UTC', true);
    FOR month IN SELECT DISTINCT date_trunc('month', at) FROM audit_entries_flat LOOP
        PERFORM audit_make_months(month, 1);
    END LOOP;
    INSERT INTO audit_entries SELECT * FROM audit_entries_flat;
END
$$;

-- The newest entry of the chain.
CREATE TABLE audit_head (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    number bigint NOT NULL,
    hash bytea NOT NULL
);

INSERT INTO audit_head (number, hash)
SELECT number, hash FROM (
    SELECT number, hash FROM audit_entries_flat
    UNION ALL SELECT 0, decode(repeat('00', 32), 'hex')
) AS known ORDER BY number DESC LIMIT 1;
DROP TABLE audit_entries_flat;
SELECT audit_make_months(now(), 4);

CREATE FUNCTION audit_head_locked(OUT number bigint, OUT hash bytea)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    SELECT number, hash FROM audit_head FOR UPDATE
$$;
REVOKE ALL ON FUNCTION audit_head_locked() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit_head_locked() TO scopecast_app;

-- An entry follows the newest one, or is not added at all.
CREATE FUNCTION audit_move_head() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
BEGIN
    UPDATE audit_head SET number = NEW.number, hash = NEW.hash
    WHERE number = NEW.number - 1 AND hash = NEW.previous_hash;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'audit entry % does not follow the newest', NEW.number;
    END IF;
    RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION audit_move_head() FROM PUBLIC;
CREATE TRIGGER audit_entries_follow AFTER INSERT ON audit_entries FOR EACH ROW EXECUTE FUNCTION audit_move_head();

ALTER TABLE audit_entries_other ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE audit_head ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
DO $$
BEGIN
    EXECUTE format('CREATE POLICY of_owner ON audit_entries_other TO %I USING (true)', current_user);
    EXECUTE format('CREATE POLICY of_owner ON audit_head TO %I USING (true)', current_user);
END
$$;
CREATE POLICY read_by_all ON audit_head FOR SELECT USING (true);

-- Which entries are seen: those of the organisations in the asker's scope; nobody's for a topmost one; the house all.
CREATE FUNCTION scopecast_is_topmost() RETURNS boolean LANGUAGE sql STABLE
    RETURN EXISTS (SELECT FROM organisations WHERE id = scopecast_organisation() AND parent_id IS NULL);

ALTER TABLE audit_entries ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_entries FORCE ROW LEVEL SECURITY;
CREATE POLICY of_organisation ON audit_entries FOR SELECT USING (
    organisation_id = ANY ((SELECT scopecast_scope())::uuid[])
    OR (organisation_id IS NULL AND (SELECT scopecast_is_topmost()))
    OR (SELECT scopecast_is_system())
);
CREATE POLICY added_by_all ON audit_entries FOR INSERT WITH CHECK (true);

GRANT SELECT ON audit_head TO scopecast_app;
GRANT SELECT, INSERT ON audit_entries TO scopecast_app;

-- The list of step 0063, where that step ran before this one.
DO $$
BEGIN
    IF current_setting('scopecast.had_list')::boolean THEN
        CREATE VIEW audit_rows WITH (security_invoker = true) AS
        SELECT
            number, at, tag, outcome, actor, coalesce(nullif(actor_name, ''), actor) AS actor_name, organisation_id,
            address, target_kind, target, details::text AS details
        FROM audit_entries
        WHERE organisation_id = ANY ((SELECT scopecast_scope())::uuid[])
            OR (
                organisation_id IS NULL
                AND EXISTS (SELECT FROM organisations WHERE id = scopecast_organisation() AND parent_id IS NULL)
            );
        CREATE INDEX audit_entries_at_idx ON audit_entries (at, number);
        CREATE INDEX audit_entries_tag_idx ON audit_entries (tag, number);
        CREATE INDEX audit_entries_target_idx ON audit_entries (target, number);
        GRANT SELECT ON audit_rows TO scopecast_app;
    END IF;
END
$$;
