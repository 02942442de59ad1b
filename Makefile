# Every target sets up what it needs: .venv and typings are made once, and again when a file that
# they are locked in changes. ARGS is passed on: make test ARGS="-k journal"

# Some containers set it. Each of the tests' thousand `host` would compile all of its sources anew.
unexport PYTHONDONTWRITEBYTECODE

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-15s %s\n", $$1, $$2 }' Makefile

demo: .venv/.ready ## the whole story once, with a virtual case
	@.venv/bin/host demo $(ARGS)

TEST = .venv/bin/pytest -n auto --dist loadscope --no-loadscope-reorder $(ARGS)
TEST_ON_BOARD = ROLLCASE_TEST_BOARD=$(BOARD) .venv/bin/pytest tests/end_to_end $(ARGS)
test: .venv/.ready ## all tests; the scenarios on a real board: BOARD=PORT, ARGS=-s to press its button
	$(if $(BOARD),$(TEST_ON_BOARD),$(TEST))

test-quick: .venv/.ready ## the firmware's and the host's tests without the slow ones: under a minute
	.venv/bin/pytest -n auto -m "not slow" tests/firmware tests/host $(ARGS)

coverage: .venv/.ready ## which lines of the host and of rollcore no test runs
	@rm -rf build/coverage
	@mkdir -p build/coverage
	.venv/bin/coverage run -m pytest -n auto --dist loadscope --no-loadscope-reorder $(ARGS)
	@.venv/bin/coverage combine --quiet
	.venv/bin/coverage report

lint: .venv/.ready ## style, and mistakes that can be seen without running
	.venv/bin/ruff check
	.venv/bin/ruff check --preview --select PLW1514 host # a file without an encoding is another one on Windows
	.venv/bin/ruff format --check
	@if [ -x .venv/bin/zizmor ]; then set -x; .venv/bin/zizmor --offline --quiet .github/workflows; \
	else echo "zizmor has no wheel for this machine: the workflows are not checked"; fi

types: .venv/.ready typings/.ready ## types: the host's, then the firmware's with each board
	.venv/bin/mypy
	@for board in boards/*/board.py; do \
	    dir=$${board%/board.py}; echo "mypy: firmware with $$dir"; \
	    MYPYPATH=$$dir .venv/bin/mypy --config-file mypy-firmware.ini --cache-dir .mypy_cache/$$dir firmware $$dir || exit; \
	done

format: .venv/.ready ## mend what lint finds, where a tool can
	.venv/bin/ruff check --fix
	.venv/bin/ruff format

docs: .venv/.ready ## drawings of boards, lamp and states, pictures of demo and report, the first month, scenes
	.venv/bin/python -m boards.draw
	.venv/bin/python -m docs.lamps
	.venv/bin/python -m docs.states
	.venv/bin/python -m docs.first_month
	.venv/bin/python -m docs.scenes
	.venv/bin/python -m docs.calendar_readers
	.venv/bin/python -m docs.report
	.venv/bin/python -m docs.page
	PYTHONPATH=.ci .venv/bin/python -m release.icon
	TZ=UTC ROLLCASE_NOW=2026-11-20T20:30:00Z .venv/bin/host demo --svg docs/demo.svg >/dev/null

trust: .venv/.ready ## half an hour of power cuts, flipped bits, bad cables, lies; again: goes on. SEED=7 for other ones
	.venv/bin/python -m tests.trust.run --minutes 30 $(if $(SEED),--seed $(SEED)) $(ARGS)

trust-long: .venv/.ready ## all of it, and the trials that take nights
	.venv/bin/python -m tests.trust.run --long $(if $(SEED),--seed $(SEED)) $(ARGS)

mutants: .venv/.ready ## change the product in 256 places, one at a time: which change does no test notice? Hours. SEED=7
	.venv/bin/python -m tests.trust.mutants $(if $(SEED),--seed $(SEED)) $(ARGS)

bench: .venv/.ready ## measure speed, wear and memory, each beside a reference. ARGS="--only status"
	.venv/bin/python -m tests.bench.run $(ARGS)

bench-compare: .venv/.ready ## what got slower from one run to another: OLD=results.json NEW=other.json
	@.venv/bin/python -m tests.bench.compare $(OLD) $(NEW)

firmware: build/rollcase-pico.uf2 build/rollcase-pico2.uf2 build/micropython-pico.uf2 ## the images for Pico and Pico 2; Debian only

page: host/rollhost/page/rollcase.html ## the page that syncs a case from a browser; needs npm

IMAGES = $(patsubst boards/%/mpconfigboard.cmake,build/rollcase-%.uf2,$(wildcard boards/*/mpconfigboard.cmake))
release: .venv/.ready $(IMAGES) page ## the files of a release, in dist/, from what is committed; Debian only
	@PYTHONPATH=.ci .venv/bin/python -m release.build dist

