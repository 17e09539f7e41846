"""How each list looks when it is full: SQL that fills it from the rows of `filler`."""

from collections.abc import Mapping
from typing import Final

EXPORTS: Final = """
    INSERT INTO exports (id, organisation_id, owner, owner_name, table_name, format, language, purpose,
        question, columns, expected, state, asked_at)
    SELECT gen_random_uuid(), hospital, 'user:' || n % 900, '某人', 'users', 'csv', 'zh-CN', '季度核对',
        '{"filters": [], "text": ""}', '{name}', 9, CASE WHEN n % 100 = 0 THEN 'waiting' ELSE 'expired' END,
        timestamptz '2026-01-01' + n * interval '1 minute' FROM filler"""
FILLED: Final[Mapping[str, str]] = {
    "people": """
        INSERT INTO people SELECT gen_random_uuid(), hospital, '某医院', '张' || n, 'zhang ' || n, NULL, NULL,
            sha256(n::text::bytea), NULL, 18 + n % 80, 40 + n % 500 / 10.0, date '1950-01-01' + n,
            CASE WHEN n % 20 > 0 THEN timestamptz '2020-01-01' + n * interval '1 minute' END,
            (ARRAY['waiting', 'seen', 'closed'])[1 + n % 3], n % 2000 = 0, '',
            ARRAY['张', '张' || n % 5000], ''
        FROM filler""",
    "audit": """
        INSERT INTO audit_entries
        SELECT n, timestamptz '2026-11-01' + n * interval '1 minute',
            CASE WHEN n % 50 = 0 THEN 'login' ELSE 'record.viewed' END, 'ok', 'user:' || n % 900, '某人',
            hospital, '', 'x', 't' || n % 5000, '{}', '', '' FROM filler""",
    "alarms": """
        INSERT INTO audit_entries
        SELECT n, timestamptz '2026-11-01' + n * interval '1 minute',
            CASE WHEN n % 50 = 0 THEN 'alarm.raised' ELSE 'record.viewed' END, 'ok', 'system:alarms', '',
            hospital, '', 'alarm', CASE WHEN n % 500 = 0 THEN 'refused_reads' ELSE 'many_views' END,
            '{"actor": "x", "actor_name": "某人", "count": 50}', '', '' FROM filler""",
    "jobs": """
        INSERT INTO jobs (id, kind, payload, dedupe_key, state, queued_at, asked_by, asked_by_name,
            organisation_id)
        SELECT gen_random_uuid(), 'kind' || n % 500, '{}', n,
            CASE WHEN n % 100 = 0 THEN 'queued' WHEN n % 100 = 1 THEN 'failed' ELSE 'done' END,
            timestamptz '2026-01-01' + n * interval '1 minute', 'user:' || n % 900, '某人', hospital
        FROM filler""",
    "users": """
        INSERT INTO users (id, organisation_id, username, name, name_key, search_tokens, password_hash,
            must_change_password, totp_confirmed_at, disabled_at, created_at)
        SELECT gen_random_uuid(), hospital, 'zhang' || n, '张' || n, 'zhang ' || n,
            ARRAY['张', '张' || n % 5000], '', n % 50 = 0, CASE WHEN n % 100 > 0 THEN now() END,
            CASE WHEN n % 900 = 0 THEN now() END, timestamptz '2026-01-01' + n * interval '1 minute'
        FROM filler""",
    "api_keys": """
        INSERT INTO api_keys (id, organisation_id, user_id, name, prefix, key_hash, scopes, per_minute,
            per_day, created_at, expires_at, revoked_at)
        SELECT gen_random_uuid(), hospital, gen_random_uuid(), 'HIS', 'sck_' || n, sha256(n::text::bytea),
            '{jobs.view}', 60, 10000, timestamptz '2026-01-01' + n * interval '1 minute',
            timestamptz '2026-06-01' + n * interval '1 minute', CASE WHEN n % 100 = 0 THEN now() END
        FROM filler""",
    "registrations": """
        INSERT INTO registrations (id, organisation_id, code_hash, name, phone_sealed, phone_lookup, title,
            speciality, reason, locale, state, created_at)
        SELECT gen_random_uuid(), hospital, sha256(n::text::bytea), '张' || n, '', sha256(n::text::bytea), '',
            '', '教学', 'zh-CN', CASE WHEN n % 300 = 0 THEN 'waiting' ELSE 'refused' END,
            timestamptz '2026-01-01' + n * interval '1 minute' FROM filler""",
    "user_invitations": """
        INSERT INTO user_invitations (id, organisation_id, roles, name, url_hash, created_by, created_at,
            expires_at, used_at, revoked_at)
        SELECT gen_random_uuid(), hospital, '{doctor}', '张' || n, sha256(n::text::bytea), gen_random_uuid(),
            timestamptz '2026-01-01' + n * interval '1 minute',
            timestamptz '2026-06-01' + n * interval '1 minute',
            CASE WHEN n % 90 > 0 THEN timestamptz '2026-01-02' + n * interval '1 minute' END,
            CASE WHEN n % 100 = 0 THEN timestamptz '2026-01-02' + n * interval '1 minute' END FROM filler""",
    "exports": EXPORTS,
    "exports_waiting": EXPORTS,
    "storage": """
        INSERT INTO organisation_storage (organisation_id, recordings, files, previews, uploads, exports)
        SELECT gen_random_uuid(), n, n % 5000, 1, 0, 0 FROM filler""",
    "emergency_accesses": """
        INSERT INTO break_glass (id, user_id, organisation_id, given_role_id, reason, opened_at, ends_at,
            reviewed_at, reviewed_by, justified)
        SELECT gen_random_uuid(), gen_random_uuid(), hospital, gen_random_uuid(), '急诊会诊，需要看既往检查',
            timestamptz '2026-01-01' + n * interval '1 minute',
            timestamptz '2026-01-01' + (n + 30) * interval '1 minute',
            CASE WHEN n % 100 > 0 THEN now() END, CASE WHEN n % 100 > 0 THEN gen_random_uuid() END,
            CASE WHEN n % 100 > 0 THEN n % 100 > 1 END FROM filler""",
    "questions": """
        INSERT INTO questions (id, organisation_id, kind, asker_id, asker_name, title, body, case_summary,
            topic, body_part, scene, visibility, seen_from, session_id, state, asked_at, asked_s, active_at,
            likes, answers, files, search_tokens, search_text)
        SELECT gen_random_uuid(), hospital, 'question', gen_random_uuid(), '张' || n, '胃角', '', '',
            CASE WHEN n % 200 = 0 THEN 'diagnosis' ELSE 'technique' END,
            CASE WHEN n % 200 = 0 THEN 'oesophagus' ELSE 'colon' END,
            CASE WHEN n % 200 = 0 THEN 'pc' ELSE 'phone' END,
            CASE WHEN n % 3 = 0 THEN 'everyone' ELSE 'organisation' END, NULL, NULL,
            CASE WHEN n % 200 = 0 THEN 'open' ELSE 'closed' END,
            timestamptz '2026-01-01' + n * interval '1 minute', n * 60, now(), n % 50, n % 20,
            CASE WHEN n % 200 = 0 THEN 97 ELSE 0 END, ARRAY['张', '张' || n % 5000], '张' || n % 5000
        FROM filler""",
}
"""What makes the rows of a list: whoever adds a list says how it looks when it is full."""


def filler(rows: int) -> str:
    """So many numbers, each with one of the organisations below the topmost, in turn."""
    return f"""
    CREATE TEMP TABLE filler AS SELECT n, hospitals.id AS hospital
    FROM generate_series(1, {rows}) AS n
    JOIN (
        SELECT id, row_number() OVER (ORDER BY id) AS place, count(*) OVER () AS many
        FROM organisations WHERE parent_id IS NOT NULL
    ) AS hospitals ON hospitals.place = 1 + n % hospitals.many
"""  # noqa: S608 - a number
