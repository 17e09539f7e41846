"""Row-level rules must not take away the indexes of what every request looks up (decision 36)."""

import asyncpg
import pytest

from platform_api.db.embedded import EmbeddedPostgres
from platform_api.db.migrate import APP_ROLE
from platform_api.kernel.ids import new_id

SOMEBODY = "'01900000-0000-7000-8000-000000000000'"
LOOKED_UP = {
    "users_username_key": "SELECT * FROM users WHERE username = 'expert'",
    "users_pkey": "SELECT * FROM users WHERE id = $1::uuid FOR UPDATE",
    "users_activation_hash_key": "SELECT * FROM users WHERE activation_hash = 'x'",
    "logins_pkey": "SELECT * FROM logins WHERE id = $1::uuid",
    "logins_user_idx": "SELECT * FROM logins WHERE user_id = $1::uuid AND ended_at IS NULL",
    "logins_pass_idx": "UPDATE logins SET ended_at = now() WHERE pass_id = $1::uuid AND ended_at IS NULL",
    "refresh_tokens_pkey": "SELECT * FROM refresh_tokens WHERE token_hash = 'x' FOR UPDATE",
    "login_attempts_key_idx": "DELETE FROM login_attempts WHERE key = 'password:x' AND at <= now()",
    "invitations_url_hash_key": "SELECT * FROM invitations WHERE url_hash = 'x'",
    "api_keys_key_hash_key": "SELECT * FROM api_keys WHERE key_hash = 'x'",
    "passkeys_credential_id_key": "SELECT * FROM passkeys WHERE credential_id = 'x'",
    "passkeys_user_idx": "SELECT * FROM passkeys WHERE user_id = $1::uuid",
    "user_contacts_document_lookup_key": "SELECT * FROM user_contacts WHERE document_lookup = ANY ('{x}')",
}


MANY = """
    INSERT INTO organisations (id, name, kind, created_at)
        VALUES ('01900000-0000-7000-8000-00000000000f', '市立医院', 'hospital', now());
    INSERT INTO users (id, organisation_id, username, name, created_at)
        SELECT gen_random_uuid(), '01900000-0000-7000-8000-00000000000f', 'user' || n, '某', now()
        FROM generate_series(1, 3000) n;
    INSERT INTO logins (id, user_id, address, started_at, seen_at, ends_at)
        SELECT gen_random_uuid(), id, '', now(), now(), now() FROM users;
    ANALYZE users;
    ANALYZE logins;
"""


@pytest.mark.parametrize("subject", ["system:identity", "01a22793-505e-7a0c-a8f4-b10c323323a7"])
async def test_AZ_01_what_is_looked_up_under_the_rules_uses_its_index(
    cluster: EmbeddedPostgres, database_name: str, subject: str
) -> None:
    superuser = await asyncpg.connect(cluster.dsn(database=database_name))
    await superuser.execute(MANY)
    await superuser.close()
    connection = await asyncpg.connect(cluster.dsn(role=APP_ROLE, database=database_name))
    await connection.execute("SET enable_seqscan = off")  # few rows: else no index would be worth it
    await connection.execute("SELECT set_config('scopecast.actor', $1, false)", subject)
    await connection.execute("SELECT set_config('scopecast.organisation', $1, false)", new_id())

    plans = dict[str, str]()
    for index, statement in LOOKED_UP.items():
        rows = await connection.fetch("EXPLAIN " + statement.replace("$1", SOMEBODY))
        plans[index] = "\n".join(row[0] for row in rows)
    await connection.close()

    for index, plan in plans.items():
        used = plan.partition(index)[2].split("\n")[1:]
        assert any("Index Cond" in line for line in used[:3]), f"{index} is not used:\n{plan}"
