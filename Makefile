# Everything a fresh machine needs beyond Python 3.11+, make and a C library is set up here, in .venv.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
DEMO_ARGS ?=
PYTEST_ARGS ?=
export PYTHONUTF8 := 1
# Spark needs Java: where there is one, questions about everyone are tested on it too.
comma  := ,
EXTRAS := demo,bench$(if $(shell command -v java 2>/dev/null),$(comma)spark)

.PHONY: system-postgres browser setup demo serve test fuzz check lint types floors bench docs clean

setup: $(READY)

$(READY): pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Ritorno needs Python 3.11 or newer; this is %s. Set PYTHON=/path/to/python3.11" % sys.version.split()[0])'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip install --quiet --python $(BIN)/python --constraint requirements.lock --group dev --editable '.[$(EXTRAS)]'
	@touch $(READY)

demo: setup
	@$(BIN)/ritorno demo $(DEMO_ARGS)

serve: setup
	@$(BIN)/ritorno serve

# The tests of pages drive a real Chromium: the system's, or Debian's package where it can be installed.
browser:
	@command -v chromium chromium-browser google-chrome >/dev/null 2>&1 && exit 0; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then \
	  (apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium) >/dev/null 2>&1 \
	    || echo "Chromium could not be installed: the tests of pages are skipped"; \
	else echo "no Chromium, and no right to install it: the tests of pages are skipped"; fi

test: setup browser
	$(BIN)/pytest $(PYTEST_ARGS)

# The tests of rules once more, with chance and many more examples: `make check` draws the same ones each time.
fuzz: setup
	$(BIN)/pytest -n 2 --hypothesis-profile=fuzz tests/core tests/parity $(PYTEST_ARGS)

lint: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: setup
	$(BIN)/mypy

floors: setup
	$(BIN)/lint-imports

# The work of the product once more on a PostgreSQL of the machine's own packages, where there is one.
system-postgres: setup
	@if ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; then \
	  RITORNO_TEST_DATABASE_URL=system $(BIN)/pytest -q -n 2 tests/store/test_connection.py tests/work/test_unmerge.py; \
	else echo "no PostgreSQL of this machine's packages: the suite runs on the embedded one alone"; fi

check: lint types floors browser system-postgres
	$(BIN)/pytest -n 2 --dist loadgroup -m "not long" --cov --cov-report=term $(PYTEST_ARGS)

bench: setup
	$(BIN)/python -m benchmarks $(BENCH_ARGS)

docs: setup
	$(BIN)/python -c 'from ritorno.cli import cli; from ritorno.cli.reference import page; print(page(cli), end="")' > docs/reference/cli.md
	$(BIN)/python -c 'from ritorno.core.journeys.schema import schema_text; print(schema_text(), end="")' > docs/reference/playbook.schema.json
	$(BIN)/python -c 'from ritorno.core.segments.schema import schema_text; print(schema_text(), end="")' > docs/reference/rules.schema.json

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage
