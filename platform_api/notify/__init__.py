"""Telling people outside the pages: for now, short messages to telephones."""

from platform_api.http import Parts
from platform_api.notify.sms import LogSender, Messages, NoSender, NotifySettings, Sms, SmsSender, SmsWay

ROUTES = ()
__all__ = ["ROUTES", "Messages", "Sms", "SmsSender", "build"]


def build(parts: Parts) -> tuple[Messages]:
    """The service; which sender it has is the operator's setting."""
    settings = parts.settings.section("notify", NotifySettings)
    sender: SmsSender = LogSender() if settings.sms is SmsWay.LOG else NoSender()
    return (Messages(sender),)
