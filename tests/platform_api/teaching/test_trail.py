"""AD-01: one scripted day, each thing that happened once in the trail, complete and without secrets."""

import json
import re
from collections import Counter

from platform_api.kernel.events import ParticipantJoined, ParticipantLeft, RecordingChanged
from platform_api.kernel.ids import RecordingId, RoomId, SessionId
from platform_api.kernel.rooms import Role
from tests.support.jobs import TESTER
from tests.support.sessions import PLAN, Stage, ok

CANARY = "金丝雀病例摘要"


async def test_AD_01_a_day_of_a_session_is_in_the_trail(stage: Stage) -> None:
    secrets = [CANARY, str(PLAN["title"]), "不外传的评论"]
    session = await stage.plan(case_summary=CANARY)
    path = f"/sessions/{session['id']}"
    await ok(await stage.expert.send("PATCH", path, {"planned_minutes": 45}))
    opened = await ok(await stage.expert.post(f"{path}/open"))
    invitation = (await ok(await stage.expert.post(f"{path}/commentators", {"name": "张涛"}), 201))[
        "invitation"
    ]
    share = await ok(await stage.expert.post(f"{path}/share", {}), 201)
    token = share["url"].rpartition("/")[2]
    await ok(await stage.foreigner.post(f"/share/{token}/open", {}))
    secrets += [invitation["one_time_code"], invitation["url"].rpartition("/")[2], token, share["pin"]]
    room, now = RoomId(opened["room"]), stage.town.clock.now()
    seat, subject = SessionId(session["id"]), stage.colleague.user.id
    await stage.town.bus.publish(
        ParticipantJoined(
            at=now, room=room, session=seat, subject=subject, name="x", role=Role.VIEWER, address="192.0.2.7"
        )
    )
    await ok(await stage.colleague.post(f"{path}/comments", {"body": "不外传的评论"}), 201)
    await stage.town.bus.publish(
        ParticipantLeft(at=now, room=room, session=seat, subject=subject, reason="left", address="192.0.2.7")
    )
    await ok(await stage.expert.send("DELETE", f"{path}/shares/{share['id']}"), 204)
    await ok(await stage.expert.post(f"{path}/end"))
    recording = RecordingId(opened["recording"]["id"])
    await stage.town.bus.publish(
        RecordingChanged(at=now, recording=recording, room=room, state="complete", duration_ms=1)
    )
    await ok(await stage.colleague.post(f"/recordings/{recording}/play"))

    async with stage.town.platform.database.transaction(TESTER) as transaction:
        rows = await transaction.fetch(
            "SELECT * FROM audit_entries WHERE target_kind IN ('session', 'invitation') ORDER BY number"
        )

    counted = Counter(row["tag"] for row in rows)
    assert counted == {
        "record.created": 1,
        "record.changed": 1,
        "session.opened": 1,
        "recording.started": 1,
        "invitation.made": 1,
        "share.made": 1,
        "share.opened": 1,
        "session.joined": 1,
        "session.left": 1,
        "share.revoked": 1,
        "session.ended": 1,
        "recording.stopped": 1,
        "recording.played": 1,
    }
    seats = [row["address"] for row in rows if row["tag"] in {"session.joined", "session.left"}]
    assert seats == ["192.0.2.7"] * 2
    for row in rows:
        assert row["actor"]
        assert row["organisation_id"]
        assert row["target"]
        assert row["outcome"] == "ok"
        assert row["at"].utcoffset() is not None
    everything = json.dumps([dict(row) for row in rows], default=str, ensure_ascii=False)
    words = set(re.findall(r"[\w-]+", everything))
    assert [secret for secret in secrets if secret in words] == []
