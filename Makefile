# Two commands a newcomer needs: `make run` and `make test`. Each does all set-up it needs.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMPS := .make
REQUIREMENTS := deploy/requirements
# Tests that hold nothing but processor time against each other run two files at once; the others measure.
ABREAST := tests/annotation tests/contract tests/deploy tests/e2e tests/fuzz tests/integration tests/platform_api \
  tests/signaling $(addprefix tests/recording/,depacketise journal replay server transcode) \
  $(addprefix tests/media/,allocation core ingress negotiation transport)
# Of those, the files that measure all the same: they wait for the rest.
MEASURING := tests/deploy/test_relayed_browser.py $(addprefix tests/e2e/test_,faults.py figures.py live_room.py network.py)
NOT_ABREAST := $(ABREAST:%=--ignore=%) tests
# Tests of what `make coverage` watches (SC-05); which files those are stands in pyproject.toml.
WATCHED := $(addprefix tests/platform_api/,audit break_glass http identity joining kernel organisations patients) \
  tests/platform_api/test_walk.py tests/recording/repair
WEB_SOURCES := $(shell find web -type f -not -path '*/node_modules/*' -not -path 'web/dist/*' 2>/dev/null)
PLANE_SOURCES := $(shell find media/plane_native -name '*.rs' -not -path '*/target/*' 2>/dev/null) $(wildcard media/plane_native/Cargo.*)
# What the extension is marked with (media/plane_native/build.rs).
PLANE_SOURCES += media/plane.py media/plane_native/_core.pyi media/plane_native/plane.py
# With the profile and the interpreter of the extension, whose crates are built then.
CLIPPY := cargo clippy --quiet --release --locked --all-targets --features python \
  --config 'env.PYO3_PYTHON="$(CURDIR)/$(BIN)/python"' -- -D warnings

.PHONY: help run test setup setup-test check check-python check-web plane fuzz fuzz-api fuzz-python coverage unit e2e bench web lock sbom advisories clean

help: ## what can be asked
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

$(STAMPS)/system: deploy/scripts/system-packages
	@mkdir -p $(STAMPS)
	deploy/scripts/system-packages run
	@touch $@

$(STAMPS)/system-test: deploy/scripts/system-packages | $(STAMPS)/system
	@mkdir -p $(STAMPS)
	deploy/scripts/system-packages test
	@touch $@

$(STAMPS)/bootstrap: $(REQUIREMENTS)/bootstrap.txt | $(STAMPS)/system
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(REQUIREMENTS)/bootstrap.txt
	@touch $@

$(STAMPS)/python: $(REQUIREMENTS)/develop.txt pyproject.toml $(STAMPS)/bootstrap
	$(BIN)/uv pip sync --quiet --compile-bytecode --python $(BIN)/python --require-hashes $(REQUIREMENTS)/develop.txt $(REQUIREMENTS)/bootstrap.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

$(STAMPS)/plane: $(STAMPS)/python $(PLANE_SOURCES)
	$(BIN)/python -m media.plane_native.build
	@touch $@

$(STAMPS)/node: web/package-lock.json web/.npmrc | $(STAMPS)/system
	cd web && npm ci --no-progress
	@touch $@

$(STAMPS)/web: $(STAMPS)/node $(STAMPS)/python $(WEB_SOURCES)
	cd web && npm run --silent build
	@touch $@

setup: $(STAMPS)/python $(STAMPS)/plane $(STAMPS)/web ## everything that `make run` needs, without starting it

setup-test: setup $(STAMPS)/system-test

run: ## sets up, starts Scopecast with a demonstration session, prints addresses and passwords
	$(MAKE) --no-print-directory --jobs 2 setup
	$(BIN)/scopecast up --demo

check: check-python check-web ## style, types, web lint, web unit tests and the sizes of the pages

check-python: $(STAMPS)/python
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

check-web: $(STAMPS)/web
	cd web && npm run --silent check && npm run --silent size

