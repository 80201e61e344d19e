# Two commands do all: `make demo` and `make test`. Both set everything up first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.set-up
PCSC := $(VENV)/.pcsc
FRONT := gatekeeper/web/static/vendor/.set-up
PORT ?= 8080
DATA ?= var/demo
DEMO ?=
TESTS ?=
WORKERS ?= 2

.PHONY: setup demo test check bench fuzz clean

setup: $(STAMP) $(PCSC) $(FRONT)

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@

# Compiled here, as there is no wheel for Linux. Everything but PC/SC readers works without it.
$(PCSC): $(STAMP)
	@if command -v swig >/dev/null && command -v gcc >/dev/null && test -e /usr/include/PCSC/winscard.h \
	    && $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt pyscard; \
	then touch $@; \
	else echo "PC/SC readers are left out: apt-get install swig gcc python3-dev libpcsclite-dev, then make setup"; fi

$(FRONT): package.json package-lock.json tools/front_end.py $(STAMP)
	$(BIN)/python tools/front_end.py
	touch $@

demo: setup
	$(BIN)/gatekeeper demo --port $(PORT) --data $(DATA) $(DEMO)

test: setup
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile $(TESTS)

check: setup
	$(BIN)/ruff check gatekeeper firmware_sim tests tools
	$(BIN)/ruff format --check gatekeeper firmware_sim tests tools
	$(BIN)/mypy

bench: setup
	$(BIN)/python -m tests.bench

# RUNS=10000000 for the long one (executions in all); two minutes without.
fuzz: setup
	$(BIN)/python -c 'import atheris' 2>/dev/null || $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[fuzz]'
	$(BIN)/python -m tests.fuzz $(if $(RUNS),--runs $(RUNS))

clean:
	rm -rf $(VENV) node_modules gatekeeper/web/static/vendor gatekeeper/office/fonts var build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
