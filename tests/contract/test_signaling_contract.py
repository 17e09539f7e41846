"""The web client's types are what the catalogue says now."""

from signaling.export_schema import TARGET, main, typescript
from signaling.messages import EVENTS, REQUESTS


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
