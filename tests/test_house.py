"""Rules of the house that no linter knows."""

import ast
import re
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "ritorno"
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if "migrations" not in path.parts)
_SQL = re.compile(r"\b(SELECT|INSERT INTO|UPDATE|DELETE FROM|COPY|CREATE TABLE)\b\s+\S")
# Where SQL may stand: records, everyone at once, the sandboxes' own files, and reading files through DuckDB.
_SQL_FLOORS = ("store", "whole")
_SQL_FILES = ("ads/sandbox.py", "channels/sandbox.py")


def _name(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_only_the_store_and_the_whole_base_speak_sql(path: Path) -> None:
    if path.relative_to(PACKAGE).parts[0] in (*_SQL_FLOORS, "sources", "demo") or _name(path) in _SQL_FILES:
        return
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docs = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    said = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs
    ]
    assert [text for text in said if _SQL.search(text)] == []


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_only_transaction_commits(path: Path) -> None:
    if _name(path) == "store/transaction.py":
        return
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"\.commit\(\)|connection\.transaction\(\)", text), "use ritorno.store.transaction"


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_every_module_and_every_public_class_says_what_its_name_cannot(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    if not tree.body:
        return
    assert ast.get_docstring(tree), "a module begins with what it is"


def test_files_are_short() -> None:
    """About 300 lines, 200 in core; a file far beyond is two things."""
    long = {
        _name(path): count for path in MODULES if (count := len(path.read_text(encoding="utf-8").splitlines())) > 400
    }
    assert long == {}


def test_no_two_test_files_have_one_name() -> None:
    """pytest tells modules apart by their names alone."""
    names = [
        path.name for path in Path(__file__).parent.rglob("*.py") if path.name not in ("conftest.py", "__init__.py")
    ]
    assert sorted({name for name in names if names.count(name) > 1}) == []
