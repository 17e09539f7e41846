"""An example of each message and the refusals that it has of its own; `PROTOCOL.md` is written from it.

Examples are validated by a test. Refusals that every request may meet are told once in the prose.
"""

from typing import Any, Final

_MEDIA: Final = ("media.away",)
_SOMEBODY: Final = ("right.missing", "participant.unknown", "storage.full")
_POINT: Final = {"x": 0.41, "y": 0.3, "p": 0.5}
_LIVE: Final = {
    "kind": "live",
    "publication": "whip-scope.scope",
    "capture_ms": 1795366000123.0,
    "rtp_timestamp": 3962099153,
    "rid": "",
}
_ARROW: Final = {"shape": "arrow", "tail": _POINT, "head": {"x": 0.5, "y": 0.5, "p": 0.5}, "width": 0.004}
_ME: Final = "p4c20f5904fd1ae8e"
_PARTICIPANT: Final = {
    "id": _ME,
    "name": "王建国",
    "role": "host",
    "organisation": None,
    "colour": 0,
    "rights": ["draw", "speak"],
    "online": True,
    "hand_raised_at_ms": None,
    "joined_at_ms": 1795366000000,
    "device": "desk",
    "mirrored": False,
}
_PUBLICATION: Final = {
    "id": "whip-scope.scope",
    "participant": "whip-scope",
    "source": "scope",
    "kind": "video",
    "codec": "H264",
    "layers": [],
    "on": True,
}
_STILL: Final = {
    "id": "still-0001",
    "publication": "whip-scope.scope",
    "capture_ms": 1795366000123.0,
    "rtp_timestamp": 3962099153,
    "rid": "",
    "author": _ME,
    "author_name": "王建国",
    "open": True,
    "url": None,
    "width": 0,
    "height": 0,
}
_STROKE: Final = {"id": "m1", "target": _LIVE, "shape": _ARROW}
_MARK: Final = {**_STROKE, "author": _ME, "author_name": "王建国", "colour": 0, "created_ms": 1795366000500.0}

REQUEST_ERRORS: Final[dict[str, tuple[str, ...]]] = {
    "room.prepare": (),
    "room.join": (
        "room.joined_already",
        "room.full",
        "room.removed",
        "room.seat_lost",
        "room.ended",
        "storage.full",
    ),
    "room.leave": ("room.not_joined",),
    "room.ping": ("room.not_joined",),
    "room.hand": ("storage.full",),
    "room.present": ("right.missing", "storage.full"),
    "still.freeze": (
        "right.missing",
        "publication.unknown",
        "still.exists",
        "still.too_many",
        "storage.full",
    ),
    "still.close": ("right.missing", "still.unknown", "storage.full"),
    "media.offer": ("source.not_allowed", "media.unknown_peer", "media.restarts_too_often", *_MEDIA),
    "media.subscribe": _MEDIA,
    "media.viewport": _MEDIA,
    "media.report": (),
    "media.switch": ("source.not_allowed", "publication.unknown", *_MEDIA),
    "annotation.apply": (
        "right.missing",
        "publication.unknown",
        "still.unknown",
        "page.unknown",
        "page.exists",
        "page.too_many",
        "page.background",
        "mark.unknown",
        "mark.exists",
        "mark.foreign",
        "mark.too_many",
        "undo.nothing",
        "redo.nothing",
        "sheet.unknown",
        "storage.full",
    ),
    "annotation.stroke": ("right.missing", "publication.unknown", "still.unknown", "page.unknown"),
    "annotation.pointer": ("right.missing", "publication.unknown", "still.unknown", "page.unknown"),
    "moderate.rights": (*_SOMEBODY, *_MEDIA),
    "moderate.ask_to_speak": _SOMEBODY,
    "moderate.mute": ("right.missing", "participant.unknown", "publication.unknown", *_MEDIA),
    "moderate.mute_all": ("right.missing", *_MEDIA),
    "moderate.lower_hand": _SOMEBODY,
    "moderate.remove": ("right.missing", "participant.unknown"),
    "moderate.end": ("right.missing",),
}

