"""The operator's view over HTTP."""

from platform_api.http import Call, Method, Permission, Rate, Route
from platform_api.operation.schemas import OverviewView, overview_view
from platform_api.operation.service import Operation

VIEW = Permission("operation.view")


async def show_operation(call: Call[None, None, None]) -> OverviewView:
    operation = call.services.get(Operation)
    return overview_view(await operation.overview(), operation.now())


async def weigh_storage(call: Call[None, None, None]) -> None:
    await call.services.get(Operation).weigh_now(call.asker)


ROUTES = (
    Route(
        Method.GET,
        "/operation",
        show_operation,
        permission=VIEW,
        summary="Parts, load, storage, nodes, jobs and certificates as they are now",
        rate=Rate(60, 60),
        keeps_login=False,
    ),
    Route(
        Method.POST,
        "/operation/storage",
        weigh_storage,
        permission=VIEW,
        summary="Has what is kept weighed now, by a job",
        rate=Rate(6, 60),
    ),
)
