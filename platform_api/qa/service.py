"""What a person can do with questions and discussions."""

from dataclasses import replace

from platform_api.db import Database, Transaction, acting_as
from platform_api.files import Files, StoredFile
from platform_api.http import Asker
from platform_api.kernel.clock import Clock
from platform_api.kernel.errors import Conflict, Refused
from platform_api.kernel.ids import FileId, OrganisationId, UserId, new_id
from platform_api.qa import people_store, store, summary_store
from platform_api.qa.access import HOUSE, access_question, led_question
from platform_api.qa.errors import IdentityInText
from platform_api.qa.experts import Experts
from platform_api.qa.model import (
    SUBJECT,
    Draft,
    Period,
    Question,
    QuestionId,
    QuestionKind,
    QuestionVisibility,
    Shown,
    Words,
)
from platform_api.qa.rules import (
    ASK,
    HOST,
    check_period,
    check_wide,
    identity_field,
)
from platform_api.teaching import Door

__all__ = ["Questions"]


class Questions:
    """Questions, their figures and their people; answers are comments."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        files: Files,
        experts: Experts,
        door: Door,
    ) -> None:
        self._database = database
        self._clock = clock
        self._files = files
        self._experts = experts
        self._door = door

    # Asking

    async def ask(
        self, asker: Asker, draft: Draft, *, name: str = ""
    ) -> tuple[Shown, dict[FileId, StoredFile]]:
        """A new question, or a discussion of its host; `name` where a screen asks for somebody."""
        if not asker.holds(HOST if draft.kind is QuestionKind.DISCUSSION else ASK):
            raise Refused
        async with self._database.transaction(asker.actor()) as transaction:
            question = await self._add(transaction, asker, draft, name)
            return await self._shown(transaction, asker, question)

    async def _add(self, transaction: Transaction, asker: Asker, draft: Draft, name: str) -> QuestionId:
        """The row of a new question with all that lies beside it."""
        if asker.organisation is None:
            raise Refused
        _check_words(draft.words)
        if draft.period is not None:
            check_period(draft.period)
        draft = await self._placed(transaction, asker, draft)
        question, asker_id, now = QuestionId(new_id()), UserId(asker.subject), self._clock.now()
        await store.add(
            transaction,
            question,
            draft,
            organisation=asker.organisation,
            seen_from=await self._seen_from(transaction, asker.organisation, draft.visibility),
            asker=asker_id,
            asker_name=name or asker.name,
            at=now,
        )
        for file in {*draft.files, *([draft.still] if draft.still else [])}:
            await self._files.attach(transaction, asker, file, SUBJECT, question)
        await store.add_files(transaction, question, draft.files, draft.still)
        await people_store.set_follow(transaction, question, asker_id, now, on=True)
        await store.count(transaction, question, now)
        if draft.experts:
            made = await access_question(transaction, asker, question, self._clock.now())
            await self._experts.invite(transaction, asker, made, draft.experts)
        return question

    async def change(
        self, asker: Asker, question: QuestionId, words: Words, period: Period | None
    ) -> tuple[Shown, dict[FileId, StoredFile]]:
        """Other words, or another period of a discussion."""
        _check_words(words)
        async with self._database.transaction(asker.actor()) as transaction:
            found = await led_question(transaction, asker, question, "edit", self._clock.now())
            if period is not None and found.kind is QuestionKind.DISCUSSION:
                check_period(period)
            await store.change_words(
                transaction, found, words, (period or found.period) if found.period else None
            )
            return await self._shown(transaction, asker, question)

    # Reading

    async def newest(self, asker: Asker, limit: int) -> tuple[list[Question], dict[FileId, StoredFile]]:
        """The newest questions that the asker may see, and their stills: for a screen that everybody sees."""
        async with self._database.transaction(asker.actor()) as transaction:
            found = await store.newest(transaction, self._clock.now(), limit)
            stills = [each.still for each in found if each.still is not None]
            return found, await self._files.describe(transaction, stills) if stills else {}

    async def get(self, asker: Asker, question: QuestionId) -> tuple[Shown, dict[FileId, StoredFile]]:
        """One question with what lies beside it; raises NotFound."""
        async with self._database.transaction(asker.actor()) as transaction:
            return await self._shown(transaction, asker, question)

    # Taking part

    async def like(self, asker: Asker, question: QuestionId, *, on: bool) -> Question:
        """One like a person."""
        async with self._database.transaction(asker.actor()) as transaction:
            await access_question(transaction, asker, question, self._clock.now())
            await people_store.set_like(transaction, question, asker.subject, self._clock.now(), on=on)
            await store.count(transaction, question, self._clock.now())
            return await access_question(transaction, asker, question, self._clock.now())

    async def follow(self, asker: Asker, question: QuestionId, *, on: bool) -> Question:
        """Hears of each answer, or no longer."""
        async with self._database.transaction(asker.actor()) as transaction:
            await access_question(transaction, asker, question, self._clock.now())
            await people_store.set_follow(
                transaction, question, UserId(asker.subject), self._clock.now(), on=on
            )
            await store.count(transaction, question, self._clock.now())
            return await access_question(transaction, asker, question, self._clock.now())

    # Inside

    async def _shown(
        self, transaction: Transaction, asker: Asker, question: QuestionId
    ) -> tuple[Shown, dict[FileId, StoredFile]]:
        found = await access_question(transaction, asker, question, self._clock.now())
        files = await store.files_of(transaction, question)
        shown = Shown(
            question=found,
            attachments=files,
            experts=await people_store.experts_of(transaction, question),
            summary=await summary_store.get(transaction, question),
        )
        return shown, await self._files.describe(transaction, files) if files else {}

    async def _placed(self, transaction: Transaction, asker: Asker, draft: Draft) -> Draft:
        """The draft with the recording of its session; raises NotFound for a session not seen."""
        if draft.moment is None:
            if draft.visibility is QuestionVisibility.SESSION:
                raise Conflict("qa.wider_than_session")
            return draft
        session = await self._door.seen(transaction, asker, draft.moment.session)
        check_wide(draft, session.plan.visibility.value)
        recording = session.recording.id if session.recording else None
        return replace(draft, moment=replace(draft.moment, recording=recording))

    async def _seen_from(
        self, transaction: Transaction, organisation: OrganisationId, visibility: QuestionVisibility
    ) -> OrganisationId | None:
        """The node above the asker's organisation: it and all below see what is for the network."""
        if visibility is not QuestionVisibility.SCOPE:
            return None
        async with acting_as(transaction, HOUSE.subject):
            over = await people_store.above(transaction, organisation)
        return OrganisationId(over[min(1, len(over) - 1)])


def _check_words(words: Words) -> None:
    field = identity_field(words)
    if field is not None:
        raise IdentityInText(field)