REQUEST_EXAMPLES: Final[dict[str, dict[str, Any]]] = {
    "room.prepare": {},
    "room.join": {
        "device": "desk",
        "resume": {"participant": _ME, "key": "the-key-of-the-earlier-join", "last_seq": 218},
    },
    "room.leave": {},
    "room.ping": {"sent_ms": 1795366000123.5},
    "room.hand": {"up": True},
    "room.present": {"layout": "pip"},
    "still.freeze": {
        "id": "still-0001",
        "publication": "whip-scope.scope",
        "capture_ms": 1795366000123.0,
        "open": True,
    },
    "still.close": {"id": "still-0001", "remove": False},
    "media.offer": {
        "peer": "0192f-peer-1",
        "sdp": "v=0\r\n…",
        "publications": [{"mid": "0", "source": "scope"}],
        "restarts_ice": False,
    },
    "media.subscribe": {
        "peer": "0192f-peer-1",
        "want": [{"publication": "whip-scope.scope", "layer": "high", "paused": False}],
    },
    "media.viewport": {
        "peer": "0192f-peer-1",
        "shown": [
            {"publication": "whip-scope.scope", "width": 2560, "height": 1440},
            {"publication": f"{_ME}.camera", "width": 0, "height": 0},
        ],
    },
    "media.report": {
        "peer": "0192f-peer-1",
        "seen": [{"publication": "whip-scope.scope", "frames": 300, "first_frame_ms": 212, "delay_ms": 96.0}],
    },
    "media.switch": {"source": "voice", "on": False},
    "annotation.apply": {"operation": {"op": "add", **_STROKE}},
    "annotation.stroke": _STROKE,
    "annotation.pointer": {"target": _LIVE, "at": _POINT},
    "moderate.rights": {"participant": _ME, "give": ["draw", "point"], "take": []},
    "moderate.ask_to_speak": {"participant": _ME},
    "moderate.mute": {"participant": _ME, "source": "voice"},
    "moderate.mute_all": {},
    "moderate.lower_hand": {"participant": _ME},
    "moderate.remove": {"participant": _ME, "note": ""},
    "moderate.end": {},
}

EVENT_EXAMPLES: Final[dict[str, dict[str, Any]]] = {
    "participant.upserted": {"participant": _PARTICIPANT},
    "participant.left": {"participant": _ME, "reason": "timed_out"},
    "publication.upserted": {"publication": _PUBLICATION},
    "publication.ended": {"publication": "whip-scope.scope"},
    "room.state": {
        "state": "on_air",
        "on_air_since_ms": 1795366000000,
        "recording": "on",
        "recording_since_ms": 1795365990000,
    },
    "comment.posted": {
        "comment": "c1",
        "parent": None,
        "author_name": "李红",
        "author_subject": "u1",
        "body": "几点钟方向？",
        "media_time_ms": 61000,
        "posted_at_ms": 1795366061000,
        "files": 0,
    },
    "comment.hidden": {"comment": "c1"},
    "likes.counted": {"comment": None, "count": 31},
    "still.changed": {"still": _STILL},
    "still.removed": {"still": "still-0001"},
    "view.presented": {"view": {"layout": "pip", "participant": _ME}},
    "marks.changed": {
        "author": _ME,
        "changes": {"cause": "do", "put": [_MARK], "removed": [], "pages": None, "page_shown": None},
    },
    "quality": {
        "rows": [
            {
                "participant": _ME,
                "up_bps": 4100000,
                "up_loss": 0.0,
                "down_bps": 300000,
                "down_loss": None,
                "rtt_ms": 24.0,
            }
        ]
    },
    "audio.levels": {"levels": {f"{_ME}.voice": -32}},
    "bye": {"reason": "elsewhere"},
    "media.slot_clock": {
        "peer": "0192f-peer-1",
        "mid": "3",
        "rtp_timestamp": 905512,
        "source_rtp_timestamp": 3021877455,
        "rid": "h",
        "capture_ms": 1795366000123.0,
        "clock_rate": 90000,
    },
    "media.flow": {
        "peer": "0192f-peer-1",
        "slots": [
            {
                "mid": "3",
                "publication": "whip-scope.scope",
                "rid": "h",
                "layer": "high",
                "wanted": "auto",
                "state": "glimpses",
                "reason": "line",
                "every_s": 1.5,
            },
            {
                "mid": "4",
                "publication": f"{_ME}.camera",
                "rid": "",
                "layer": None,
                "wanted": "auto",
                "state": "paused",
                "reason": "line",
                "every_s": None,
            },
        ],
        "line": {"estimate_bps": 460000, "loss": 0.01, "rtt_ms": 48.0},
    },
    "media.wanted_layers": {
        "publication": f"{_ME}.camera",
        "source": "camera",
        "wanted": True,
        "rids": ["m", "l"],
    },
    "media.peer": {"peer": "0192f-peer-1", "state": "connected"},
    "media.reset": {},
    "stroke.shown": {"author": _ME, "stroke": _STROKE},
    "pointer.moved": {"author": _ME, "pointer": {"target": _LIVE, "at": _POINT}},
    "speak.asked": {"by": _ME},
    "muted": {"source": "voice", "by": _ME},
}