release-check: ## makes the release twice, in clones in other folders: the same bytes? A quarter of an hour; Debian only
	@.ci/release/check

firmware-next: build/rollcase-next.uf2 build/micropython-next.uf2 ## the Pico's with the next MicroPython, for trials; Debian only

test-next: firmware-next .venv/.ready ## the tests on the emulated Pico, with the next MicroPython; not in CI
	IMAGE_REQUIRED=1 NEXT_MICROPYTHON=1 .venv/bin/pytest -n auto --dist loadscope tests/emulator $(ARGS)

second-emulator: build/second/.ready ## a second emulator, for the same trial; needs Node.js

browser: .venv/.ready ## the Chromium and Firefox that some tests look through, if there are none; Debian only
	@.ci/install-browser

shells: ## zsh and fish, whose completion some tests ask for, if they are missing; Debian only
	@command -v zsh >/dev/null && command -v fish >/dev/null || .ci/apt-install zsh fish

mosquitto: ## the MQTT broker that some tests tell of a case, if it is missing; Debian only
	@command -v mosquitto >/dev/null || test -x /usr/sbin/mosquitto || .ci/apt-install mosquitto

ha: mosquitto .venv/.ready ## ask a real Home Assistant what it makes of us; HA_PYTHON names its Python; not in CI
	.venv/bin/python -m tests.home_assistant.run $(ARGS)

postgresql: ## a PostgreSQL server, which tests of `host share` start for themselves, if it is missing; Debian only
	@command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || .ci/apt-install postgresql

EXTRAS = --extra emulator --extra encrypt --extra mqtt --extra postgresql --extra remind
LOCK = uv pip compile --quiet --universal --python-version 3.10 --generate-hashes --custom-compile-command 'make lock' $(ARGS)
lock: ## lock the dependencies; needs uv; newer ones: ARGS=--upgrade
	$(LOCK) --output-file requirements.txt pyproject.toml --group dev --extra emulator --extra mqtt --extra remind
	$(LOCK) --output-file requirements-runtime.txt --constraint requirements.txt pyproject.toml --extra emulator
	$(LOCK) --output-file requirements-extras.txt --constraint requirements.txt pyproject.toml $(EXTRAS)
	$(LOCK) --output-file requirements-stubs.txt --group stubs

clean: ## remove everything that make made
	rm -rf .venv typings build dist host/rollhost/page/rollcase.html host/rollhost/page/LICENSES.txt .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find firmware host tests boards -name __pycache__ -prune -exec rm -rf {} +

.venv/.ready: requirements.txt pyproject.toml .ci/make-venv
	@.ci/make-venv
	@touch $@

typings/.ready: requirements-stubs.txt .venv/.ready
	@rm -rf typings
	@.venv/bin/pip install -qq --target typings --no-deps --require-hashes -r requirements-stubs.txt
	@touch $@

build/page/.ready: host/rollhost/page/package.json host/rollhost/page/package-lock.json
	@mkdir -p build/page
	@cp $^ build/page
	@cd build/page && npm ci --ignore-scripts --no-audit --no-fund --silent
	@touch $@

host/rollhost/page/rollcase.html: build/page/.ready .venv/.ready $(shell find firmware/rollcore firmware/rollcase boards/virtual host/rollhost -name '*.py' -o -path 'host/rollhost/page/*' -type f ! -name rollcase.html ! -name '*.pyc')
	@.venv/bin/python -m rollhost.page.build build/page $@

build/second/.ready: tests/emulator/second/package.json tests/emulator/second/package-lock.json
	@rm -rf build/second
	@mkdir -p build/second
	@cp $^ build/second
	@cd build/second && npm ci --silent --ignore-scripts --no-audit --no-fund
	@touch $@

# What it is built with stays in build/image, so that only what has changed is made again.
build/rollcase-%.uf2: $(shell find firmware boards -type f ! -path '*/__pycache__/*')
	@boards/make-image $*

# MicroPython without our firmware, for the tests of `host install`.
build/micropython-pico.uf2: boards/make-image boards/uf2.py | build/rollcase-pico.uf2
	@boards/make-image stock

build/micropython-next.uf2: boards/make-image boards/uf2.py | build/rollcase-next.uf2
	@boards/make-image stock-next

.PHONY: help demo test test-quick coverage lint types format docs trust trust-long mutants bench bench-compare release release-check firmware firmware-next test-next second-emulator page browser shells postgresql mosquitto ha lock clean
