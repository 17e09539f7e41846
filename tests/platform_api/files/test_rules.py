import pytest

from platform_api.files.errors import FileRefused, FileTooLarge
from platform_api.files.model import MAX_FILE_BYTES, MAX_NAME_CHARS, FileType
from platform_api.files.rules import check_size, display_name, type_of


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"\x89PNG\r\n\x1a\nrest", FileType.PNG),
        (b"\xff\xd8\xff\xe0rest", FileType.JPEG),
        (b"RIFF\0\0\0\0WEBPrest", FileType.WEBP),
        (b"%PDF-1.7 rest", FileType.PDF),
    ],
)
def test_the_type_is_what_the_bytes_are(data: bytes, expected: FileType) -> None:
    assert type_of(data) is expected


@pytest.mark.parametrize(
    "data",
    [b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"<html>", b"GIF89a", b"MZ", b" %PDF-", b"RIFF1234RMID"],
)
def test_other_types_are_refused(data: bytes) -> None:
    with pytest.raises(FileRefused) as caught:
        type_of(data)
    assert (caught.value.code, caught.value.status_hint) == ("file.type_unknown", 415)


def test_an_empty_file_is_refused() -> None:
    with pytest.raises(FileRefused) as caught:
        type_of(b"")
    assert caught.value.code == "file.empty"


def test_a_file_has_a_largest_size() -> None:
    check_size(MAX_FILE_BYTES)
    with pytest.raises(FileTooLarge) as caught:
        check_size(MAX_FILE_BYTES + 1)
    assert caught.value.params == {"limit_mb": 20}


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("胃角 0-IIc.PNG", "胃角 0-IIc.png"),
        ("../../etc/passwd", "passwd.png"),
        ("..\\..\\windows\\system32\\x.dll", "x.png"),
        ("/abs/path/a.jpg", "a.png"),
        ("a\r\nSet-Cookie: x=1.png", "aSet-Cookie: x=1.png"),
        ("evil.html\0.png", "evil.html.png"),
        ("\u202egnp.exe", "gnp.png"),
        ("", "file.png"),
        (None, "file.png"),
        ("..", "file.png"),
    ],
)
def test_UP_02_a_name_is_only_for_show(given: str | None, shown: str) -> None:
    assert display_name(given, FileType.PNG) == shown


def test_a_long_name_is_cut_and_keeps_its_suffix() -> None:
    name = display_name("x" * 500, FileType.PDF)

    assert len(name) == MAX_NAME_CHARS
    assert name.endswith(".pdf")
