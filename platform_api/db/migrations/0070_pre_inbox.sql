-- What waits for whom: an item for one user, or for all who hold a permission at an organisation. Any domain's
-- transaction may put and settle items of others, through two functions that act as the house; by itself it sees
-- only what waits for its actor.

CREATE TABLE inbox_items (
    id uuid PRIMARY KEY,
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    kind text NOT NULL CHECK (length(kind) BETWEEN 1 AND 80),
    subject_type text NOT NULL CHECK (length(subject_type) BETWEEN 1 AND 40),
    subject_id text NOT NULL CHECK (length(subject_id) BETWEEN 1 AND 64),
    user_id uuid REFERENCES users (id),
    permission text CHECK (length(permission) BETWEEN 1 AND 80),
    nature text NOT NULL CHECK (nature IN ('task', 'notice')),
    title text NOT NULL CHECK (length(title) BETWEEN 1 AND 80),
    params jsonb NOT NULL,
    link text NOT NULL CHECK (link LIKE '/app/%' AND length(link) <= 300),
    due_at timestamptz,
    put_at timestamptz NOT NULL,
    done_at timestamptz,
    done_by text,
    CHECK (num_nonnulls(user_id, permission) = 1)
);

-- One open item a kind, subject and receiver.
CREATE UNIQUE INDEX inbox_items_open_key ON inbox_items
    (kind, subject_type, subject_id, organisation_id, coalesce(user_id::text, permission)) WHERE done_at IS NULL;
CREATE INDEX inbox_items_user_idx ON inbox_items (user_id, (done_at IS NULL), put_at DESC, id DESC)
    WHERE user_id IS NOT NULL;
CREATE INDEX inbox_items_holders_idx ON inbox_items (permission, (done_at IS NULL), put_at DESC, id DESC)
    WHERE permission IS NOT NULL;

CREATE TABLE inbox_reads (
    item_id uuid NOT NULL REFERENCES inbox_items (id) ON DELETE CASCADE,
    subject text NOT NULL,
    read_at timestamptz NOT NULL,
    PRIMARY KEY (item_id, subject)
);

ALTER TABLE inbox_items ENABLE ROW LEVEL SECURITY;
ALTER TABLE inbox_items FORCE ROW LEVEL SECURITY;
CREATE POLICY received ON inbox_items FOR SELECT USING (
    user_id = (SELECT scopecast_actor_id())
    OR (permission IS NOT NULL AND organisation_id = ANY ((SELECT scopecast_scope())::uuid[]))
    OR (SELECT scopecast_is_system())
);
CREATE POLICY put ON inbox_items FOR INSERT WITH CHECK ((SELECT scopecast_is_system()));
CREATE POLICY settled ON inbox_items FOR UPDATE
    USING (user_id = (SELECT scopecast_actor_id()) OR (SELECT scopecast_is_system()));

ALTER TABLE inbox_reads ENABLE ROW LEVEL SECURITY;
ALTER TABLE inbox_reads FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON inbox_reads USING (subject = (SELECT scopecast_actor()) OR (SELECT scopecast_is_system()));

-- Puts an item, or renews the open one: newest again, and unread by all.
CREATE FUNCTION inbox_put(
    item uuid, at timestamptz, item_kind text, of_type text, of_id text, for_user uuid, for_permission text,
    for_organisation uuid, item_nature text, item_title text, item_params jsonb, item_link text, item_due timestamptz
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    actor constant text := scopecast_actor();
BEGIN
    PERFORM set_config('scopecast.actor', 'system:inbox', true);
    WITH kept AS (
        INSERT INTO inbox_items (
            id, organisation_id, kind, subject_type, subject_id, user_id, permission, nature, title, params, link,
            due_at, put_at
        )
        VALUES (
            item, coalesce(for_organisation, (SELECT organisation_id FROM users WHERE users.id = for_user)),
            item_kind, of_type, of_id, for_user, for_permission, item_nature, item_title, item_params, item_link,
            item_due, at
        )
        ON CONFLICT (kind, subject_type, subject_id, organisation_id, coalesce(user_id::text, permission))
            WHERE done_at IS NULL
            DO UPDATE SET title = excluded.title, params = excluded.params, link = excluded.link,
                due_at = excluded.due_at, put_at = excluded.put_at
        RETURNING inbox_items.id
    )
    DELETE FROM inbox_reads WHERE item_id IN (SELECT kept.id FROM kept);
    PERFORM set_config('scopecast.actor', actor, true);
END;
$$;

-- Settles what is open of a kind and subject, for all receivers or for one user; gives for whom it was.
CREATE FUNCTION inbox_done(at timestamptz, by_subject text, item_kind text, of_type text, of_id text, of_user uuid)
RETURNS TABLE (was_user uuid, was_permission text) LANGUAGE plpgsql AS $$
DECLARE
    actor constant text := scopecast_actor();
BEGIN
    PERFORM set_config('scopecast.actor', 'system:inbox', true);
    RETURN QUERY
        UPDATE inbox_items SET done_at = at, done_by = by_subject
        WHERE kind = item_kind AND subject_type = of_type AND subject_id = of_id AND done_at IS NULL
            AND (of_user IS NULL OR user_id = of_user)
        RETURNING user_id, permission;
    PERFORM set_config('scopecast.actor', actor, true);
END;
$$;

GRANT SELECT, INSERT, UPDATE ON inbox_items TO scopecast_app;
GRANT SELECT, INSERT, DELETE ON inbox_reads TO scopecast_app;
