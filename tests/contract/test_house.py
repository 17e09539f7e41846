"""The house rules that a machine can check: sizes, READMEs, names, and what a text may not hold."""

import ast
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TRACKED = [
    ROOT / line
    for line in subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    if (ROOT / line).is_file()
]
SOURCES = [path for path in TRACKED if path.suffix in {".py", ".ts", ".vue", ".sql"}]
GENERATED = ("web/src/contract/",)
MAX_LINES = 600
MAX_FUNCTION = 60


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_no_file_is_longer_than_the_house_allows() -> None:
    long = {
        relative(path): count
        for path in SOURCES
        if (count := path.read_text(encoding="utf-8").count("\n")) > MAX_LINES
        and path.name != "schema.sql"
        and not relative(path).startswith(GENERATED)
    }
    assert long == {}


def test_no_function_is_longer_than_the_house_allows() -> None:
    long = []
    for path in SOURCES:
        if path.suffix != ".py" or relative(path).startswith("tests/"):
            continue
        text = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                size = (node.end_lineno or 0) - node.lineno + 1
                reasoned = "long because" in "\n".join(text.splitlines()[node.lineno - 3 : node.end_lineno])
                if size > MAX_FUNCTION and not reasoned:
                    long.append(f"{relative(path)}:{node.lineno} {node.name} {size}")
    assert long == []


def test_every_package_opens_with_a_short_readme() -> None:
    packages = ["media", "signaling", "recording", "annotation", "platform_api", "web", "deploy", "tests"]
    missing = [name for name in packages if not (ROOT / name / "README.md").is_file()]
    too_long = [
        name
        for name in packages
        if name not in missing and (ROOT / name / "README.md").read_text().count("\n") > 60
    ]
    assert missing == []
    assert too_long == []


def test_no_vague_module_names() -> None:
    assert [relative(p) for p in SOURCES if p.stem in {"utils", "helpers", "common", "misc", "base"}] == []


def test_no_registry_host_and_no_unfinished_mark() -> None:
    hosts = re.compile(
        r"https?://[\w.-]*(?:npmjs|pypi|pythonhosted|crates\.io|golang\.org|maven)[\w./-]*", re.IGNORECASE
    )
    marks = re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b")
    wrong = []
    for path in TRACKED:
        if path == Path(__file__) or path.suffix in {".png", ".ico", ".woff2", ".bin", ".jpg", ".webp"}:
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            if hosts.search(line) or (marks.search(line) and path.suffix in {".py", ".ts", ".vue", ".sql"}):
                wrong.append(f"{relative(path)}:{number}")
    assert wrong == []


def test_lock_files_name_no_address() -> None:
    assert '"resolved"' not in (ROOT / "web/package-lock.json").read_text(encoding="utf-8")
    for path in (ROOT / "deploy/requirements").glob("*.txt"):
        assert "index-url" not in path.read_text(encoding="utf-8")


SECRETS = {
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    "a key of ours": re.compile(r"\b[0-9a-f]{8}:[A-Za-z0-9+/]{43}=(?![A-Za-z0-9+/=])"),
    "a signed token": re.compile(r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{20,}"),
    "a host's token": re.compile(r"\b(?:ghp|gho|glpat|xox[bp]|AKIA)[-_A-Za-z0-9]{16,}"),
    "a password in an address": re.compile(r"\b[a-z]{3,12}://[^\s/:@{}<>\"']+:[^\s/@{}<>\"'$]{6,}@"),
    "an assigned secret": re.compile(
        r"""(?i)\b(?:secret|password|passwd|api_?key|signing_key|sealing_key)\s*=\s*["'][A-Za-z0-9+/]{32,}=*["']"""
    ),
}


def secrets_in(text: str) -> list[str]:
    return [what for what, pattern in SECRETS.items() if pattern.search(text)]


def test_CR_02_no_secret_is_in_the_repository() -> None:
    """Every tracked text; the patterns are tried on made-up secrets below."""
    found = {
        relative(path): what
        for path in TRACKED
        if path != Path(__file__) and (what := secrets_in(path.read_text(encoding="utf-8", errors="replace")))
    }
    assert found == {}


def test_CR_02_the_patterns_find_what_they_are_for() -> None:
    made_up = "A" * 43
    for text, what in (
        ("-----BEGIN EC PRIVATE KEY-----", "a private key"),
        (f"0a1b2c3d:{made_up}=", "a key of ours"),
        (f"eyJ{made_up}.eyJ{made_up}.{made_up}", "a signed token"),
        (f"ghp_{made_up}", "a host's token"),
        ("postgresql://scopecast:hunter222@db/x", "a password in an address"),
        (f'SIGNING_KEY = "{made_up}"', "an assigned secret"),
    ):
        assert secrets_in(text) == [what]


ACTS_AS_THE_HOUSE = {
    "platform_api/identity/proof.py": "signing in: looked up before it is known who asks",
    "platform_api/jobs/worker.py": "the queue's worker: works for whoever asked, one job at a time",
    "platform_api/teaching/access.py": "rooms, links and guests: asked by the live side, not by a person",
    "platform_api/exports/service.py": "writing and sweeping what was asked and allowed before",
    "platform_api/forwarding/service.py": "whether the organisation named by a forwarder is there at all",
    "platform_api/qa/access.py": "links, kiosks, and whom a question is shown to",
    "platform_api/files/uploads.py": "uploads that nobody went on with",
    "platform_api/files/previews.py": "what is shown of files: made by a job, read by who reads them",
    "platform_api/files/purge.py": "deleted files whose time is over",
    "platform_api/files/sweep.py": "files that nothing names any more",
    "platform_api/organisations/service.py": "names of before that are not indexed yet, at the start",
    "platform_api/comments/people.py": "the directory of colleagues: names, titles and organisations alone",
    "platform_api/audit/service.py": "the chain: recomputed whole, and told to each about the own record",
    "platform_api/alarms/service.py": "alarms: written where those see them whose organisation they concern",
    "platform_api/audit_messages/service.py": "delivering the trail to the hospital's repository",
    "platform_api/jobs/service.py": "schedules and workers of the house: no person's work",
    "platform_api/operation/service.py": "what the database says of itself, and what the house keeps by kind",
    "platform_api/operation/weigher.py": "how much lies where: sizes, and whose they are",
    "platform_api/resealing/service.py": "sealed columns of everybody, brought under a new key",
    "deploy/launch/keys.py": "the operator's own command: asks that files come under a new key",
    "deploy/launch/trail.py": "the operator's own command: whom a username names",
}
"""Where an actor whom row-level rules let through is made, and for what; a new one is added on purpose."""


def test_AZ_01_the_house_acts_by_itself_only_in_the_listed_places() -> None:
    made = {
        relative(path)
        for path in SOURCES
        if path.suffix == ".py"
        and not relative(path).startswith("tests/")
        and re.search(r"Actor\(subject=f?[\"']system:", path.read_text(encoding="utf-8"))
    }
    assert made == set(ACTS_AS_THE_HOUSE)
