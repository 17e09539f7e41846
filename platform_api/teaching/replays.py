"""Replays: who may watch, where they stopped, and what the platform knows of the files."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from aiohttp import web
from pydantic import ValidationError

from platform_api.audit import AuditTrail, Tag
from platform_api.db import Database
from platform_api.http.caller import describe_caller
from platform_api.jobs import Jobs
from platform_api.kernel.bus import Bus
from platform_api.kernel.clock import Clock
from platform_api.kernel.errors import Conflict, NotAuthenticated, NotFound
from platform_api.kernel.events import RecordingChanged
from platform_api.kernel.ids import RecordingId
from platform_api.kernel.log import get_logger
from platform_api.kernel.sealed_folder import SealedFolders
from platform_api.kernel.sealing import SealBroken
from platform_api.kernel.tokens import MAX_LIFE, Audience, SigningKey, sign_claims, verify_claims
from platform_api.teaching import store
from platform_api.teaching.access import SYSTEM, access_recording, actor_of
from platform_api.teaching.jobs import TranscodePart
from platform_api.teaching.model import Asker, Session
from platform_api.teaching.refusals import Attempt, Refusals
from platform_api.teaching.rules import REPLAYABLE, may
from platform_api.teaching.trail import note
from recording.manifest import Manifest, PartState

BEARER: Final = "bearer "


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayRight:
    """A token for the files of one recording, and where they begin."""

    manifest_url: str
    token: str
    expires_at: datetime


class Replays:
    """Mints and checks the right to play; follows what the recorder says."""

    def __init__(
        self,
        *,
        database: Database,
        bus: Bus,
        clock: Clock,
        trail: AuditTrail,
        refusals: Refusals,
        jobs: Jobs,
        signing_key: SigningKey,
        recordings: SealedFolders,
    ) -> None:
        self._database = database
        self._bus = bus
        self._clock = clock
        self._trail = trail
        self._refusals = refusals
        self._jobs = jobs
        self._key = signing_key
        self._keys = signing_key.verifying()
        self._recordings = recordings
        self._log = get_logger("teaching")

    async def start(self) -> None:
        """Listens to the recorder."""
        self._bus.subscribe(RecordingChanged, self._changed)

    async def close(self) -> None:
        """Nothing of its own runs on."""

    async def get(self, asker: Asker, recording: RecordingId) -> Session:
        """The session of a recording that the asker may see."""
        async with self._database.transaction(actor_of(asker)) as transaction:
            return await access_recording(transaction, asker, recording)

    async def play(self, asker: Asker, recording: RecordingId) -> PlayRight:
        """The right to fetch a recording's files for a quarter of an hour; written into the trail."""
        async with self._database.transaction(actor_of(asker)) as transaction:
            session = await access_recording(transaction, asker, recording)
            found = session.recording
            if not may(session, asker).replay or found is None or found.state not in REPLAYABLE:
                raise Conflict("recording.not_ready")
            note(self._trail, transaction, Tag.RECORDING_PLAYED, asker, session, recording=recording)
        expires_at = self._clock.now() + MAX_LIFE
        claims = {"sub": asker.subject, "recording": recording}
        token = sign_claims(claims, key=self._key, audience=Audience.FILE, expires_at=expires_at)
        return PlayRight(
            manifest_url=f"/replay/{recording}/manifest.json", token=token, expires_at=expires_at
        )

    async def authorise_replay(self, request: web.Request, recording: str) -> str:
        """The subject who may fetch this recording's files by the request's bearer token.

        Raises NotAuthenticated for no, a wrong or an old token, NotFound for one of another recording,
        which is written into the trail.
        """
        header = request.headers.get("Authorization", "")
        if header[: len(BEARER)].lower() != BEARER:
            raise NotAuthenticated
        token = header[len(BEARER) :].strip()
        claims = verify_claims(token, keys=self._keys, audience=Audience.FILE, clock=self._clock)
        subject = str(claims.get("sub", ""))
        if claims.get("recording") != recording:
            await self._refusals.keep(
                Attempt(
                    subject=subject,
                    name="",
                    target_kind="recording",
                    target=recording,
                    action="recording.files",
                    code="not_found",
                    address=describe_caller(request).address,
                )
            )
            raise NotFound
        return subject

    async def keep_position(self, asker: Asker, recording: RecordingId, position_ms: int) -> None:
        """Where the asker stopped, so that the next visit goes on there."""
        async with self._database.transaction(actor_of(asker)) as transaction:
            await access_recording(transaction, asker, recording)
            await store.set_position(transaction, recording, asker.subject, position_ms, self._clock.now())

    async def _changed(self, event: RecordingChanged) -> None:
        """Keeps state and length; asks for what must be transcoded before it plays."""
        manifest = await asyncio.to_thread(self._read_manifest, event.recording)
        async with self._database.transaction(SYSTEM) as transaction:
            owner = await store.change_recording(
                transaction,
                event.recording,
                state=event.state,
                duration_ms=max(event.duration_ms, 0),
                chapters=None if manifest is None else len(manifest.chapters),
                at=self._clock.now(),
            )
            if owner is not None and manifest is not None:
                for spec in pending_parts(manifest):
                    await self._jobs.ask(transaction, spec, owner)

    def _read_manifest(self, recording: RecordingId) -> Manifest | None:
        try:
            return Manifest.model_validate_json(self._recordings.folder(recording).read("manifest.json"))
        except (OSError, ValidationError, SealBroken) as error:
            self._log.warning(
                "teaching.manifest_unread", recording=recording, error_type=type(error).__name__
            )
            return None


def pending_parts(manifest: Manifest) -> list[TranscodePart]:
    """The work that makes the rest of a recording playable."""
    return [
        TranscodePart(recording_id=manifest.recording, part_id=part.id)
        for track in manifest.tracks
        for part in track.parts
        if part.state is PartState.PENDING
    ]
