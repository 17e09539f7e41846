"""Who may import whom (STYLE 3): the tree is walked, and there is no circle and no late import."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("media", "signaling", "recording", "annotation", "platform_api", "deploy")
KERNEL = "platform_api.kernel"
SERVICES = (
    "identity",
    "organisations",
    "audit",
    "files",
    "forwarding",
    "notify",
    "jobs",
    "search",
    "tables",
    "comments",
    "review",
    "inbox",
    "sharing",
)

# The first prefix that fits the importing module decides what of ours it may import.
ALLOWED: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("platform_api.kernel", ("platform_api.kernel",)),
    ("media.core", ("media.core",)),
    ("media", ("media", KERNEL)),
    ("annotation", ("annotation", KERNEL)),
    ("recording", ("recording", KERNEL, "media.client", "media.control", "media.core")),
    ("signaling", ("signaling", KERNEL, "media.client", "media.control", "recording.control", "annotation")),
    ("platform_api", ("platform_api", "annotation", "recording.manifest")),
    ("deploy", (*PACKAGES,)),
)
SINGLE_IMPORTERS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("aiortc", ("media.transport",)),
    ("aioice", ("media.transport",)),
    ("socketio", ("signaling.gateway",)),
    ("asyncpg", ("platform_api.db", "platform_api.jobs.worker", "platform_api.jobs.queue")),
    ("ffmpeg", ("recording.ffmpeg_command",)),
)


@dataclass(frozen=True)
class Import:
    importer: str
    imported: str
    line: int
    late: bool


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def modules() -> Iterator[tuple[str, Path]]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            yield module_name(path), path


def imports_of(name: str, path: Path) -> Iterator[Import]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    checking = {id(inner) for node in ast.walk(tree) if is_type_checking(node) for inner in ast.walk(node)}
    for node in ast.walk(tree):
        if id(node) in checking:
            continue
        late = node not in tree.body and not any(
            node in getattr(block, "body", []) for block in tree.body if isinstance(block, ast.Try)
        )
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(name, alias.name, node.lineno, late)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: relative import"
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                known = (ROOT / Path(*full.split("."))).with_suffix(".py").exists() or (
                    ROOT / Path(*full.split("."))
                ).is_dir()
                yield Import(name, full if known else str(node.module), node.lineno, late)


def is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def within(module: str, prefix: str) -> bool:
    return module == prefix or module.startswith(prefix + ".")


ALL = [found for name, path in modules() for found in imports_of(name, path)]
OURS = [found for found in ALL if found.imported.split(".")[0] in (*PACKAGES, "tests")]


def test_the_walk_sees_the_tree() -> None:
    assert len({found.importer for found in ALL}) > 30


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_imports_only_what_the_table_allows(package: str) -> None:
    wrong = []
    for found in OURS:
        if not within(found.importer, package):
            continue
        allowed = next(targets for prefix, targets in ALLOWED if within(found.importer, prefix))
        if not any(within(found.imported, target) for target in allowed):
            wrong.append(f"{found.importer}:{found.line} imports {found.imported}")
    assert wrong == []


def test_nothing_imports_the_launcher_or_tests() -> None:
    wrong = [
        found
        for found in OURS
        if (within(found.imported, "deploy") and not within(found.importer, "deploy"))
        or within(found.imported, "tests")
    ]
    assert wrong == []


def test_no_import_is_late() -> None:
    assert [f"{found.importer}:{found.line}" for found in OURS if found.late] == []


@pytest.mark.parametrize(("library", "importers"), SINGLE_IMPORTERS)
def test_a_library_stops_at_its_edge_module(library: str, importers: tuple[str, ...]) -> None:
    wrong = [
        f"{found.importer}:{found.line}"
        for found in ALL
        if within(found.imported, library) and not any(within(found.importer, edge) for edge in importers)
    ]
    assert wrong == []


def test_services_do_not_import_domains() -> None:
    wrong = []
    for found in OURS:
        parts, target = found.importer.split("."), found.imported.split(".")
        if parts[0] != "platform_api" or target[0] != "platform_api" or len(parts) < 2 or len(target) < 2:
            continue
        layer = {"kernel": 0, "db": 1, "http": 2}
        low = layer.get(parts[1], 3 if parts[1] in SERVICES else 5 if parts[1] == "app" else 4)
        high = layer.get(target[1], 3 if target[1] in SERVICES else 5 if target[1] == "app" else 4)
        if high > low:
            wrong.append(f"{found.importer}:{found.line} imports {found.imported}")
    assert wrong == []


def test_only_the_kernel_reads_the_environment() -> None:
    readers = [
        name
        for name, path in modules()
        if "os.environ" in path.read_text(encoding="utf-8") or "os.getenv" in path.read_text(encoding="utf-8")
    ]
    assert [
        name
        for name in readers
        if not within(name, "platform_api.kernel.config") and not within(name, "deploy.launch")
    ] == []


def test_sql_stays_in_stores() -> None:
    words = ("SELECT ", "INSERT INTO", "UPDATE ", "DELETE FROM")
    wrong = []
    for name, path in modules():
        if path.stem == "store" or path.stem.endswith("_store") or within(name, "platform_api.db"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Constant)
                and isinstance(node.value, str)
                and node.value.lstrip().startswith(words)
            ):
                wrong.append(f"{name}:{node.lineno}")
    assert wrong == []


def test_there_is_no_import_cycle() -> None:
    graph: dict[str, set[str]] = {}
    names = {name for name, _ in modules()}
    for found in OURS:
        target = found.imported if found.imported in names else found.imported.rpartition(".")[0]
        if target in names and target != found.importer:
            graph.setdefault(found.importer, set()).add(target)
    done: set[str] = set()

    def visit(node: str, trail: list[str]) -> None:
        assert node not in trail, " -> ".join([*trail[trail.index(node) :], node])
        if node in done:
            return
        for following in sorted(graph.get(node, ())):
            visit(following, [*trail, node])
        done.add(node)

    for name in sorted(graph):
        visit(name, [])
