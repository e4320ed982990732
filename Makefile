# Every command of this repository: `make help`.
.DEFAULT_GOAL := help
.PHONY: help run check test proofs simulation audit rules format lock
.NOTPARALLEL:

BIN := .venv/bin
# What make check leaves to make test, because it takes minutes or a database server.
SLOW := tests/e2e tests/faults tests/simulation
# Each test's state is in a folder or database of its own, so two run at once; what promises times,
# or that a kill finds work under way, runs alone.
PAIRED := $(BIN)/pytest -q -n 2 --dist loadgroup
ALONE := tests/e2e/test_offline_day.py tests/faults/test_server_kill.py
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	--no-annotate --no-emit-index-url --no-emit-find-links $(UPGRADE) --group build

help:  ## these lines / ces lignes
	@sed -n 's/^\([a-z]*\):.*## /  make \1	/p' Makefile

run:  ## start the demonstration (PORT=8700); Ctrl-C stops it / démarrer la démonstration
	@tools/bootstrap.sh run && exec $(BIN)/terrain demo $(if $(PORT),--port $(PORT))

check:  ## the fast checks, before each commit / les vérifications rapides
	@tools/bootstrap.sh check
	@$(MAKE) --no-print-directory rules
	$(PAIRED) -m "not postgresql" $(addprefix --ignore=,$(SLOW))
	npm --prefix pwa run test

# The server's own log is collected aside: pg_virtualenv would print it after pytest's last lines.
test:  ## check and all the rest, with a PostgreSQL of its own / tous les tests
	@tools/bootstrap.sh test
	@$(MAKE) --no-print-directory rules
	pg_virtualenv -v 15 -t -o logging_collector=on -c '--locale=C.UTF-8 --encoding=UTF8' \
		sh -c '$(PAIRED) $(addprefix --ignore=,$(ALONE)) && $(BIN)/pytest -q $(ALONE)'
	npm --prefix pwa run test

proofs:  ## the long proofs: power cuts and kills, half an hour / les longues preuves
	@tools/bootstrap.sh test
	for mode in full normal off; do $(BIN)/python -m tests.faults.powercut --trials 2000 --mode $$mode || exit 1; done
	$(BIN)/python -m tests.faults.kill --kills 100

simulation:  ## 10,000 seeded days by the fast driver, 500 by the shipped sync / journées simulées
	@tools/bootstrap.sh test
	$(BIN)/python -m tests.simulation --seeds 10000
	$(BIN)/python -m tests.simulation --seeds 500 --driver node

audit:  ## known faults of the locked versions, and var/terrain.cdx.json / failles connues et SBOM
	@tools/bootstrap.sh check
	@tools/audit.sh

# What both check and test run, and no person needs to type.
rules:
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python -m tools.check_words
	npm --prefix pwa run check
	npm --prefix pwa run size

format:  ## put the code in form / mettre le code en forme
	@tools/bootstrap.sh check
	$(BIN)/ruff check --fix
	$(BIN)/ruff format
	npm --prefix pwa run format

lock:  ## renew requirements/*.txt; UPGRADE=--upgrade for newer versions / renouveler les versions
	@tools/bootstrap.sh check
	$(LOCK) pyproject.toml --output-file requirements/run.txt
	$(LOCK) --group dev --constraint requirements/run.txt pyproject.toml --output-file requirements/dev.txt
