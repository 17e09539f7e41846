"""Exports over HTTP, written by the worker's own hand."""

import csv
import hashlib
import io
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from openpyxl import load_workbook

from platform_api.audit import AuditTrail
from platform_api.db import Actor
from platform_api.exports import ExportSettings, ExportWriter, Vault, WriteExport
from platform_api.exports.service import sweep
from platform_api.inbox import Inbox
from platform_api.tables.service import Tables
from tests.platform_api.tables.conftest import Clinic
from tests.support.jobs import TESTER
from tests.support.people_list import Patient
from tests.support.platform import Person
from tests.support.sessions import ok, refusal

PATH = "/tables/people/exports"
COLUMNS = ["name", "phone", "citizen_sealed", "age", "seen_at", "state", "urgent"]


def writer(clinic: Clinic, tmp_path: Path, **more: Any) -> ExportWriter:
    town = clinic.town
    services = town.platform.services
    return ExportWriter(
        database=town.platform.database,
        clock=town.clock,
        trail=services.get(AuditTrail),
        inbox=services.get(Inbox),
        tables=services.get(Tables),
        vault=Vault(tmp_path / "exports", town.keys.sealer),
        settings=ExportSettings(**more),
    )


async def ask(person: Person, **more: Any) -> dict[str, Any]:
    body = {"format": "xlsx", "purpose": "季度质控核对", "asking": {"columns": COLUMNS}, **more}
    export: dict[str, Any] = await ok(await person.post(PATH, body), 201)
    return export


async def write(clinic: Clinic, tmp_path: Path, export: dict[str, Any], **more: Any) -> list[float]:
    told = list[float]()

    async def progress(fraction: float) -> None:
        told.append(fraction)

    await writer(clinic, tmp_path, **more).write(WriteExport(export=export["id"]), progress)
    return told


async def listed(person: Person, table: str = "exports") -> list[dict[str, Any]]:
    """The rows of a list of exports."""
    page = await ok(await person.post(f"/tables/{table}/rows", {}))
    return [dict(zip(page["columns"], row["cells"], strict=True)) for row in page["rows"]]


async def mine(person: Person) -> dict[str, Any]:
    """One's newest export."""
    return (await listed(person))[0]


async def taken(person: Person, export: dict[str, Any]) -> bytes:
    answer = await person.get(f"/exports/{export['id']}/file")
    assert answer.status == 200, await answer.text()
    assert answer.headers["Content-Disposition"].startswith("attachment; filename*=UTF-8''E2026")
    return await answer.read()


async def entries(clinic: Clinic, tag: str) -> list[dict[str, Any]]:
    async with clinic.town.platform.database.transaction(TESTER) as transaction:
        rows = await transaction.fetch(
            "SELECT details FROM audit_entries WHERE tag = $1 ORDER BY number", tag
        )
    return [row["details"] for row in rows]


async def test_PR_09_a_small_list_is_written_marked_masked_and_on_record(
    clinic: Clinic, tmp_path: Path
) -> None:
    asking = {"columns": COLUMNS, "text": "张小", "sort": {"column": "name", "descending": False}}
    export = await ask(clinic.doctor, asking=asking)

    told = await write(clinic, tmp_path, export)

    done = await mine(clinic.doctor)
    data = await taken(clinic.doctor, export)
    expected = [row for row in clinic.rows if "张小" in row.name]
    assert (export["state"], done["state"], done["rows"]) == ("queued", "done", len(expected))
    assert done["sha256"] == hashlib.sha256(data).hexdigest()
    assert told == sorted(told)
    sheet = load_workbook(io.BytesIO(data)).active
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert export["reference"] in rows[0][0]
    assert "doctor医生" in rows[0][0]
    assert {row[0] for row in rows[2:]} == {row.name for row in expected}
    assert all("****" in row[1] and "********" in row[2] for row in rows[2:])
    asked, exported = await entries(clinic, "export.asked"), await entries(clinic, "record.exported")
    assert (asked[0]["purpose"], asked[0]["expected"]) == ("季度质控核对", len(expected))
    assert (exported[0]["rows"], exported[0]["sha256"]) == (len(expected), done["sha256"])
    assert exported[0]["purpose"] == "季度质控核对"
    assert "张小" not in exported[0]["filter"]
    assert [entry["sha256"] for entry in await entries(clinic, "export.downloaded")] == [done["sha256"]]


async def test_the_watermark_is_in_the_files_properties_too(clinic: Clinic, tmp_path: Path) -> None:
    export = await ask(clinic.doctor)
    await write(clinic, tmp_path, export)

    book = load_workbook(io.BytesIO(await taken(clinic.doctor, export)))

    assert book.properties.creator == "doctor医生"
    assert export["reference"] in (book.properties.title or "")
    assert export["reference"] in (book.properties.description or "")
    assert export["reference"] in (book.active.oddHeader.center.text or "")


