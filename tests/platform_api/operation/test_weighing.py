"""What is kept is weighed by kind and by organisation; what is as it was is not weighed twice."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from platform_api.db import Actor
from platform_api.files.disk import FileDisk
from platform_api.identity.model import Duty, UserRole
from platform_api.jobs.store import newest
from platform_api.kernel.ids import FileId, new_id
from platform_api.operation import Weigher, WeighStorage, weigher
from platform_api.operation.weighing import weigh
from tests.support.jobs import TESTER
from tests.support.platform import Person, Town
from tests.support.previews import sent
from tests.support.sessions import FOREIGN, Stage, make_stage, ok, picture
from tests.support.uploading import begin

EXPORT = (
    "INSERT INTO exports (id, organisation_id, owner, owner_name, table_name, format, language, purpose, "
    "question, columns, expected, state, asked_at) VALUES ($1, $2, 'user:x', '某人', 'users', 'csv', "
    "'zh-CN', '季度核对', '{}', '{name}', 9, 'done', now())"
)


async def untold(_: float) -> None:
    """Nobody looks at the progress."""


def lay(path: Path, size: int) -> Path:
    """So many bytes in a file at this place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(bytes(size))
    return path


@dataclass(slots=True)
class House:
    """A platform, its data directory, and who weighs it."""

    stage: Stage
    data_dir: Path
    files: FileDisk
    weigher: Weigher
    operator: Person

    @property
    def town(self) -> Town:
        return self.stage.town

    async def weigh(self) -> None:
        await self.weigher.work(WeighStorage(), untold)

    async def kinds(self) -> dict[str, tuple[int, int]]:
        """Bytes and things by kind, as an operator sees them."""
        seen = await ok(await self.operator.get("/operation"))
        return {each["kind"]: (each["bytes"], each["items"]) for each in seen["storage"]["kinds"]}


@pytest.fixture
async def house(town: Town, tmp_path: Path) -> House:
    stage = await make_stage(town)
    files = FileDisk(tmp_path / "files", town.keys.sealer)
    return House(
        stage=stage,
        data_dir=tmp_path,
        files=files,
        weigher=Weigher(
            database=town.platform.database, clock=town.clock, data_dir=tmp_path, sizes=files.sizes
        ),
        operator=await town.signed_in("system", duty=Duty.SYSTEM),
    )


async def filled(house: House) -> dict[str, int]:
    """Something of each kind, and how many bytes it is where only its place can tell."""
    recording = (await house.stage.opened())["recording"]["id"]
    for name, size in (("t01p001-00001.m4s", 900_000), ("manifest.json", 100)):
        lay(house.data_dir / "recordings" / recording / name, size)
    lay(house.data_dir / "recordings" / new_id() / "left.m4s", 7_000)
    file = (await ok(await sent(house.stage, picture(), "still.png")))["id"]
    preview = FileId(new_id())
    await house.files.write(preview, bytes(2_000))
    export = new_id()
    async with house.town.platform.database.transaction(TESTER) as transaction:
        await transaction.execute(
            "UPDATE files SET preview_state = 'ready', preview_id = $2 WHERE id = $1", file, preview
        )
        await transaction.execute(EXPORT, export, house.stage.foreigner.user.organisation)
    lay(house.data_dir / "exports" / export, 5_000)
    lay(house.data_dir / "exports" / f"{export}.new" / "plain.csv", 40)
    await begin(house.stage.expert, 80_000, "long.pdf")
    lay(house.data_dir / "files" / "aside" / new_id(), 300)
    lay(house.data_dir / "rooms" / "abc" / "journal.jsonl", 60)
    lay(house.data_dir / "logs" / "front.log", 70)
    lay(house.data_dir / "tls" / "cert.pem", 80)
    return {
        "file": house.files.path(FileId(file)).stat().st_size,
        "preview": house.files.path(preview).stat().st_size,
        "parts": weigh(house.data_dir / "files" / "parts").bytes,
    }


