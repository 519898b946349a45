# `make run` and `make test` do everything on a fresh machine; `make check` is the fast loop.
PY := .venv/bin/python
STAMP := .venv/.stamp-$(shell cat requirements/dev.lock pyproject.toml 2>/dev/null | sha256sum | cut -c1-16)
WEB_STAMP := web/node_modules/.stamp-$(shell cat web/package-lock.json 2>/dev/null | sha256sum | cut -c1-16)
WEB_BUILT := perennial/web/index.html

# the programs start a hundred times: what is compiled stays
unexport PYTHONDONTWRITEBYTECODE

# two processes take file after file, the long ones first (tests/conftest.py)
SHARED := -n 2 --dist loadfile --no-loadscope-reorder

.PHONY: run test test16 check checked setup web client soak mutants lint types format system clean lock

setup: $(STAMP)

$(STAMP): requirements/dev.lock pyproject.toml
	test -x $(PY) || python3 -m venv .venv
	$(PY) -m pip install -q --disable-pip-version-check --require-hashes -r requirements/dev.lock
	$(PY) -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	rm -f .venv/.stamp-* && touch $(STAMP)

client: $(WEB_STAMP)

$(WEB_STAMP): web/package-lock.json
	cd web && npm ci --no-audit --no-fund --loglevel=error
	rm -f web/node_modules/.stamp-* && touch $(WEB_STAMP)

web: $(WEB_BUILT)

$(WEB_BUILT): $(shell find web/src web/index.html web/package-lock.json web/vite.config.ts -type f 2>/dev/null) | client
	cd web && npm run -s build

run: setup web
	exec .venv/bin/perennial serve --demo

lint: setup
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/lint-imports --no-cache

types: setup
	.venv/bin/pyright

format: setup
	.venv/bin/ruff format .
	.venv/bin/ruff check --fix .

# the fast loop: everything but browsers, servers that get killed, and long runs
check: lint types client
	cd web && npm run -s check
	.venv/bin/pytest -q $(SHARED) -m "not soak and not journey and not servers" --ignore tests/mutants

system:
	scripts/system-packages

# one core for the types, the other for the client
checked: web
	cd web && npm run -s check

test: system lint
	$(MAKE) -j 2 types checked
	.venv/bin/pytest -q $(SHARED) -m "not soak" --ignore tests/mutants --durations 15 --every-code
	PERENNIAL_TEST_PG=16 .venv/bin/pytest -q $(SHARED) tests/sql --some 50 --seed 16

soak: setup web
	.venv/bin/pytest -q -m soak $(SOAK)

# the SQL on the other server that the wheel carries
test16: setup
	PERENNIAL_TEST_PG=16 .venv/bin/pytest -q $(SHARED) tests/sql

# deliberately wrong engines, each of which the reference must notice
mutants: setup
	.venv/bin/pytest -q tests/mutants

# needs uv; the locks record no download address
lock:
	uv pip compile -q --generate-hashes --no-emit-index-url --no-header --python-version 3.11 pyproject.toml -o requirements/run.lock
	uv pip compile -q --generate-hashes --no-emit-index-url --no-header --python-version 3.11 --extra dev pyproject.toml -o requirements/dev.lock

clean:
	rm -rf .venv web/node_modules perennial/web
