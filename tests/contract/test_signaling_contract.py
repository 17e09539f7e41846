"""The web client's types and the protocol page are what the catalogue says now."""

from annotation.errors import AnnotationErrorCode
from media.errors import MediaErrorCode
from signaling.errors import ErrorCode
from signaling.export_protocol import TARGET as PROTOCOL
from signaling.export_protocol import main as export_protocol
from signaling.export_protocol import protocol
from signaling.export_schema import TARGET, main, typescript
from signaling.messages import EVENTS, REQUESTS
from signaling.messages.documentation import EVENT_EXAMPLES, REQUEST_ERRORS, REQUEST_EXAMPLES


def test_the_committed_types_are_the_generated_ones() -> None:
    assert TARGET.read_text(encoding="utf-8") == typescript(), "run deploy/scripts/export-contract"
    assert main(["--check"]) == 0


def test_every_message_has_its_row() -> None:
    text = typescript()

    for name in (*REQUESTS, *EVENTS):
        assert f'  readonly "{name}":' in text


def test_received_data_is_whole_and_sent_defaults_may_be_left_out() -> None:
    text = typescript()
    participant = text.split("export interface Participant {")[1].split("}")[0]
    join = text.split("export interface Join {")[1].split("}")[0]

    assert "?:" not in participant
    assert "readonly resume?: Resume | null;" in join


def test_unions_can_be_told_apart() -> None:
    text = typescript()

    assert 'readonly op: "add";' in text
    assert 'readonly shape: "pen";' in text
    assert "readonly target: LiveTarget | StillTarget | BoardTarget;" in text


def test_the_protocol_page_is_what_the_catalogue_says() -> None:
    page = PROTOCOL.read_text(encoding="utf-8")

    assert protocol(page) == page, "run deploy/scripts/export-contract"
    assert export_protocol(["--check"]) == 0
    for name in (*REQUESTS, *EVENTS):
        assert f"### `{name}`" in page


def test_every_message_is_documented_and_its_example_is_valid() -> None:
    assert set(REQUEST_EXAMPLES) == set(REQUEST_ERRORS) == set(REQUESTS)
    assert set(EVENT_EXAMPLES) == set(EVENTS)
    for request in REQUESTS.values():
        request.data.model_validate(REQUEST_EXAMPLES[request.name])
    for event in EVENTS.values():
        example = EVENT_EXAMPLES[event.name]
        assert event.data.model_validate(example).model_dump(mode="json") == example


def test_refusals_that_are_documented_exist_and_the_right_is_among_them() -> None:
    known = {*ErrorCode, *AnnotationErrorCode, *MediaErrorCode}
    for name, codes in REQUEST_ERRORS.items():
        assert set(codes) <= known, name
        assert ("right.missing" in codes) >= (REQUESTS[name].right is not None), name


def test_each_event_has_data_of_its_own_type() -> None:
    assert len({spec.data for spec in EVENTS.values()}) == len(EVENTS)
