-- Accounts as a list: sorted by pinyin, searched by characters and pinyin, asked by standing. The platform fills in
-- the words of accounts from before at its next start; an older release goes on making accounts without them.

ALTER TABLE users ADD COLUMN name_key text NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN search_tokens text[] NOT NULL DEFAULT '{}';
ALTER TABLE users ADD COLUMN search_text text NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN second_factor boolean NOT NULL GENERATED ALWAYS AS (totp_confirmed_at IS NOT NULL) STORED;
ALTER TABLE users ADD COLUMN standing text NOT NULL GENERATED ALWAYS AS (
    CASE
        WHEN disabled_at IS NOT NULL THEN 'disabled'
        WHEN must_change_password OR totp_confirmed_at IS NULL THEN 'invited'
        ELSE 'active'
    END
) STORED;

CREATE INDEX users_name_key_idx ON users (name_key, id)
    INCLUDE (created_at, organisation_id, second_factor, standing);
CREATE INDEX users_organisation_name_idx ON users (organisation_id, name_key, id)
    INCLUDE (created_at, second_factor, standing);
CREATE INDEX users_standing_idx ON users (standing);
CREATE INDEX users_created_at_idx ON users (created_at, id)
    INCLUDE (organisation_id, second_factor, standing);
CREATE INDEX users_organisation_created_at_idx ON users (organisation_id, created_at, id)
    INCLUDE (second_factor, standing);
CREATE INDEX users_search_idx ON users USING gin (search_tokens);
CREATE INDEX users_unworded_idx ON users (id) WHERE name_key = '';
SELECT scopecast_make_searchable('users');

CREATE VIEW user_rows WITH (security_invoker = true) AS
SELECT
    u.id, u.organisation_id, o.name AS organisation_name, u.username, u.name, u.name_key, u.title,
    array_to_string(u.roles, ' ') AS roles, u.second_factor, u.standing, u.created_at, u.search_tokens, u.search_text,
    u.ctid AS place
FROM users u
LEFT JOIN organisations o ON o.id = u.organisation_id
WHERE u.organisation_id = ANY ((SELECT scopecast_scope())::uuid[]);

GRANT SELECT ON user_rows TO scopecast_app;
