# Two commands: `make demo` shows the whole study, `make test` checks what it is made of.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SERVE ?= 1
PORT ?= 8000

.PHONY: demo test test-browser test-demo test-faults test-postgres lint bench-nst bench-survey bench-analysis bench-jobs messages clean

# Each stamp is the pyproject.toml that was installed, so that a changed one installs again.
$(VENV)/demo.stamp: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, this is " + sys.version)'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --editable '.[demo]'
	touch $@

$(VENV)/dev.stamp: pyproject.toml $(VENV)/demo.stamp
	$(BIN)/python -m pip install --editable '.[dev]'
	touch $@

demo: $(VENV)/demo.stamp
	@$(BIN)/python manage.py demo --port $(PORT) $(if $(filter 0,$(SERVE)),--no-serve)

# Several processes of one thread each: threads of one that wait for those of another spin.
PYTEST := OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist worksteal

test: lint
	$(PYTEST) -m "not e2e and not faults and not demo" $(ARGS)

# The pages in a real Chromium.
test-browser: $(VENV)/dev.stamp
	$(PYTEST) -m "e2e and not demo" $(ARGS)

# Processes that are killed, again and again: mostly waiting until they are there anew.
test-faults: $(VENV)/dev.stamp
	$(PYTEST) -m faults $(ARGS)

# What `make demo` says, as a newcomer follows it in a browser; goes on with DEMO_DATA_DIR.
test-demo: $(VENV)/dev.stamp
	$(BIN)/python -m pytest -m demo tests/e2e/test_demo_path.py $(ARGS)

# The tests that meet the database, on the one of TEXTURESTUDY_DATABASE_URL.
test-postgres: $(VENV)/dev.stamp
	$(PYTEST) -m "not faults and not demo" tests/audit tests/jobs tests/storage tests/survey tests/analysis \
		tests/generation --ignore tests/generation/nst $(ARGS)

lint: $(VENV)/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python manage.py makemigrations --check --dry-run

bench-nst: $(VENV)/dev.stamp
	$(BIN)/python -m benchmarks.nst

bench-survey: $(VENV)/dev.stamp
	$(BIN)/python -m benchmarks.survey $(ARGS)

bench-analysis: $(VENV)/dev.stamp
	$(BIN)/python -m benchmarks.analysis $(ARGS)

bench-jobs: $(VENV)/dev.stamp
	$(BIN)/python -m benchmarks.jobs $(ARGS)

# Compile the translations after a .po file was edited.
messages: $(VENV)/dev.stamp
	for app in texturestudy survey analysis generation jobs audit; do \
		$(BIN)/pybabel --quiet compile --domain django --directory $$app/locale || exit 1; \
	done

clean:
	rm -rf $(VENV) var
