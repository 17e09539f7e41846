"""Short messages leave by the sender that the operator chose."""

import pytest

from platform_api.kernel.errors import Unavailable
from platform_api.notify.sms import KEPT, LogSender, Messages, NoSender, Sms

MESSAGE = Sms(phone="13987654321", template="login_code", params={"code": "123456"})


async def test_without_a_gateway_nothing_pretends_to_be_sent() -> None:
    with pytest.raises(Unavailable) as refused:
        await Messages(NoSender()).send(MESSAGE)

    assert refused.value.code == "sms.off"


async def test_AD_03_the_stand_in_keeps_the_last_and_logs_no_number(
    capsys: pytest.CaptureFixture[str],
) -> None:
    sender = LogSender()
    messages = Messages(sender)

    for _ in range(KEPT + 1):
        await messages.send(MESSAGE)
    written = capsys.readouterr()

    assert (len(sender.kept), sender.kept[-1]) == (KEPT, MESSAGE)
    assert "13987654321" not in written.out + written.err
