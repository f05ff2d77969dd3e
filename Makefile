# Two commands on a bare machine with Python 3.11, make and git: `make run`, `make test`. Both set up what they need.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
HOME_DIR ?= data
VENV := .venv
STAMP := $(VENV)/.ready

.PHONY: run test faults mutants check bench setup dev clean

# the demo company's year ends on 2026-06-30; this is the morning after
run: setup
	$(VENV)/bin/kpi --home $(HOME_DIR) demo
	$(VENV)/bin/kpi --home $(HOME_DIR) run --as-of 2026-07-01

# the tests of a file stay in one process, the longest files begin first; without -n they run one after another
test: setup
	$(VENV)/bin/python -m pytest -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

# `make test` tries a few bad inputs of every kind of the fault matrix; this tries all of them, breaks the models, and takes one home
# through thirty faults in a row. Both say how many were survived.
faults: setup
	KPI_FAULTS=1 $(VENV)/bin/python -m pytest tests/test_faults.py tests/test_machine.py tests/test_stops.py tests/test_broken_models.py tests/test_soak.py

# `make test` breaks the split in a few ways of every sort; this in every way that the rules for breaking it can make
mutants: setup
	KPI_MUTANTS=1 $(VENV)/bin/python -m pytest tests/test_mutants.py tests/test_invariants.py

check: setup
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	$(VENV)/bin/sqlfluff lint dbt_project/models

dev: setup
	OPENBLAS_NUM_THREADS=1 DAGSTER_HOME=$(abspath $(HOME_DIR))/state/dagster KPI_HOME=$(HOME_DIR) $(VENV)/bin/dagster dev --host 127.0.0.1

bench: setup
	$(VENV)/bin/python -m bench

setup: $(STAMP)

# uv installs in seconds what pip needs minutes for; where uv cannot (a mirror that only pip is told of), pip does the same from the same lock.
$(STAMP): requirements.lock requirements-installer.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-installer.lock
	$(VENV)/bin/uv pip install --quiet --python $(VENV)/bin/python --require-hashes --no-deps --compile-bytecode -r requirements.lock \
	  || $(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index --editable .
	touch $(STAMP)

clean:
	rm -rf $(VENV) data dbt_project/target .pytest_cache .mypy_cache .ruff_cache
