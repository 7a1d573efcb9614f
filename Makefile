# The commands of Signalbox. They need Python 3.11 or newer, make and a package index, nothing else.
#
#   make run [PORT=8123] [DATA=/some/folder]    install what is missing and run Signalbox
#   make test                                   all tests, with everything they need
#   make check                                  lint, types, import contracts, architecture
#   make bench | soak                           figures | long runs that kill things
#   make verify-outside                         other people's programs judge the ledger
#   make accounts | doctor [DATA=...]           new demo passwords | what is wrong with this set-up

.DEFAULT_GOAL := run
.PHONY: run test check bench soak verify-outside docs accounts doctor

ROOT := $(shell cd "$$(dirname -- '$(strip $(MAKEFILE_LIST))')" && pwd)
VENV ?= $(ROOT)/.venv
IN_VENV := PATH="$(VENV)/bin:$$PATH" && cd "$(ROOT)"
INSTALL := "$(ROOT)/scripts/install" "$(VENV)"
MANAGE := "$(VENV)/bin/python" "$(ROOT)/manage.py"
export DATA PORT

run:
	@$(INSTALL) requirements.txt && exec $(MANAGE) up

accounts doctor:
	@$(INSTALL) requirements.txt && $(MANAGE) $@

check:
	@$(INSTALL) requirements-dev.txt
	@$(IN_VENV) && scripts/check

test:
	@$(INSTALL) requirements-dev.txt
	@$(IN_VENV) && pytest -n auto --dist loadscope -m "not soak and not outside" $(TESTS)

soak:
	@$(INSTALL) requirements-dev.txt
	@$(IN_VENV) && pytest -m soak tests/soak

verify-outside:
	@$(INSTALL) requirements-outside.txt
	@$(IN_VENV) && VERIFY_OUTSIDE=1 pytest -q tests/outside tests/unit/audit/test_merkle.py \
		tests/unit/audit/test_notes.py tests/unit/audit/test_canonical.py

bench:
	@$(INSTALL) requirements-bench.txt
	@$(IN_VENV) && python -m tests.bench $(BENCH)

docs:
	@$(INSTALL) requirements-dev.txt
	@$(IN_VENV) && python scripts/docs.py
