-- What is under review or locked refuses as a broken constraint does, so that a merger of organisations leaves such
-- rows where they are and goes on, as it does with all rows that a table's own rules keep.

CREATE OR REPLACE FUNCTION review_keep_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
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
                USING ERRCODE = 'restrict_violation';
        END IF;
    END LOOP;
    PERFORM set_config('scopecast.actor', actor, true);
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END;
$$;
