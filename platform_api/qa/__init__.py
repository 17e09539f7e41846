"""Questions and answers: from desk, phone, endoscopy room, live session and replay; themed discussions."""

from platform_api.audit import AuditTrail
from platform_api.comments import Comments
from platform_api.files import Files
from platform_api.forwarding import Forwarding
from platform_api.http import Parts
from platform_api.identity import Invitations, ShareGuests
from platform_api.inbox import Inbox
from platform_api.qa.access import Answers
from platform_api.qa.experts import Experts
from platform_api.qa.forwarding import Forwarded
from platform_api.qa.invited import InvitedPeople
from platform_api.qa.invited_routes import INVITED_ROUTES
from platform_api.qa.kiosks import Kiosks
from platform_api.qa.leading import Leading
from platform_api.qa.link_routes import LINK_ROUTES
from platform_api.qa.model import SUBJECT
from platform_api.qa.routes import QUESTION_ROUTES, Now
from platform_api.qa.service import Questions
from platform_api.qa.sharing import DiscussionGuests, QuestionLinks
from platform_api.qa.summaries import Summaries
from platform_api.qa.tables import QUESTIONS as QUESTION_LIST
from platform_api.review import Reviews
from platform_api.sharing import QUESTIONS, ShareLinks
from platform_api.teaching import Door

__all__ = ["ROUTES", "TABLES", "Questions", "build"]

ROUTES = (*QUESTION_ROUTES, *INVITED_ROUTES, *LINK_ROUTES)
TABLES = (QUESTION_LIST,)


def build(parts: Parts) -> tuple[object, ...]:
    """The services; opens questions to answers and forwarding, and lets files lie beside them."""
    get, database, clock = parts.services.get, parts.database, parts.clock
    trail, files, inbox, comments = get(AuditTrail), get(Files), get(Inbox), get(Comments)
    answers, experts = Answers(clock, inbox), Experts(clock, inbox)
    comments.register(SUBJECT, answers.describe, audience=answers.audience, changed=answers.changed)
    files.register(SUBJECT, answers.may_read_beside)
    get(Forwarding).register(SUBJECT, Forwarded(clock).describe)
    links = ShareLinks(QUESTIONS, clock=clock, guests=get(ShareGuests))
    return (
        Now(clock),
        Questions(
            database=database,
            clock=clock,
            files=files,
            experts=experts,
            door=get(Door),
        ),
        Leading(
            database=database,
            clock=clock,
            trail=trail,
            inbox=inbox,
            comments=comments,
            experts=experts,
        ),
        Summaries(database=database, clock=clock, reviews=get(Reviews)),
        QuestionLinks(database=database, clock=clock, trail=trail, links=links),
        InvitedPeople(
            database=database,
            clock=clock,
            trail=trail,
            inbox=inbox,
            invitations=get(Invitations),
        ),
        DiscussionGuests(database=database, clock=clock, invitations=get(Invitations)),
        Kiosks(database=database, clock=clock, trail=trail),
    )
