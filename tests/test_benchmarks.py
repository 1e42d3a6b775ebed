"""`make bench` runs every benchmark there is."""

from importlib import import_module

from benchmarks.__main__ import names


def test_all_figures_are_those_of_every_script_and_of_nothing_else() -> None:
    """None is left out, and what they share is none."""
    found = set(names())
    assert found >= {
        "live", "wake", "import_", "rfm", "lake", "segments", "backtest", "pace", "recommend", "render", "journeys",
        "lift",
    }  # fmt: skip
    assert found.isdisjoint({"__main__", "measure", "planted", "raw", "shop"})
    assert [name for name in sorted(found) if not callable(import_module(f"benchmarks.{name}").main)] == []
