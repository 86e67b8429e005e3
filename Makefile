# Two commands on a fresh machine: `make demo` and `make test`. Needs Python 3.11, git and make; asks nothing.
SHELL := /bin/bash
.DELETE_ON_ERROR:
PYTHON ?= python3.11
VENV := .venv
UV := .tools/bin/uv
BIN := $(VENV)/bin
export CITYEVAL_HOME ?= $(CURDIR)/var
export DAGSTER_HOME ?= $(CITYEVAL_HOME)/dagster
export DAGSTER_DISABLE_TELEMETRY := 1
export DBT_SEND_ANONYMOUS_USAGE_STATS := false
export DO_NOT_TRACK := 1
export GX_ANALYTICS_ENABLED := false

.PHONY: setup demo test picture fuzz lint serve lock dagster-home dashboards

setup: $(VENV)/.installed

$(UV): requirements/uv.txt
	@echo "[1/3] uv"
	@$(PYTHON) -m venv .tools
	@.tools/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@touch $(UV)

# The stamp names the lock and the project's settings: nothing is installed twice.
$(VENV)/.installed: requirements/dev.txt pyproject.toml $(UV)
	@echo "[2/3] packages, pinned with their hashes"
	@test -x $(BIN)/python || $(UV) venv --quiet --python $(PYTHON) $(VENV)
	@VIRTUAL_ENV=$(VENV) $(UV) pip sync --quiet --require-hashes --compile-bytecode requirements/dev.txt
	@echo "[3/3] cityeval itself"
	@VIRTUAL_ENV=$(VENV) $(UV) pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

# Superset's own environment: it pins pandas, numpy and SQLAlchemy far behind the pipeline's.
dashboards: .venv-superset/.installed

.venv-superset/.installed: requirements/superset.txt $(UV)
	@echo "packages of the dashboards, pinned with their hashes"
	@test -x .venv-superset/bin/python || $(UV) venv --quiet --python $(PYTHON) .venv-superset
	@VIRTUAL_ENV=.venv-superset $(UV) pip sync --quiet --require-hashes --compile-bytecode requirements/superset.txt
	@touch $@

# The dashboards' packages are installed while the main job runs.
demo: setup
	@$(MAKE) --no-print-directory dashboards & installing=$$!; \
	  $(BIN)/cityeval run --city demo && wait $$installing
	@$(BIN)/cityeval dashboards bootstrap
	@echo
	@echo "The demo city is synthetic. Ranking: $(BIN)/cityeval rank --city demo --period 2026-10"
	@echo "Snapshot: $(CITYEVAL_HOME)/demo/serving/current   Workbook: $(CITYEVAL_HOME)/demo/exports/2026-10"
	@echo "Screens: make serve (Superset on http://127.0.0.1:8088, Dagster on http://127.0.0.1:3000)"

test: setup
	@$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

# The README's picture, as the browser test makes it.
picture: setup dashboards
	@$(BIN)/python -m pytest -q tests/browser -k readmes_picture
	@cp build/screens/overview.png docs/images/overview.png

FUZZ_SECONDS ?= 600
fuzz: setup
	@POLARS_MAX_THREADS=1 $(BIN)/python -m tests.fuzz.door --seconds $(FUZZ_SECONDS)

lint: setup
	@$(BIN)/ruff check .
	@$(BIN)/mypy & types=$$!; \
	  $(BIN)/sqlfluff lint --disable-progress-bar dbt_project/models && wait $$types

serve: setup dagster-home dashboards
	@$(BIN)/cityeval dashboards up & trap "kill $$!" EXIT; \
	  $(BIN)/dagster dev -w workspace.yaml -h 127.0.0.1 -p 3000

dagster-home:
	@mkdir -p $(DAGSTER_HOME) && cp dagster.yaml $(DAGSTER_HOME)/dagster.yaml

lock: $(UV)
	@$(UV) pip compile --quiet --generate-hashes --no-annotate --no-header --python-version 3.11 requirements/uv.in -o requirements/uv.txt
	@$(UV) pip compile --quiet --generate-hashes --no-annotate --no-header --python-version 3.11 requirements/pipeline.in -o requirements/pipeline.txt
	@$(UV) pip compile --quiet --generate-hashes --no-annotate --no-header --python-version 3.11 -c requirements/pipeline.txt requirements/dev.in -o requirements/dev.txt
	@$(UV) pip compile --quiet --generate-hashes --no-annotate --no-header --python-version 3.11 requirements/superset.in -o requirements/superset.txt