plane: $(STAMPS)/plane ## tests and lints of the native packet plane, where cargo is
	@if command -v cargo >/dev/null; then cd media/plane_native && cargo test --quiet --locked; \
	else echo "no cargo here: the native packet plane is not tested"; fi
	@if cargo clippy --version >/dev/null 2>&1; then cd media/plane_native && $(CLIPPY); \
	else echo "no clippy here: the native packet plane is not linted"; fi
	@if cargo fmt --version >/dev/null 2>&1; then cd media/plane_native && cargo fmt --check; \
	else echo "no rustfmt here: the style of the native packet plane is not checked"; fi

fuzz: $(STAMPS)/python ## changed packets against every parser of the native plane, SECONDS_EACH=60
	$(BIN)/python media/plane_native/fuzz/run.py --seconds $(or $(SECONDS_EACH),60)

fuzz-api: setup-test ## requests by chance against every operation of the API, SECONDS=300, SEED=…
	FUZZ_SECONDS=$(or $(SECONDS),300) FUZZ_SEED=$(or $(SEED),$$RANDOM) \
	  $(BIN)/pytest -s --timeout 0 tests/platform_api/test_fuzz.py

fuzz-python: setup-test ## changed bytes against every parser in Python, by coverage, SECONDS_EACH=60
	$(BIN)/uv pip install --quiet --require-hashes --target build/atheris -r $(REQUIREMENTS)/fuzz.txt
	PYTHONPATH=build/atheris $(BIN)/python tests/fuzz/run.py --seconds $(or $(SECONDS_EACH),60)

coverage: setup-test ## branches that tests reach of who may what, signing in, the trail, repair and imports
	@mkdir -p build
	$(BIN)/coverage run -m pytest -m "not e2e and not bench" $(or $(IN),$(WATCHED))
	$(BIN)/coverage report

unit: setup-test ## Python tests without a browser
	$(BIN)/pytest --numprocesses 2 --dist loadfile -m "not e2e and not bench" $(ABREAST)
	$(BIN)/pytest -m "not e2e and not bench" $(NOT_ABREAST)

e2e: setup-test ## tests in real Chromium
	$(BIN)/pytest -m e2e tests

test: ## all checks and all tests
	$(MAKE) --no-print-directory --jobs 2 setup-test
	$(MAKE) --no-print-directory --jobs 2 --output-sync=target check-python check-web plane
	$(BIN)/pytest --numprocesses 2 --dist loadfile -m "not bench" $(MEASURING:%=--ignore=%) $(ABREAST)
	$(BIN)/pytest -m "not bench" $(MEASURING)
	$(BIN)/pytest -m "not bench" $(NOT_ABREAST)

bench: setup-test ## prints the tables of figures
	$(BIN)/python -m tests.bench

lock: $(STAMPS)/bootstrap ## writes the hash-pinned requirement files anew
	for name in bootstrap runtime develop fuzz; do \
	  $(BIN)/uv pip compile --quiet --generate-hashes --no-emit-index-url --no-header --python-version 3.11 \
	    $$([ $$name = develop ] && echo "-c $(REQUIREMENTS)/runtime.txt") \
	    $(REQUIREMENTS)/$$name.in -o $(REQUIREMENTS)/$$name.txt || exit 1; done

sbom: $(STAMPS)/python ## what the product is made of (CycloneDX), from the lock files: build/sbom.cdx.json
	$(BIN)/python -m deploy.scripts.sbom build/sbom.cdx.json

advisories: $(STAMPS)/python ## the lock files against saved OSV advisories, FROM=folder or zip
	$(BIN)/python -m deploy.scripts.advisories $(or $(FROM),$(error FROM=folder or zip of OSV records))

clean: ## removes what set-up made, not the data in var/
	rm -rf $(VENV) $(STAMPS) web/node_modules web/dist build *.egg-info
