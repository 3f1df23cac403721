# `make demo` and `make test` are all the set-up there is; each creates the environment first if it is not there.

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
# tests start many processes; what Python has compiled is kept, wherever it is told not to
export PYTHONDONTWRITEBYTECODE :=
# two processes with one thread each are faster for tests than one with two; what a file prepares is prepared once, and files keep
# their order, for else the studies, few tests and long, come last and leave one process without work
TEST := OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

.PHONY: demo test check docs bench lock slow clean

demo: $(READY)  ## analyse the embedded networks and say where the reports are
	OMP_WAIT_POLICY=PASSIVE $(BIN)/repscope demo  # threads that wait give their core to others

test: $(READY)  ## the fast tests
	$(TEST) tests -m "not slow"

slow: $(READY)  ## the tests that take minutes
	$(TEST) tests -m slow

check: $(READY)  ## format, lint, types, floors, folder maps, import time, doctests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python tools/check_house.py
	$(TEST) src

docs: $(READY)  ## the documentation, warnings as errors
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -q --doctest-glob="*.rst" docs
	OMP_NUM_THREADS=1 $(BIN)/sphinx-build -W --keep-going -q -b html docs docs/_build/html
	@echo "open docs/_build/html/index.html"

bench: $(READY)  ## time and peak memory, as tables; ARGS="--keep" keeps them
	$(BIN)/python -m benchmarks $(ARGS)

lock: $(READY)  ## the hashed list of all dependencies, for every platform
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-annotate --custom-compile-command "make lock" --upgrade -q -o requirements.lock

clean:
	rm -rf .venv dist docs/_build docs/generated

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "repscope needs Python 3.11 or newer: make PYTHON=python3.12 demo")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $(READY)
