"""SQL in whatever is typed, in every column's filter and the search of every list of the product (SC-01)."""

from itertools import product
from typing import Any

from platform_api.app import DOMAINS, lists_of
from platform_api.identity.model import Duty, UserRole
from tests.support.platform import Town

WORDS = ("' OR '1'='1", "x'; DROP TABLE users; --", "\\", "%_$1", '"); SELECT 1')
OPERATORS = ("is", "contains", "starts", "least")
TAKEN_OR_REFUSED = {200, 400, 403, 404, 422}


async def test_SC_01_no_list_takes_what_is_typed_for_sql(town: Town) -> None:
    people = [
        *[await town.signed_in(role.value, role) for role in UserRole],
        *[await town.signed_in(duty.value, duty=duty) for duty in Duty],
    ]
    tables, asked, taken = lists_of(DOMAINS), 0, set[str]()

    for table in tables:
        for person in people:
            await person.sign_in()
            if (await person.post(f"/tables/{table.name}/rows", {})).status != 200:
                continue
            taken.add(table.name)
            filters = [
                [{"column": column.name, "operator": operator, "values": [word]}]
                for column, operator, word in product(table.columns, OPERATORS, WORDS[:2])
            ]
            bodies: list[dict[str, Any]] = [{"filters": each} for each in filters] + [
                {"text": word} for word in WORDS
            ]
            bodies += [{"sort": {"column": word, "descending": False}} for word in WORDS]
            for body in bodies:
                town.clock.advance(1)  # the rate is not what is asked about
                answer = await person.post(f"/tables/{table.name}/rows", body)
                assert answer.status in TAKEN_OR_REFUSED, (table.name, body, await answer.text())
                asked += 1
            break

    print(f"SC-01: {asked} questions to {len(taken)} of {len(tables)} lists, 0 taken for SQL")
    assert taken == {table.name for table in tables}
