"""How the demonstration's publisher runs FFmpeg."""

from pathlib import Path

from deploy.launch.demo.publisher import CATCH_UP, Feed, ffmpeg_arguments, retry_after_s


def feed(*, voice: Path | None) -> Feed:
    return Feed(
        url="http://127.0.0.1:1/whip/room?source=scope",
        token=lambda: "never on a command line",
        picture=Path("scope.mp4"),
        voice=voice,
        width=1280,
        height=720,
        bitrate_kbps=2500,
    )


def test_a_voice_that_is_late_catches_up_at_once() -> None:
    words = ffmpeg_arguments(feed(voice=Path("voice.opus")))

    paced = words[words.index("-readrate") : words.index(str(Path("voice.opus")))]
    assert paced[:4] == ["-readrate", "1", "-readrate_catchup", str(CATCH_UP)]
    assert "-re" not in words
    assert CATCH_UP > 10


def test_a_picture_without_a_voice_is_not_paced_by_one() -> None:
    words = ffmpeg_arguments(feed(voice=None))

    assert "-readrate" not in words
    assert "libopus" not in words


def test_a_node_that_comes_back_is_found_soon_and_one_that_does_not_is_left_alone() -> None:
    waits = [retry_after_s(failures) for failures in range(20)]

    assert waits[:13] == [0.25] * 13
    assert waits[13:16] == [0.5, 1.0, 2.0]
    assert waits[-1] == 10.0
