"""An entry of the trail as a DICOM audit message (PS3.15 A.5), framed as syslog over TLS wants it. Pure."""

import base64
import json
import re
from datetime import UTC
from ipaddress import ip_address
from typing import Final
from xml.etree.ElementTree import Element, SubElement, tostring

from platform_api.audit import Entry, KeptEntry, Outcome
from platform_api.audit_messages.codes import APPLICATION, OUR_SYSTEM, PEOPLE, Code, action_of, event_of
from platform_api.audit_messages.model import SyslogSettings

NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
PRIORITY: Final = 10 * 8 + 5
"""Facility 10 (security and authorisation), severity 5 (notice)."""
MESSAGE_ID: Final = "DICOM+RFC3881"
MAX_SEQUENCE: Final = 2**31 - 1
OUTCOMES: Final = {Outcome.OK: "0", Outcome.REFUSED: "4", Outcome.FAILED: "8"}
PERSON, SYSTEM_OBJECT = "1", "2"
TIER: Final = {"csd-code": "4", "codeSystemName": "DCM", "originalText": "Application Server"}
MACHINE_NAME, ADDRESS = "1", "2"


def message(kept: KeptEntry, settings: SyslogSettings) -> str:
    """The XML of an entry."""
    entry = kept.entry
    root = Element("AuditMessage")
    _add_event(root, kept)
    _add_participants(root, entry, settings)
    site = {"AuditEnterpriseSiteID": _token(settings.site)} if settings.site else {}
    source = SubElement(root, "AuditSourceIdentification", site | {"AuditSourceID": _token(settings.source)})
    SubElement(
        source,
        "AuditSourceTypeCode",
        TIER,
    )
    _add_object(root, entry)
    return tostring(root, encoding="unicode")


def frame(kept: KeptEntry, settings: SyslogSettings, host: str) -> bytes:
    """The entry as a syslog message (RFC 5424) in a frame that says its length (RFC 5425 4.3)."""
    at = kept.at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    head = f"<{PRIORITY}>1 {at} {_printable(host)} {_printable(settings.source)} - {MESSAGE_ID} "
    place = f'[meta sequenceId="{(kept.number - 1) % MAX_SEQUENCE + 1}"] '
    text = (head + place).encode("ascii") + b"\xef\xbb\xbf" + message(kept, settings).encode()
    return f"{len(text)} ".encode("ascii") + text


def _add_event(root: Element, kept: KeptEntry) -> None:
    entry = kept.entry
    event, types = event_of(entry.tag, entry.target_kind)
    about = SubElement(
        root,
        "EventIdentification",
        {
            "EventActionCode": action_of(entry.tag),
            "EventDateTime": kept.at.astimezone(UTC).isoformat(timespec="milliseconds"),
            "EventOutcomeIndicator": OUTCOMES[entry.outcome],
        },
    )
    _add_code(about, "EventID", event)
    for each in types:
        _add_code(about, "EventTypeCode", each)


def _add_participants(root: Element, entry: Entry, settings: SyslogSettings) -> None:
    who = {"UserID": _text(entry.who.subject) or "unknown", "UserIsRequestor": "true"}
    if entry.who.name:
        who["UserName"] = _text(entry.who.name)
    if entry.who.address:
        who["NetworkAccessPointID"] = _token(entry.who.address)
        who["NetworkAccessPointTypeCode"] = ADDRESS if _is_address(entry.who.address) else MACHINE_NAME
    SubElement(root, "ActiveParticipant", who)
    ours = SubElement(
        root, "ActiveParticipant", {"UserID": _text(settings.source), "UserIsRequestor": "false"}
    )
    _add_code(ours, "RoleIDCode", APPLICATION)


def _add_object(root: Element, entry: Entry) -> None:
    found = SubElement(
        root,
        "ParticipantObjectIdentification",
        {
            "ParticipantObjectID": _token(entry.target) or "-",
            "ParticipantObjectTypeCode": PERSON if entry.target_kind in PEOPLE else SYSTEM_OBJECT,
        },
    )
    kind = _token(entry.target_kind) or "-"
    _add_code(found, "ParticipantObjectIDTypeCode", Code(kind, OUR_SYSTEM, kind))
    SubElement(found, "ParticipantObjectName").text = _token(f"{entry.target_kind} {entry.target}")
    details = dict(entry.details)
    if entry.who.organisation is not None:
        details["organisation"] = entry.who.organisation
    for name, value in sorted(details.items()):
        told = base64.b64encode(json.dumps(value, ensure_ascii=False).encode()).decode("ascii")
        SubElement(found, "ParticipantObjectDetail", {"type": _token(name) or "-", "value": told})


def _add_code(above: Element, name: str, code: Code) -> None:
    SubElement(
        above,
        name,
        {"csd-code": code.value, "codeSystemName": code.system, "originalText": code.meaning},
    )


def _text(text: str) -> str:
    return NOT_XML.sub("\ufffd", text)


def _token(text: str) -> str:
    return " ".join(_text(text).split())


def _printable(text: str) -> str:
    """A field of the header: printable ASCII without spaces (RFC 5424 6)."""
    return re.sub(r"[^\x21-\x7e]", "_", text)[:48] or "-"


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
