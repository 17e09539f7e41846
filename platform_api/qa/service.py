"""What a person can do with questions and discussions."""

from collections.abc import Sequence
from dataclasses import replace

from platform_api.audit import AuditTrail, Entry, Tag, Who
from platform_api.comments import Comment, Comments
from platform_api.comments.model import HideReason
from platform_api.db import Database, Transaction, acting_as
from platform_api.files import Files, StoredFile
from platform_api.http import Asker
from platform_api.inbox import Inbox, Item, Nature, to_holders, to_user
from platform_api.kernel.clock import Clock
from platform_api.kernel.errors import AppError, Conflict, NotFound, Refused
from platform_api.kernel.ids import CommentId, FileId, OrganisationId, UserId, new_id
from platform_api.qa import store
from platform_api.qa.access import HOUSE, access_question, audience, check
from platform_api.qa.errors import IdentityInText
from platform_api.qa.model import (
    MAX_EXPERTS,
    SUBJECT,
    Draft,
    Filter,
    Period,
    Question,
    QuestionId,
    QuestionKind,
    QuestionState,
    QuestionVisibility,
    Shown,
    Words,
)
from platform_api.qa.rules import (
    ASK,
    HOST,
    MODERATE,
    check_period,
    check_wide,
    identity_field,
    may,
)
from platform_api.teaching import Door

__all__ = ["Questions"]

GROUPS = {"all": "qa.view", "experts": HOST, "moderators": MODERATE}
"""To which holders of an organisation a question may be forwarded."""


