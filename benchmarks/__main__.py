"""All figures: ``python -m benchmarks [--quick]``. A failing one is named at the end and does not stop the others."""

import argparse
import json
import subprocess
import sys
from pathlib import Path

from benchmarks.measure import finish

_HERE = Path(__file__).parent
_STARTS = 'if __name__ == "__main__":'


def names() -> list[str]:
    """Every script of this folder, so that none is forgotten; what they share starts nothing by itself."""
    found = (path for path in _HERE.glob("*.py") if path.name != "__main__.py")
    return sorted(path.stem for path in found if _STARTS in path.read_text(encoding="utf-8"))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes: shows that it works, not how fast")
    quick = ["--quick"] if parser.parse_args().quick else []
    figures: dict[str, object] = {}
    for name in names():
        print(f"== {name}", flush=True)
        lines: list[str] = []
        with subprocess.Popen(
            [sys.executable, "-m", f"benchmarks.{name}", *quick], stdout=subprocess.PIPE, text=True
        ) as child:
            for line in child.stdout or ():
                print(line, end="", flush=True)
                lines.append(line)
        figures[name] = json.loads(lines[-1]) if child.returncode == 0 else {"failed": child.returncode}
    failed = [name for name, figure in figures.items() if isinstance(figure, dict) and "failed" in figure]
    finish({"figures": figures, "failed": failed})
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