async def test_an_operator_sees_what_each_kind_and_each_organisation_takes(house: House) -> None:
    sizes = await filled(house)
    before = (await ok(await house.operator.get("/operation")))["storage"]

    await house.weigh()

    assert before is None
    kinds = await house.kinds()
    assert kinds["recordings"] == (907_100, 2)
    assert kinds["files"] == (sizes["file"], 1)
    assert kinds["previews"] == (sizes["preview"], 1)
    assert kinds["uploads"][0] == sizes["parts"] > 0
    assert kinds["exports"] == (5_040, 2)
    assert kinds["aside"] == (300, 1)
    assert (kinds["rooms"], kinds["logs"]) == ((60, 1), (70, 1))
    assert kinds["other"][0] >= 80
    assert kinds["database"][0] > 1_000_000
    shown = (await ok(await house.operator.get("/operation")))["storage"]
    assert shown["bytes"] == sum(each for each, _ in kinds.values())
    assert shown["weighed_at"] is not None
    rows = await ok(await house.operator.post("/tables/storage/rows"))
    total = 900_100 + sizes["file"] + sizes["preview"] + sizes["parts"]
    cells = [dict(zip(rows["columns"], row["cells"], strict=True)) for row in rows["rows"]]
    assert [(each["organisation_name"], each["total"], each["recordings"]) for each in cells] == [
        ("市立医院", total, 900_100)
    ]


async def test_figures_of_others_are_shown_to_nobody_who_does_not_stand_above_them(house: House) -> None:
    await filled(house)
    await house.weigh()
    far = await house.town.signed_in("far-system", duty=Duty.SYSTEM, organisation=FOREIGN)
    doctor = await house.town.signed_in("doctor", UserRole.DOCTOR)

    rows = await ok(await far.post("/tables/storage/rows"))

    assert [row["cells"][:2] for row in rows["rows"]] == [[FOREIGN, 5_040]]
    assert (await doctor.post("/tables/storage/rows")).status == 404
    assert (await doctor.post("/operation/storage")).status == 403
    outsider = Actor(subject=doctor.user.id, organisation=doctor.user.organisation)
    async with house.town.platform.database.transaction(outsider) as transaction:
        assert await transaction.fetch("SELECT * FROM storage_kinds") == []
        assert await transaction.fetch("SELECT * FROM recording_weights") == []
        mine = await transaction.fetch("SELECT organisation_id FROM organisation_storage")
        assert [row["organisation_id"] for row in mine] == [doctor.user.organisation]


async def test_a_recording_is_weighed_anew_once_its_folder_has_changed(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording = (await house.stage.opened())["recording"]["id"]
    folder = house.data_dir / "recordings" / recording
    lay(folder / "t01p001-00001.m4s", 1_000)
    opened = list[str]()

    def looking(path: Path) -> Any:
        if path.parent.name == "recordings":
            opened.append(path.name)
        return weigh(path)

    monkeypatch.setattr(weigher, "weigh", looking)
    await house.weigh()
    await house.weigh()
    after_two = list(opened)
    lay(folder / "t01p001-00002.m4s", 500)
    await house.weigh()

    assert after_two == [recording]
    assert opened == [recording, recording]
    assert (await house.kinds())["recordings"] == (1_500, 1)


async def test_a_weighing_that_is_cut_off_leaves_the_figures_of_the_last_time(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await filled(house)
    await house.weigh()
    before = await house.kinds()
    lay(house.data_dir / "logs" / "front.log", 9_000)

    def cut(_: Path) -> None:
        raise OSError

    with monkeypatch.context() as patched:
        patched.setattr(weigher, "weigh_others", cut)
        with pytest.raises(OSError):
            await house.weigh()
    between = await house.kinds()
    await house.weigh()

    assert between == before
    assert (await house.kinds())["logs"] == (9_000, 1)


async def test_an_operator_has_it_weighed_now_and_it_waits_once(house: House) -> None:
    for _ in range(2):
        await ok(await house.operator.post("/operation/storage"), 204)

    async with house.town.platform.database.transaction(TESTER) as transaction:
        jobs = await newest(transaction, state=None, after=None, limit=10, scoped=False)
    assert [job.kind for job in jobs if job.kind == WeighStorage.kind] == ["operation.weigh"]


def test_what_goes_while_it_is_weighed_weighs_nothing(tmp_path: Path) -> None:
    lay(tmp_path / "a" / "one", 5)
    (tmp_path / "a" / "gone").symlink_to(tmp_path / "nowhere")

    assert weigh(tmp_path / "a").bytes == 5
    assert weigh(tmp_path / "never").items == 0
