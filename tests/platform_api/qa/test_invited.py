"""Who was invited to a question, by whom, how far it is; what it opened is shut with its withdrawal."""

from typing import Any

from tests.support.platform import Person
from tests.support.questions import answer, ask, file_of, find, inbox
from tests.support.sessions import Stage, ok, refusal

PERIOD = {"opens_at": "2026-11-22T00:00:00Z", "closes_at": "2026-11-24T09:00:00Z"}


async def invited(person: Person, question: str) -> list[tuple[str, str, str, str]]:
    """Kind, name, by whom and state of each invitation that this person sees."""
    items = (await ok(await person.get(f"/questions/{question}/invited")))["items"]
    return [(each["kind"], each["name"], each["invited_by_name"], each["state"]) for each in items]


async def guest_of(stage: Stage, host: Person, question: str) -> tuple[str, str, dict[str, str]]:
    """The invitation, its link code, and the headers of the guest whom it let in."""
    made = await ok(await host.post(f"/questions/{question}/guests", {"name": "李教授"}), 201)
    code = made["url"].rpartition("/")[2]
    entered = await stage.town.client.post(
        f"/api/v1/discussion-invitations/{code}/redeem", json={"one_time_code": made["one_time_code"]}
    )
    token = (await ok(entered))["access_token"]
    return made["id"], code, {"Authorization": f"Bearer {token}"}


async def test_the_list_says_who_invited_whom_and_how_far_it_is(stage: Stage) -> None:
    question = (await ask(stage.expert, period=PERIOD, experts=[stage.foreigner.user.id]))["id"]
    await ok(
        await stage.office.post(f"/questions/{question}/experts", {"experts": [stage.foreign_office.user.id]})
    )
    await guest_of(stage, stage.expert, question)
    await answer(stage.foreigner, question)

    whole = [
        ("expert", "foreigner医生", "expert医生", "answered"),
        ("expert", "far-office医生", "office医生", "invited"),
        ("guest", "李教授", "expert医生", "redeemed"),
    ]
    assert sorted(await invited(stage.expert, question)) == sorted(whole)
    assert sorted(await invited(stage.office, question)) == sorted(whole)
    assert await invited(stage.colleague, question) == []
    assert await invited(stage.foreigner, question) == []


async def test_an_expert_loses_the_right_with_the_invitation(stage: Stage) -> None:
    file = await file_of(stage.colleague)
    question = (await ask(stage.colleague, files=[file], experts=[stage.foreigner.user.id]))["id"]
    path = f"/questions/{question}"
    said = await answer(stage.foreigner, question)
    await ok(await stage.foreigner.post(f"{path}/follow"))
    await ok(await stage.foreigner.post("/inbox/read"), 204)

    await ok(await stage.office.send("DELETE", f"{path}/experts/{stage.foreigner.user.id}"), 204)
    await answer(stage.expert, question, "再看看")

    for sent in (
        await stage.foreigner.get(path),
        await stage.foreigner.get(f"{path}/answers"),
        await stage.foreigner.post(f"{path}/answers", {"body": "x"}),
        await stage.foreigner.get(f"/comments/{said['id']}"),
        await stage.foreigner.get(f"/files/{file}"),
    ):
        assert await refusal(sent) == (404, "not_found")
    assert await find(stage.foreigner) == []
    assert await inbox(stage.foreigner) == []
    assert await invited(stage.colleague, question) == [
        ("expert", "foreigner医生", "colleague医生", "revoked")
    ]
    await ok(await stage.colleague.post(f"{path}/experts", {"experts": [stage.foreigner.user.id]}))
    assert await invited(stage.colleague, question) == [
        ("expert", "foreigner医生", "colleague医生", "answered")
    ]


async def test_an_expert_who_sees_it_anyway_still_hears_of_answers(stage: Stage) -> None:
    question = (await ask(stage.colleague, experts=[stage.expert.user.id]))["id"]
    await ok(await stage.expert.post(f"/questions/{question}/follow"))

    await ok(
        await stage.colleague.send("DELETE", f"/questions/{question}/experts/{stage.expert.user.id}"), 204
    )
    await answer(stage.office, question)

    assert [kind for kind, _ in await inbox(stage.expert)] == ["qa.answered"]


async def test_a_guest_is_out_and_the_link_shut_with_the_withdrawal(stage: Stage) -> None:
    question = (await ask(stage.expert, period=PERIOD))["id"]
    path = f"/questions/{question}"
    invitation, code, headers = await guest_of(stage, stage.expert, question)
    waiting = await ok(await stage.expert.post(f"{path}/guests", {"name": "王主任"}), 201)

    async def as_guest() -> Any:
        return await stage.town.client.get(f"/api/v1{path}", headers=headers)

    assert (await as_guest()).status == 200
    await ok(await stage.expert.post(f"{path}/conclude"), 204)
    await ok(await stage.office.send("DELETE", f"{path}/guests/{invitation}"), 204)
    await ok(await stage.expert.send("DELETE", f"{path}/guests/{waiting['id']}"), 204)

    assert (await as_guest()).status == 401
    for each, secret in ((code, "00000000"), (waiting["url"].rpartition("/")[2], waiting["one_time_code"])):
        shut = f"/api/v1/discussion-invitations/{each}"
        assert (await stage.town.client.get(shut)).status == 410
        entered = await stage.town.client.post(f"{shut}/redeem", json={"one_time_code": secret})
        assert entered.status == 410
    assert [state for *_, state in await invited(stage.expert, question)] == ["revoked", "revoked"]


async def test_only_who_invited_or_leads_takes_an_invitation_back(stage: Stage) -> None:
    question = (await ask(stage.expert, period=PERIOD, experts=[stage.foreigner.user.id]))["id"]
    path = f"/questions/{question}"
    guest, _, _ = await guest_of(stage, stage.expert, question)

    for person in (stage.colleague, stage.foreigner):
        for place in (f"experts/{stage.foreigner.user.id}", f"guests/{guest}"):
            assert await refusal(await person.send("DELETE", f"{path}/{place}")) == (403, "refused")
    outside = await stage.foreign_office.send("DELETE", f"{path}/guests/{guest}")

    assert await refusal(outside) == (404, "not_found")
    assert [state for *_, state in await invited(stage.expert, question)] == ["invited", "redeemed"]
    none = await stage.expert.send("DELETE", f"{path}/experts/{stage.colleague.user.id}")
    assert await refusal(none) == (404, "not_found")
