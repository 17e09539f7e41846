"""Request and answer shapes of the inbox."""

from typing import Annotated

from pydantic import Field

from platform_api.http import Id, Moment, PageQuery, Shape
from platform_api.inbox.model import MAX_COUNTED, InboxState, KeptItem, Nature
from platform_api.kernel.sentences import Language, sentence

Count = Annotated[int, Field(ge=0, le=MAX_COUNTED)]


class InboxQuery(PageQuery):
    """Which items: those that wait, or those that are done."""

    state: InboxState = InboxState.OPEN


class BadgeQuery(Shape):
    """The figures that the page shows; without them the answer comes at once."""

    open: Count | None = None
    unread: Count | None = None


class InboxBadge(Shape):
    """How many items wait, and how many of them are unread; neither counts beyond 100."""

    open: int
    unread: int


class InboxItem(Shape):
    """An item, its title in the asker's language."""

    id: Id
    kind: str
    subject_type: str
    subject: str
    title: str
    link: str
    nature: Nature
    due: Moment | None
    put_at: Moment
    done_at: Moment | None
    read: bool


def inbox_item(kept: KeptItem, language: Language) -> InboxItem:
    """An item as it is shown."""
    return InboxItem(
        id=kept.id,
        kind=kept.kind,
        subject_type=kept.subject_type,
        subject=kept.subject,
        title=sentence(kept.title, language, kept.params),
        link=kept.link,
        nature=kept.nature,
        due=kept.due,
        put_at=kept.put_at,
        done_at=kept.done_at,
        read=kept.read,
    )