async def test_UP_04_no_cell_of_a_file_is_a_formula(clinic: Clinic, tmp_path: Path) -> None:
    organisation = clinic.rows[0].organisation
    wild = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1", '=HYPERLINK("http://x","y")']
    await clinic.add([Patient(organisation, text) for text in wild])
    asking = {"columns": ["name", "age"], "sort": {"column": "name", "descending": False}}

    files = {}
    for kind in ("xlsx", "csv"):
        export = await ask(clinic.doctor, format=kind, asking=asking)
        await write(clinic, tmp_path, export)
        files[kind] = await taken(clinic.doctor, export)

    with zipfile.ZipFile(io.BytesIO(files["xlsx"])) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
        assert "quotePrefix" in archive.read("xl/styles.xml").decode()
    assert "<f>" not in sheet
    cells = load_workbook(io.BytesIO(files["xlsx"])).active
    kinds = {cell.value: cell.data_type for (cell,) in cells.iter_rows(min_row=3, max_col=1)}
    assert {kinds[text] for text in wild if text[0] not in "\t\r"} == {"s"}
    assert files["csv"].startswith(b"\xef\xbb\xbf")
    lines = list(csv.reader(io.StringIO(files["csv"].decode("utf-8-sig"), newline="")))
    names = [line[0] for line in lines[1:-1]]
    assert {f"'{text}" for text in wild} <= set(names)
    assert not any(name.startswith(("=", "+", "-", "@", "\t", "\r")) for name in names)
    assert "编号 E2026" in lines[-1][0]


async def test_PR_09_many_rows_wait_for_a_second_person(clinic: Clinic, tmp_path: Path) -> None:
    organisation = clinic.rows[0].organisation
    await clinic.add([Patient(organisation, f"王{number}") for number in range(600)])
    export = await ask(clinic.office)
    other = await clinic.town.signed_in("director", *clinic.office.user.roles)

    await write(clinic, tmp_path, export)
    assert (await mine(clinic.office))["state"] == "waiting"
    path = f"/exports/{export['id']}/decision"
    assert await refusal(await clinic.office.post(path, {"agreed": True})) == (403, "export.own")
    assert await refusal(await clinic.doctor.post(path, {"agreed": True})) == (403, "refused")
    assert await refusal(await clinic.foreigner.post(path, {"agreed": True})) == (404, "not_found")
    (waiting,) = await listed(other, "exports_waiting")
    assert (waiting["purpose"], waiting["table_name"], waiting["expected"]) == ("季度质控核对", "患者", 660)
    assert (waiting["reference"], waiting["columns"].split(" ")[0]) == (export["reference"], "people.name")
    assert await listed(other) == await listed(clinic.office, "exports_waiting") == []
    assert await listed(clinic.foreigner, "exports_waiting") == []
    assert await refusal(await clinic.doctor.post("/tables/exports_waiting/rows", {})) == (404, "not_found")
    assert (await ok(await other.get("/inbox")))["items"][0]["link"] == "/app/exports?waiting=1"
    agreed = await ok(await other.post(path, {"agreed": True}))
    await write(clinic, tmp_path, export)

    done = await mine(clinic.office)
    assert (agreed["state"], done["state"], done["rows"]) == ("queued", "done", 660)
    assert done["decided_name"] == "director医生"
    assert (await ok(await other.get("/inbox")))["items"] == []
    assert await refusal(await other.post(path, {"agreed": True})) == (409, "export.decided")
    assert await refusal(await other.get(f"/exports/{export['id']}/file")) == (404, "not_found")


async def test_PR_09_the_database_itself_refuses_an_approval_by_the_owner(clinic: Clinic) -> None:
    export = await ask(clinic.office, opened=["phone"])

    async def decide_alone() -> None:
        actor = Actor(subject=clinic.office.user.id)
        async with clinic.town.platform.database.transaction(actor) as transaction:
            await transaction.execute(
                "UPDATE exports SET decided_by = owner, decided_at = now() WHERE id = $1", export["id"]
            )

    with pytest.raises(asyncpg.CheckViolationError, match="not_by_the_owner"):
        await decide_alone()


async def test_PR_08_a_value_shown_whole_needs_the_right_and_a_second_person(
    clinic: Clinic, tmp_path: Path
) -> None:
    body = {
        "format": "csv",
        "purpose": "向患者寄送报告",
        "asking": {"columns": ["name", "citizen_sealed"], "text": "张小"},
        "opened": ["citizen_sealed"],
    }
    assert await refusal(await clinic.doctor.post(PATH, body)) == (403, "refused")
    for opened in (["name"], ["phone"], ["nothing"]):
        answer = await clinic.office.post(PATH, {**body, "opened": opened})
        assert await refusal(answer) == (422, "table.column_unknown")
    export = await ok(await clinic.office.post(PATH, body), 201)
    other = await clinic.town.signed_in("director", *clinic.office.user.roles)
    await ok(await other.post(f"/exports/{export['id']}/decision", {"agreed": True}))

    await write(clinic, tmp_path, export)
    text = (await taken(clinic.office, export)).decode("utf-8-sig")

    assert export["state"] == "waiting"
    expected = [row.citizen for row in clinic.rows if "张小" in row.name]
    assert all(str(citizen) in text for citizen in expected)


