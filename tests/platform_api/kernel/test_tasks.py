import asyncio
import inspect

import pytest

from platform_api.kernel.tasks import TaskOwner, until_first


async def test_closing_cancels_and_awaits_all_that_runs() -> None:
    owner, ended = TaskOwner("test"), list[str]()
    started = asyncio.Event()

    async def work() -> None:
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("ended")

    owner.spawn(work(), name="work")
    await started.wait()
    await owner.close()

    assert ended == ["ended"]
    assert len(owner) == 0


async def test_a_fault_ends_that_task_alone() -> None:
    async with TaskOwner("test") as owner:
        done = asyncio.Event()

        async def broken() -> None:
            raise RuntimeError("broken")

        async def sound() -> None:
            await failing
            done.set()

        failing = owner.spawn(broken(), name="broken")
        owner.spawn(sound(), name="sound")
        await asyncio.wait_for(done.wait(), timeout=5)


async def test_a_closed_owner_takes_no_work_and_may_be_closed_twice() -> None:
    owner = TaskOwner("test")
    await owner.close()
    await owner.close()

    async def work() -> None:
        pass

    with pytest.raises(RuntimeError):
        owner.spawn(work(), name="late")


async def test_a_task_may_close_its_own_owner() -> None:
    owner = TaskOwner("test")

    async def work() -> None:
        await owner.close()

    task = owner.spawn(work(), name="closer")
    await asyncio.wait_for(task, timeout=5)

    assert not task.cancelled()


async def test_what_is_closed_before_its_first_step_leaves_nothing_behind() -> None:
    async def never() -> None:
        raise AssertionError

    owner = TaskOwner("test")
    work = never()
    owner.spawn(work, name="never")
    await owner.close()

    assert inspect.getcoroutinestate(work) == inspect.CORO_CLOSED


async def test_the_first_that_ends_ends_the_others_and_what_it_raised_is_raised() -> None:
    ended = list[str]()

    async def waits() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("waits")

    async def fails() -> None:
        await asyncio.sleep(0)
        raise ConnectionResetError("the pipe")

    await until_first(waits(), asyncio.sleep(0))
    with pytest.raises(ConnectionResetError, match="the pipe"):
        await until_first(waits(), fails())

    assert ended == ["waits", "waits"]
