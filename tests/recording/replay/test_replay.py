"""What a replay is told: events on the axis, names, chapters, playlists; nothing that lets anybody in."""

import json
from pathlib import Path
from typing import Any

import pytest

from platform_api.kernel.rooms import Source
from recording.control import JournalEntry
from recording.journal import FileJournal
from recording.manifest import Manifest, Part, PartState, RecordingState, Segment, Track
from recording.replay import chapters, events_document, finish, media_playlist, playable, with_names
from recording.store import JOURNAL
from tests.support.sealed import folder_of

ORIGIN = 1_700_000_000_000.0


def manifest(state: RecordingState = RecordingState.COMPLETE, sizes: tuple[int, ...] = (10, 20)) -> Manifest:
    segments = tuple(
        Segment(name=f"t01p001-{n:05d}.m4s", start_ms=4000 * n, duration_ms=4000 if size else 0, size=size)
        for n, size in enumerate(sizes, 1)
    )
    part = Part(
        id="t01p001",
        codec="H264",
        codec_string="avc1.42E01F",
        start_ms=4000,
        end_ms=12000,
        container="fmp4",
        state=PartState.READY,
        playlist="t01p001.m3u8",
        segments=segments,
    )
    track = Track(
        publication="p1.scope",
        participant="p1",
        participant_name="",
        role="",
        source=Source.SCOPE,
        kind="video",
        parts=(part,),
    )
    return Manifest(
        recording="rec",
        room="room",
        session=None,
        title="t",
        origin_ms=ORIGIN,
        duration_ms=60_000,
        state=state,
        tracks=(track,),
    )


def entry(seq: int, t_ms: int, name: str, **data: Any) -> JournalEntry:
    return JournalEntry(seq=seq, at_ms=int(ORIGIN) + t_ms, name=name, data=data)


def person(identifier: str, name: str, role: str) -> dict[str, Any]:
    return {"id": identifier, "name": name, "role": role}


JOURNAL_ENTRIES = [
    entry(1, 0, "participant.upserted", participant=person("p1", "王主任", "host")),
    entry(2, 10, "seat.taken", participant="p1", key="secret-key"),
    entry(3, 900, "participant.upserted", participant=person("g1", "Dr Guest", "commentator")),
    entry(4, 5000, "view.presented", view={"layout": "scope"}),
    entry(
        5, 6000, "marks.changed", changes={"put": [], "pages": [{"id": "a"}, {"id": "b"}], "page_shown": "b"}
    ),
    entry(
        6,
        7300,
        "still.changed",
        still={"id": "s1", "capture_ms": ORIGIN + 7000, "author_name": "王主任", "open": True, "url": None},
    ),
    entry(
        7,
        9000,
        "still.changed",
        still={
            "id": "s1",
            "capture_ms": ORIGIN + 7000,
            "author_name": "王主任",
            "open": False,
            "url": "/f/1",
        },
    ),
    entry(
        8, 9500, "publication.upserted", publication={"participant": "g1", "source": "commentary", "on": True}
    ),
    entry(9, 9600, "publication.upserted", publication={"participant": "p1", "source": "voice", "on": True}),
    entry(10, 9700, "comment.posted", comment="c", body="为什么？", token="x", deep=[{"key": "k", "n": 1}]),
    entry(
        11,
        9800,
        "still.changed",
        still={"id": "s2", "capture_ms": ORIGIN + 9700, "author_name": "W", "open": False},
    ),
    entry(12, 9900, "still.removed", still="s2"),
]


def test_events_stand_on_the_axis_and_hold_no_secret() -> None:
    document = events_document(manifest(), JOURNAL_ENTRIES)

    events = document["events"]
    assert [event["seq"] for event in events] == [1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]
    assert events[3]["t_ms"] == 6000
    assert events[8]["data"] == {"comment": "c", "body": "为什么？", "deep": [{"n": 1}]}
    assert "secret-key" not in json.dumps(document)


def test_chapters_are_where_something_began() -> None:
    found = [
        (each.start_ms, each.why, each.label, each.url) for each in chapters(manifest(), JOURNAL_ENTRIES)
    ]

    assert found == [
        (4000, "start", "", None),
        (5000, "view", "scope", None),
        (6000, "page", "2", None),
        (7000, "freeze", "王主任", "/f/1"),
        (9500, "speaker", "Dr Guest", None),
    ]


def test_tracks_get_the_names_people_had() -> None:
    (track,) = with_names(manifest(), JOURNAL_ENTRIES).tracks

    assert (track.participant_name, track.role) == ("王主任", "host")


def test_an_encoder_has_a_role_and_no_name() -> None:
    joined = entry(1, 0, "participant.upserted", participant=person("p1", "whip-scope", "encoder"))

    (track,) = with_names(manifest(), [joined]).tracks

    assert (track.participant_name, track.role) == ("", "encoder")


def test_a_playlist_ends_when_nothing_more_comes() -> None:
    whole, growing = manifest(), manifest(RecordingState.RECORDING, (10, 0))

    ended = media_playlist(whole, whole.tracks[0].parts[0])
    open_one = media_playlist(growing, growing.tracks[0].parts[0])

    assert ended.splitlines() == [
        "#EXTM3U",
        "#EXT-X-VERSION:7",
        "#EXT-X-TARGETDURATION:4",
        "#EXT-X-MEDIA-SEQUENCE:0",
        "#EXT-X-PLAYLIST-TYPE:VOD",
        "#EXT-X-INDEPENDENT-SEGMENTS",
        '#EXT-X-MAP:URI="t01p001-init.mp4"',
        "#EXT-X-PROGRAM-DATE-TIME:2023-11-14T22:13:24.000Z",
        "#EXTINF:4.000,",
        "t01p001-00001.m4s",
        "#EXTINF:4.000,",
        "t01p001-00002.m4s",
        "#EXT-X-ENDLIST",
    ]
    assert "#EXT-X-ENDLIST" not in open_one
    assert open_one.count("#EXTINF") == 1


def test_a_player_is_not_told_of_what_is_still_written() -> None:
    (part,) = playable(manifest(RecordingState.RECORDING, (10, 0))).tracks[0].parts

    assert [segment.name for segment in part.segments] == ["t01p001-00001.m4s"]
    assert playable(manifest(RecordingState.RECORDING, (0,))).tracks == ()


async def test_finishing_twice_gives_the_same(tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    journal = FileJournal(folder)
    await journal.append(JOURNAL_ENTRIES)
    await journal.close()

    first = finish(folder, manifest(RecordingState.RECORDING))
    files = {name: folder.read(name) for name in folder.names()}

    assert finish(folder, first) == first
    assert {name: folder.read(name) for name in folder.names()} == files
    assert set(files) == {"manifest.json", "events.json", "t01p001.m3u8", JOURNAL}
    assert len(first.chapters) == 5


@pytest.mark.parametrize("data", [{}, {"still": {}}, {"changes": {"page_shown": "?"}}, {"publication": {}}])
def test_entries_of_another_shape_break_nothing(data: dict[str, Any]) -> None:
    names = ("still.changed", "still.removed", "marks.changed", "view.presented", "publication.upserted")

    chapters(manifest(), [entry(n, n, name, **data) for n, name in enumerate(names)])
