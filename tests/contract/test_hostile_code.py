"""What outside data may never reach: code that runs it, and parsers that can be made to (SC-01, SC-02)."""

import ast
from collections.abc import Iterator

import pytest

from tests.contract.test_house import SOURCES, relative

RUNTIME = [
    path
    for path in SOURCES
    if path.suffix == ".py" and not relative(path).startswith(("tests/", "deploy/scripts/"))
]
NO_MODULES = {
    *("pickle", "cPickle", "dill", "shelve", "marshal", "jsonpickle", "yaml", "xml", "lxml", "pty"),
    *("telnetlib", "ftplib", "xmlrpc", "code", "codeop"),
}
ONLY_WRITES = {"platform_api/audit_messages/rules.py": ["xml.etree.ElementTree"]}
"""What these make of our own values, and never read."""
READERS = {"fromstring", "fromstringlist", "parse", "iterparse", "XML", "XMLID", "XMLParser", "XMLPullParser"}
NO_CALLS = {"eval", "exec", "compile", "__import__", "input"}
NO_METHODS = {("os", "system"), ("os", "popen"), ("subprocess", "getoutput"), ("tempfile", "mktemp")}


def faults(text: str) -> Iterator[str]:
    """What a source does that none of ours may."""
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Import(names=names):
                yield from (each.name for each in names if each.name.partition(".")[0] in NO_MODULES)
            case ast.ImportFrom(module=str(module), level=0) if module.partition(".")[0] in NO_MODULES:
                yield module
            case ast.Call(func=ast.Name(id=name)) if name in NO_CALLS:
                yield name
            case ast.Call(func=ast.Attribute(value=ast.Name(id=module), attr=name)):
                if (module, name) in NO_METHODS:
                    yield f"{module}.{name}"
        if isinstance(node, ast.Call):
            yield from (
                "shell=True"
                for each in node.keywords
                if each.arg == "shell" and not (isinstance(each.value, ast.Constant) and not each.value.value)
            )


def test_SC_02_no_pickle_no_yaml_no_xml_no_eval_and_no_shell() -> None:
    found = {relative(path): wrong for path in RUNTIME if (wrong := list(faults(path.read_text("utf-8"))))}

    assert len(RUNTIME) > 300
    assert found == ONLY_WRITES
    for path in RUNTIME:
        if relative(path) in ONLY_WRITES:
            tree = ast.parse(path.read_text("utf-8"))
            assert READERS.isdisjoint(each.attr for each in ast.walk(tree) if isinstance(each, ast.Attribute))


@pytest.mark.parametrize(
    "text",
    [
        "import pickle",
        "from xml.etree import ElementTree",
        "import yaml\nyaml.load(x)",
        "eval(x)",
        "exec(x)",
        "import os\nos.system(x)",
        "subprocess.run(x, shell=True)",
    ],
)
def test_SC_02_the_walk_finds_what_it_is_for(text: str) -> None:
    assert list(faults(text))


def test_SC_01_sql_is_put_together_only_in_stores_and_lists() -> None:
    """A statement of which a part is no constant takes names of ours, and stands where all statements do."""
    put_together = {
        relative(path)
        for path in RUNTIME
        if any(
            "S608" in line.partition("#")[2]
            for line in path.read_text(encoding="utf-8").splitlines()
            if "noqa" in line
        )
    }

    stray = {
        name
        for name in put_together
        if not name.endswith("store.py") and not name.startswith(("platform_api/tables/", "platform_api/db/"))
    }
    assert stray == set()