class Questions:
    """Questions, their figures and their people; answers are comments."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        trail: AuditTrail,
        files: Files,
        inbox: Inbox,
        comments: Comments,
        door: Door,
    ) -> None:
        self._database = database
        self._clock = clock
        self._trail = trail
        self._files = files
        self._inbox = inbox
        self._comments = comments
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
        await store.set_follow(transaction, question, asker_id, now, on=True)
        await store.count(transaction, question, now)
        if draft.experts:
            made = await access_question(transaction, asker, question, self._clock.now())
            await self._invite(transaction, asker, made, draft.experts)
        return question

    async def change(
        self, asker: Asker, question: QuestionId, words: Words, period: Period | None
    ) -> tuple[Shown, dict[FileId, StoredFile]]:
        """Other words, or another period of a discussion."""
        _check_words(words)
        async with self._database.transaction(asker.actor()) as transaction:
            found = await self._led(transaction, asker, question, "edit")
            if period is not None and found.kind is QuestionKind.DISCUSSION:
                check_period(period)
            await store.change_words(
                transaction, found, words, (period or found.period) if found.period else None
            )
            return await self._shown(transaction, asker, question)

    # Reading

    async def find(self, asker: Asker, wanted: Filter) -> tuple[list[Question], dict[FileId, StoredFile]]:
        """A page of questions that the asker may see, one more than asked, and their stills."""
        async with self._database.transaction(asker.actor()) as transaction:
            found = await store.find(
                transaction,
                wanted,
                organisation=asker.organisation,
                user=asker.subject,
                moderates=asker.holds(MODERATE),
                at=self._clock.now(),
            )
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
            await store.set_like(transaction, question, asker.subject, self._clock.now(), on=on)
            await store.count(transaction, question, self._clock.now())
            return await access_question(transaction, asker, question, self._clock.now())

    async def follow(self, asker: Asker, question: QuestionId, *, on: bool) -> Question:
        """Hears of each answer, or no longer."""
        async with self._database.transaction(asker.actor()) as transaction:
            await access_question(transaction, asker, question, self._clock.now())
            await store.set_follow(transaction, question, UserId(asker.subject), self._clock.now(), on=on)
            await store.count(transaction, question, self._clock.now())
            return await access_question(transaction, asker, question, self._clock.now())

    async def forward_to_user(
        self, asker: Asker, question: QuestionId, user: UserId, *, address: str
    ) -> None:
        """Into the inbox of somebody who may see it; raises Conflict for one who may not."""
        async with self._database.transaction(asker.actor()) as transaction:
            found = await access_question(transaction, asker, question, self._clock.now())
            async with acting_as(transaction, HOUSE.subject):
                seen = await audience(transaction, found, [user])
            if user not in seen:
                raise Conflict("qa.cannot_see")
            await self._inbox.put(transaction, self._forwarded(asker, found, user=user))
            self._note(transaction, Tag.QUESTION_FORWARDED, asker, address, found, to="user")

    async def forward_to_group(
        self, asker: Asker, question: QuestionId, organisation: OrganisationId, group: str, *, address: str
    ) -> None:
        """Into the inboxes of all or some at an organisation that may see it."""
        async with self._database.transaction(asker.actor()) as transaction:
            found = await access_question(transaction, asker, question, self._clock.now())
            if not await self._is_seen_at(transaction, found, organisation):
                raise Conflict("qa.cannot_see")
            item = self._forwarded(asker, found, organisation=organisation, permission=GROUPS[group])
            await self._inbox.put(transaction, item)
            self._note(transaction, Tag.QUESTION_FORWARDED, asker, address, found, to=group)

    # Leading

    async def move(self, asker: Asker, question: QuestionId, *, close: bool) -> Question:
        """Takes no more answers, or takes them again."""
        async with self._database.transaction(asker.actor()) as transaction:
            await store.lock_state(transaction, question)
            await self._led(transaction, asker, question, "close" if close else "reopen")
            await store.set_state(
                transaction, question, QuestionState.CLOSED if close else QuestionState.OPEN
            )
            await store.count(transaction, question, self._clock.now())
            if close:
                await self._inbox.done(transaction, "qa.invited", (SUBJECT, question), by=asker.subject)
            return await access_question(transaction, asker, question, self._clock.now())

    async def choose_best(self, asker: Asker, question: QuestionId, comment: CommentId | None) -> Question:
        """The answer that helped most, or none; its author is told."""
        chosen = None if comment is None else await self._answer(asker, question, comment)
        async with self._database.transaction(asker.actor()) as transaction:
            found = await self._led(transaction, asker, question, "choose_best")
            await store.set_best(transaction, question, comment)
            if chosen is not None:
                await self._tell_best(transaction, asker, found, chosen)
            return await access_question(transaction, asker, question, self._clock.now())

    async def invite(
        self, asker: Asker, question: QuestionId, experts: Sequence[UserId]
    ) -> tuple[Shown, dict[FileId, StoredFile]]:
        """Asks experts to answer, wherever they are."""
        async with self._database.transaction(asker.actor()) as transaction:
            found = await self._led(transaction, asker, question, "invite")
            await self._invite(transaction, asker, found, experts)
            return await self._shown(transaction, asker, question)

    async def uninvite(
        self, asker: Asker, question: QuestionId, expert: UserId
    ) -> tuple[Shown, dict[FileId, StoredFile]]:
        """No longer asks this expert; raises NotFound."""
        async with self._database.transaction(asker.actor()) as transaction:
            await self._led(transaction, asker, question, "invite")
            if not await store.remove_expert(transaction, question, expert):
                raise NotFound
            await self._inbox.done(
                transaction, "qa.invited", (SUBJECT, question), by=asker.subject, user=expert
            )
            return await self._shown(transaction, asker, question)

    async def conclude(self, asker: Asker, question: QuestionId, summary: str) -> Question:
        """Writes what came out of a discussion, and closes it."""
        async with self._database.transaction(asker.actor()) as transaction:
            await self._led(transaction, asker, question, "conclude")
            await store.set_summary(transaction, question, summary, self._clock.now())
            await self._inbox.done(transaction, "qa.invited", (SUBJECT, question), by=asker.subject)
            return await access_question(transaction, asker, question, self._clock.now())

    async def hide(self, asker: Asker, question: QuestionId, reason: HideReason, *, address: str) -> None:
        """A moderator hides a question from all but moderators."""
        async with self._database.transaction(asker.actor()) as transaction:
            found = await self._led(transaction, asker, question, "moderate")
            await store.set_hidden(transaction, question, asker.subject, reason.value, self._clock.now())
            self._note(transaction, Tag.QUESTION_HIDDEN, asker, address, found, reason=reason.value)

    async def restore(self, asker: Asker, question: QuestionId, *, address: str) -> None:
        """A moderator shows a hidden question again."""
        async with self._database.transaction(asker.actor()) as transaction:
            found = await self._led(transaction, asker, question, "moderate")
            await store.set_hidden(transaction, question, None, None, None)
            self._note(transaction, Tag.QUESTION_RESTORED, asker, address, found)

    # Inside

    async def _led(self, transaction: Transaction, asker: Asker, question: QuestionId, act: str) -> Question:
        found = await access_question(transaction, asker, question, self._clock.now())
        check(getattr(may(found, asker, self._clock.now()), act))
        return found

    async def _shown(
        self, transaction: Transaction, asker: Asker, question: QuestionId
    ) -> tuple[Shown, dict[FileId, StoredFile]]:
        found = await access_question(transaction, asker, question, self._clock.now())
        files = await store.files_of(transaction, question)
        shown = Shown(
            question=found, attachments=files, experts=await store.experts_of(transaction, question)
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
            over = await store.above(transaction, organisation)
        return OrganisationId(over[min(1, len(over) - 1)])

    async def _invite(
        self, transaction: Transaction, asker: Asker, question: Question, experts: Sequence[UserId]
    ) -> None:
        present = await store.experts_of(transaction, question.id)
        if len({each.user for each in present} | set(experts)) > MAX_EXPERTS:
            raise AppError("qa.too_many_experts", status_hint=422, params={"limit": MAX_EXPERTS})
        async with acting_as(transaction, HOUSE.subject):
            known = await store.people(transaction, experts)
        for user, (expert, _) in known.items():
            added = await store.add_expert(
                transaction, question, expert, by=UserId(asker.subject), at=self._clock.now()
            )
            if added and user != asker.subject:
                await self._inbox.put(
                    transaction,
                    Item(
                        kind="qa.invited",
                        subject_type=SUBJECT,
                        subject=question.id,
                        receiver=to_user(user),
                        title="qa.inbox.invited",
                        params={"name": asker.name, "title": question.words.title},
                        link=f"/app/qa/{question.id}",
                        due=question.period.closes_at if question.period else None,
                    ),
                )

    async def _answer(self, asker: Asker, question: QuestionId, comment: CommentId) -> Comment:
        """An answer to this question that can be read; raises NotFound or Conflict."""
        subject, answer, _ = await self._comments.one(asker, comment)
        if subject.id != question or answer.parent is not None or answer.hidden or answer.withdrawn:
            raise Conflict("qa.not_an_answer")
        return answer

    async def _tell_best(
        self, transaction: Transaction, asker: Asker, question: Question, answer: Comment
    ) -> None:
        author = UserId(answer.author_subject)
        follows = await store.followers(transaction, question.id, 10_000)
        if author != asker.subject and author in follows:
            await self._inbox.put(
                transaction,
                Item(
                    kind="qa.best",
                    subject_type=SUBJECT,
                    subject=question.id,
                    receiver=to_user(author),
                    title="qa.inbox.best",
                    params={"title": question.words.title},
                    link=f"/app/qa/{question.id}?comment={answer.id}",
                    nature=Nature.NOTICE,
                ),
            )

    async def _is_seen_at(
        self, transaction: Transaction, question: Question, organisation: OrganisationId
    ) -> bool:
        match question.visibility:
            case QuestionVisibility.EVERYONE:
                return True
            case QuestionVisibility.SCOPE:
                async with acting_as(transaction, HOUSE.subject):
                    return question.seen_from in await store.above(transaction, organisation)
            case _:
                return organisation == question.organisation

    def _forwarded(
        self,
        asker: Asker,
        question: Question,
        *,
        user: UserId | None = None,
        organisation: OrganisationId | None = None,
        permission: str | None = None,
    ) -> Item:
        receiver = to_user(user) if user else to_holders(permission or "", organisation or "")
        return Item(
            kind="qa.forwarded",
            subject_type=SUBJECT,
            subject=question.id,
            receiver=receiver,
            title="qa.inbox.forwarded",
            params={"name": asker.name, "title": question.words.title},
            link=f"/app/qa/{question.id}",
            nature=Nature.NOTICE,
        )

    def _note(
        self,
        transaction: Transaction,
        tag: Tag,
        asker: Asker,
        address: str,
        question: Question,
        **details: str,
    ) -> None:
        entry = Entry(
            tag=tag,
            who=Who.of(asker, address),
            target_kind=SUBJECT,
            target=question.id,
            details={"organisation": question.organisation, **details},
        )
        self._trail.note(transaction, entry)


def _check_words(words: Words) -> None:
    field = identity_field(words)
    if field is not None:
        raise IdentityInText(field)
