# Everything one types in this checkout. The work is done by CMake and the scripts in tools/.
.DEFAULT_GOAL := build
.NOTPARALLEL:
.PHONY: build help setup demo test bench oracles accuracy timing-honesty leak-test statistics mlflow faults techniques pictures asan tsan tidy format

SHELL := /bin/bash
ctest := ctest --output-on-failure --no-tests=error -j$(shell nproc) --test-dir
sources := git ls-files '*.h' '*.cpp'
# $(call built,PRESET,TARGETS): set up, then build.
built = STEPS=4 tools/setup.sh $(3) && STEP=4 STEPS=4 tools/build.sh $(1) $(2)

# Reports are tested in it.
browser := chromium fonts-dejavu-core
# Counts the instructions of hot paths.
counter := valgrind

build: ## build programs and plugins into build/release; ./assay is a link to the program
	@$(call built,release,all)

help: ## show this list
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1|\2/p' Makefile | column -t -s '|'

setup: ## install the Debian packages and wheels that are missing
	@tools/setup.sh

demo: ## set up, build, get MovieLens-100K and compare pipelines on it
	@tools/demo.sh

test: ## set up, build and run all tests
	@$(call built,release,all tests,$(browser) $(counter))
	@$(ctest) build/release

bench: ## run all benchmarks; each prints its ratio to a reference
	@$(call built,release,all benches)
	@for bench in build/release/bench/bench_*; do $$bench || exit; done

oracles: ## run the tests against values of independent code in tests/golden/oracles
	@$(call built,release,all tests)
	@$(ctest) build/release -L oracles

timing-honesty: ## whether busy loops can fake a verdict on times, and whether 10 % more work is found (25 min, on a quiet machine)
	@$(call built,release,assay assay-worker assay_plugins assay_test_plugins)
	@tests/integration/timing_honesty/timing_honesty.py build/release

leak-test: ## plant features that equal the label a second later: each must be refused, or change nothing (seconds)
	@$(call built,release,assay assay-worker assay_plugins test_features)
	@$(ctest) build/release -R '^(leak|features)$$'

faults: ## kill and starve runs at every point at which that could hurt (minutes)
	@$(call built,release,assay assay-worker assay_plugins assay_test_plugins)
	@ASSAY_FAULTS_EVERY=1 $(ctest) build/release -R '^faults$$'

statistics: ## check estimators, tests and interleaving in 4,000 simulated worlds, and write what is found into docs/statistics.md (ten minutes)
	@$(call built,release,statistics_check)
	@tools/statistics.py build/release/tests/statistics_check

mlflow: ## whether MLflow 3.17 opens what `assay export --to mlflow` writes (minutes; downloads it into a temporary folder)
	@$(call built,release,assay assay-worker assay_plugins)
	@tests/integration/mlflow_export/mlflow_export.py build/release

pictures: ## draw docs/pictures from the report of results/quickstart.sqlite, which `make demo` makes
	@$(call built,release,assay,$(browser))
	@tools/pictures.py build/release/bin/assay results/quickstart.sqlite

accuracy: ## run a row of docs/accuracy.md and record it: make accuracy ROW=gowalla/gf_cf
	@$(call built,release,assay assay-worker assay_plugins)
	@experiments/accuracy/run.py $(ROW)

techniques: ## run the experiments of docs/techniques.md and write it (a quarter of an hour)
	@$(call built,release,assay assay-worker assay_plugins)
	@experiments/techniques/run.py

asan: ## run all tests under AddressSanitizer and UndefinedBehaviorSanitizer
	@$(call built,asan,all tests)
	@$(ctest) build/asan

tsan: ## run all tests under ThreadSanitizer
	@$(call built,tsan,all tests)
	@$(ctest) build/tsan

tidy: ## check the formatting, and every file with clang-tidy
	@$(call built,tidy,all tests benches,clang-format clang-tidy)
	@$(sources) | xargs clang-format --dry-run --Werror

format: ## format every source file
	@tools/setup.sh clang-format
	@$(sources) | xargs clang-format -i