async def test_a_list_that_grew_after_it_was_asked_for_waits(clinic: Clinic, tmp_path: Path) -> None:
    export = await ask(clinic.doctor)

    await write(clinic, tmp_path, export, approval_rows=50)

    assert (await mine(clinic.doctor))["state"] == "waiting"
    assert await refusal(await clinic.doctor.get(f"/exports/{export['id']}/file")) == (409, "export.not_done")
    assert list((tmp_path / "exports").iterdir()) == []


async def test_a_refusal_says_why(clinic: Clinic) -> None:
    export = await ask(clinic.office, opened=["phone"])
    other = await clinic.town.signed_in("director", *clinic.office.user.roles)
    path = f"/exports/{export['id']}/decision"

    assert await refusal(await other.post(path, {"agreed": False})) == (422, "export.reason")
    await ok(await other.post(path, {"agreed": False, "reason": "用途不明"}))

    refused = await mine(clinic.office)
    assert (refused["state"], refused["decision_reason"]) == ("refused", "用途不明")


async def test_an_export_is_cancelled_by_its_owner_alone(clinic: Clinic, tmp_path: Path) -> None:
    export = await ask(clinic.doctor)
    path = f"/exports/{export['id']}/cancel"

    assert await refusal(await clinic.office.post(path)) == (404, "not_found")
    await ok(await clinic.doctor.post(path))
    await write(clinic, tmp_path, export)

    assert (await mine(clinic.doctor))["state"] == "cancelled"
    assert await refusal(await clinic.doctor.post(path)) == (409, "export.over")


async def test_an_export_written_twice_is_done_once(clinic: Clinic, tmp_path: Path) -> None:
    export = await ask(clinic.doctor)
    async with clinic.town.platform.database.transaction() as transaction:  # a worker that was killed
        await transaction.execute("SELECT set_config('scopecast.actor', 'system:test', true)")
        await transaction.execute("UPDATE exports SET state = 'running' WHERE id = $1", export["id"])

    await write(clinic, tmp_path, export)
    await write(clinic, tmp_path, export)

    assert len(await entries(clinic, "record.exported")) == 1
    assert (await mine(clinic.doctor))["state"] == "done"


async def test_a_file_expires_and_its_bytes_go(clinic: Clinic, tmp_path: Path) -> None:
    export = await ask(clinic.doctor)
    await write(clinic, tmp_path, export)
    assert (tmp_path / "exports" / export["id"]).exists()

    clinic.town.clock.advance(timedelta(hours=73).total_seconds())
    await clinic.doctor.sign_in()

    assert await refusal(await clinic.doctor.get(f"/exports/{export['id']}/file")) == (410, "export.expired")
    database, clock = clinic.town.platform.database, clinic.town.clock
    vault = Vault(tmp_path / "exports", clinic.town.keys.sealer)
    assert [await sweep(database, clock, vault) for _ in range(2)] == [1, 0]
    assert (await mine(clinic.doctor))["state"] == "expired"
    assert not (tmp_path / "exports" / export["id"]).exists()


async def test_PR_03_a_finished_file_is_sealed_on_disk(clinic: Clinic, tmp_path: Path) -> None:
    export = await ask(clinic.doctor, format="csv", asking={"columns": ["name"]})
    await write(clinic, tmp_path, export)

    stored = (tmp_path / "exports" / export["id"]).read_bytes()

    assert clinic.rows[0].name.encode() not in stored
    (tmp_path / "exports" / export["id"]).write_bytes(stored[:-1] + b"x")
    assert await refusal(await clinic.doctor.get(f"/exports/{export['id']}/file")) == (410, "export.lost")


async def test_a_wrong_request_is_refused(clinic: Clinic) -> None:
    for more, expected in (
        ({"purpose": "无"}, (422, "export.purpose")),
        ({"purpose": "........"}, (422, "export.purpose")),
        ({"format": "exe"}, (422, "request.invalid")),
        ({"asking": {"columns": ["note"]}}, (422, "table.column_unknown")),
    ):
        body = {"format": "xlsx", "purpose": "季度质控核对", "asking": {"columns": COLUMNS}, **more}
        assert await refusal(await clinic.doctor.post(PATH, body)) == expected
    for _ in range(5):
        await ask(clinic.doctor)
    body = {"format": "xlsx", "purpose": "季度质控核对", "asking": {}}
    assert await refusal(await clinic.doctor.post(PATH, body)) == (429, "export.too_many_open")


async def test_an_export_that_failed_is_written_when_its_job_is_run_again(
    clinic: Clinic, tmp_path: Path
) -> None:
    export = await ask(clinic.doctor)
    await writer(clinic, tmp_path).give_up(WriteExport(export=export["id"]))
    assert (await mine(clinic.doctor))["state"] == "failed"

    await write(clinic, tmp_path, export)

    assert (await mine(clinic.doctor))["state"] == "done"
