# Every target works in a clean clone; the first one that needs it sets up .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
INSTALLED := $(VENV)/.dev

.DEFAULT_GOAL := help
.PHONY: help demo test lint types evaluate bench scale notebooks soak screenshots lock clean

help:  ## show this help
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 12

demo: $(STAMP)  ## play the sample press: train, poll over HTTP, label, write the summary into demo/
	$(BIN)/python seeds/sample/demo.py demo

test: $(INSTALLED)  ## run the tests
	$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder

lint: $(INSTALLED)  ## check style and formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(INSTALLED)  ## check types
	$(BIN)/mypy

evaluate: $(STAMP)  ## train into models/ and cross-validate; rewrites the model card
	$(BIN)/framewire train --seeds seeds/karabakh --models models
	$(BIN)/framewire evaluate

bench: $(INSTALLED)  ## time the slow parts beside a peer; prints ratios
	$(BIN)/python -m pytest tests/benchmarks -o python_files="bench_*.py" -q -s -p no:cacheprovider

scale: $(INSTALLED)  ## large stores, polling of 180,000 feeds, backfills of up to a million articles; takes a day
	FRAMEWIRE_SCALE=$${FRAMEWIRE_SCALE:-10000,100000,1000000} $(BIN)/python -m pytest tests/benchmarks/bench_scale.py tests/benchmarks/bench_backfill.py -q -s -p no:cacheprovider
	$(BIN)/python tests/benchmarks/polling_simulation.py --feeds 9000

notebooks: $(INSTALLED)  ## run the notebooks on demo/ and keep what they show
	JUPYTER_PLATFORM_DIRS=1 $(BIN)/python notebooks/run.py

soak: $(INSTALLED)  ## the long forms of the endurance tests
	FRAMEWIRE_SOAK=1 $(BIN)/python -m pytest -m "soak or long"

screenshots: $(INSTALLED)  ## pictures of the demo's summary, archive and web pages, by headless Chromium, into screenshots/
	$(BIN)/python tests/screenshots.py demo

lock: $(INSTALLED)  ## pin every dependency anew, with hashes
	$(BIN)/uv pip compile pyproject.toml --extra build --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --upgrade -o requirements.lock
	$(BIN)/uv pip compile pyproject.toml --extra dev --constraint requirements.lock --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --upgrade -o requirements-dev.lock

clean:  ## remove the virtual environment, the demo and caches
	rm -rf $(VENV) demo build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(VENV)/bin/python:
	@command -v "$(PYTHON)" >/dev/null || { echo "$(PYTHON) is not there: install Python 3.11 or newer, or name another with: make PYTHON=python3.12 ..." >&2; exit 1; }
	$(PYTHON) -c 'import sys; sys.exit(None if sys.version_info >= (3, 11) else "Framewire needs Python 3.11 or newer, this is " + sys.version.split()[0] + "; name another with: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)

$(STAMP): requirements.lock pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(INSTALLED): requirements-dev.lock | $(STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@
