"""Every code that the Python tree can send to a person has its sentence in both languages."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from platform_api.kernel.sentences import Language, table

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("media", "signaling", "recording", "annotation", "platform_api", "deploy")
RAISERS = {
    "AppError",
    "NotAuthenticated",
    "Refused",
    "NotFound",
    "Conflict",
    "Gone",
    "TooMany",
    "Unavailable",
}


def python_files() -> Iterator[Path]:
    for package in PACKAGES:
        yield from (path for path in (ROOT / package).rglob("*.py") if "__pycache__" not in path.parts)


def literal(node: ast.expr | None) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def called_name(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def base_names(node: ast.ClassDef) -> set[str]:
    return {base.attr if isinstance(base, ast.Attribute) else getattr(base, "id", "") for base in node.bases}


def error_classes(trees: dict[Path, ast.Module]) -> set[str]:
    """Names of all classes below AppError, found by walking until nothing new appears."""
    known = set(RAISERS)
    bases = [
        (node.name, base_names(node))
        for tree in trees.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    ]
    while True:
        found = {name for name, above in bases if above & known}
        if found <= known:
            return known
        known |= found


def class_codes(node: ast.ClassDef) -> Iterator[str]:
    for statement in node.body:
        targets = statement.targets if isinstance(statement, ast.Assign) else []
        if any(isinstance(target, ast.Name) and target.id == "code" for target in targets):
            code = literal(statement.value) if isinstance(statement, ast.Assign) else None
            if code is not None:
                yield code


def enum_codes(node: ast.ClassDef) -> Iterator[str]:
    """Members of an enumeration of codes: `class XErrorCode(StrEnum)`."""
    if not node.name.endswith(("ErrorCode", "RefusalCode")):
        return
    for statement in node.body:
        if isinstance(statement, ast.Assign) and (code := literal(statement.value)) is not None:
            yield code


def codes_in(tree: ast.Module, errors: set[str]) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            yield from enum_codes(node)
            if node.name in errors:
                yield from class_codes(node)
        elif isinstance(node, ast.Call) and called_name(node) in errors:
            keyword = next((item.value for item in node.keywords if item.arg == "code"), None)
            code = literal(node.args[0] if node.args else keyword)
            if code is not None:
                yield code


@cache
def codes_used() -> dict[str, set[str]]:
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in python_files()}
    errors = error_classes(trees)
    used: dict[str, set[str]] = {}
    for path, tree in trees.items():
        for code in codes_in(tree, errors):
            used.setdefault(code, set()).add(str(path.relative_to(ROOT)))
    return used


def test_the_walk_finds_codes_of_each_kind() -> None:
    used = codes_used()

    assert "not_found" in used
    assert "token.expired" in used
    assert "media.sdp_invalid" in used


def test_each_code_in_use_has_a_sentence_in_both_languages() -> None:
    used = codes_used()

    for language in Language:
        missing = {code: sorted(places) for code, places in used.items() if code not in table(language)}
        assert not missing, f"{language}: {missing}"
