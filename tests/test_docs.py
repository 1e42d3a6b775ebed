"""What there is is documented, and what is documented is there."""

import re
import typing
from pathlib import Path

import pytest

from ritorno.cli import cli
from ritorno.cli.reference import page
from ritorno.core.journeys.journey import Playbook
from ritorno.core.journeys.step import Step
from ritorno.core.journeys.trigger import Trigger
from ritorno.core.segments.rule import Rule

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"


def test_the_reference_of_commands_is_the_program() -> None:
    """After a change: make docs"""
    assert (DOCS / "reference/cli.md").read_text(encoding="utf-8") == page(cli)


def test_every_setting_is_documented() -> None:
    told = (DOCS / "reference/settings.md").read_text(encoding="utf-8")
    names = set(
        re.findall(r'given(?:\.get\(|\[)"([A-Z_]+)"', (ROOT / "ritorno/settings.py").read_text(encoding="utf-8"))
    )
    assert names == {
        "RITORNO_HOME", "RITORNO_BIND", "RITORNO_URL", "RITORNO_LAKE", "RITORNO_WHOLE", "DATABASE_URL",
    }  # fmt: skip
    assert [name for name in names if f"`{name}`" not in told] == []


@pytest.mark.parametrize(
    ("union", "page"), [(Rule, "rules.md"), (Step, "playbook.md"), (Trigger, "playbook.md")],
    ids=["rules", "steps", "triggers"],
)  # fmt: skip
def test_every_rule_step_and_trigger_is_documented(union: object, page: str) -> None:
    told = (DOCS / "reference" / page).read_text(encoding="utf-8")
    tags = [part.__struct_config__.tag for part in typing.get_args(union)]
    assert [tag for tag in tags if f"`{tag}`" not in told] == []


def test_every_part_of_a_playbook_is_documented() -> None:
    told = (DOCS / "reference/playbook.md").read_text(encoding="utf-8")
    assert [name for name in Playbook.__struct_fields__ if f"`{name}`" not in told] == []


def test_links_between_documents_lead_somewhere() -> None:
    broken = []
    for path in [ROOT / "README.md", *DOCS.rglob("*.md")]:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", path.read_text(encoding="utf-8")):
            if not (path.parent / target).exists():
                broken.append(f"{path.relative_to(ROOT)} → {target}")
    assert broken == []


def test_the_repository_names_no_machine_and_no_registry() -> None:
    words = ("pypi" + ".org", "npmjs" + ".", "deb.deb" + "ian", "/wo" + "rk/", "/ro" + "ot/")
    told = [
        str(path.relative_to(ROOT))
        for folder in ("ritorno", "docs", "tests", "benchmarks")
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and path.suffix in (".py", ".md", ".yaml", ".toml", ".html")
        and any(word in path.read_text(encoding="utf-8") for word in words)
    ]  # fmt: skip
    assert told == []
