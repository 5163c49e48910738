# SPDX-License-Identifier: GPL-2.0-only
# One makefile for all of it: `make help`.

VERSION := 0.1
O ?= build
V ?= 0
W ?= 0
SAN ?=
CLANG ?= clang
BPFTOOL ?= $(or $(wildcard /usr/sbin/bpftool),bpftool)
DYGRAPHS ?= /usr/share/javascript/dygraphs
PREFIX ?= /usr
SYSCONFDIR ?= /etc
UNITDIR ?= $(PREFIX)/lib/systemd/system
DESTDIR ?=
# The kernels that the module is built for and the tests run on.
KERNELS ?= 6.1 6.12
# What a target builds before it runs uses all processors, unless -j says how many.
JOBS = $(if $(filter -j%,$(MAKEFLAGS)),,-j$(shell nproc))

ifeq ($(V),0)
Q := @
msg = @printf '  %-8s %s\n' $(1) $(2);
MAKEFLAGS += --no-print-directory
else
Q :=
msg =
endif

.DELETE_ON_ERROR:
.SECONDARY:

WARN := -Wall -Wextra -Werror -Wstrict-prototypes -Wmissing-prototypes
ifneq ($(W),0)
WARN += -Wshadow -Wcast-qual -Wpointer-arith
endif
CFLAGS ?= -O2 -g
ALL_CFLAGS := -std=gnu11 $(CPPFLAGS) $(CFLAGS) $(WARN) -D_GNU_SOURCE \
	-DPCSC_VERSION='"$(VERSION)"' -I. -Iuser -Iuser/lib -Ibpf -I$(O)/bpf -iquote kernel-helper
ALL_LDFLAGS := $(LDFLAGS)
ifneq ($(SAN),)
ALL_CFLAGS += -fsanitize=$(SAN) -fno-omit-frame-pointer -fno-sanitize-recover=all
ALL_LDFLAGS += -fsanitize=$(SAN)
endif

CORE := $(wildcard kernel-helper/core/*.c)
LIB := $(wildcard user/lib/*.c) $(CORE)
obj = $(patsubst %.c,$(O)/obj/%.o,$(1))

TOOLS := trace profile ctl monitor top
TOOL_BINS := $(TOOLS:%=$(O)/pcsc-%)
TEST_BINS := $(addprefix $(O)/tests/,vfio-client ideal stamps sweep took bench-core survival removal after witness once unknown behind mutate another written pages feed recording usage)
UNIT_BINS := $(patsubst tests/unit/%.c,$(O)/tests/unit/%,$(wildcard tests/unit/test_*.c))
UNIT_LIB := $(filter-out tests/unit/test_%,$(wildcard tests/unit/*.c))
MODEL_BINS := $(O)/tests/model/random $(O)/tests/model/interleave
FUZZ_NAMES := json profile recording report walk maps siblings handover
REPLAY_BINS := $(FUZZ_NAMES:%=$(O)/tests/fuzz/%)

.PHONY: all
all: tools tests-build modules ## Build everything but the test modules

.PHONY: tools
tools: $(TOOL_BINS) ## Build the user-space tools

.PHONY: tests-build
tests-build: $(TEST_BINS) $(O)/tests/precision $(UNIT_BINS) $(MODEL_BINS) $(REPLAY_BINS)

# ---- BPF ---------------------------------------------------------------------

# Whom the compiler builds for, as BPF's headers name them: x86, arm64.
BPF_ARCH := $(patsubst x86_64,x86,$(patsubst aarch64,arm64,$(firstword $(subst -, ,$(shell $(CC) -dumpmachine)))))
# -Wcast-align: the verifier refuses a load from the stack that is not aligned.
# No path of the machine that builds is in what it builds.
BPF_CFLAGS := -O2 -g -target bpf -mcpu=v3 -Wall -Wcast-align -Werror -D__TARGET_ARCH_$(BPF_ARCH) -I. -Ibpf \
	-ffile-prefix-map=$(CURDIR)=.

define bpf_build
	@mkdir -p $(@D)
	$(call msg,BPF,$@)
	$(Q)$(CLANG) $(BPF_CFLAGS) -MMD -MP -MF $(@:.o=.d) -c $< -o $@
endef

$(O)/bpf/%.bpf.o: bpf/%.bpf.c vmlinux.h
	$(bpf_build)

$(O)/bpf/%.bpf.o: tests/bench/%.bpf.c vmlinux.h
	$(bpf_build)

$(O)/bpf/%.skel.h: $(O)/bpf/%.bpf.o
	$(call msg,SKEL,$@)
	$(Q)$(BPFTOOL) gen skeleton $< name $* > $@

.PHONY: vmlinux
vmlinux: ## Regenerate vmlinux.h from a kernel's BTF (VMLINUX_BTF=FILE)
	$(Q)tools/vmlinux $(VMLINUX_BTF) > vmlinux.h.new && mv vmlinux.h.new vmlinux.h

# ---- user space --------------------------------------------------------------

$(O)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(call msg,CC,$@)
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -c $< -o $@

trace_SRC := $(wildcard user/trace/*.c) $(LIB)
trace_LIBS := -lbpf -lelf -lz -lpci
profile_SRC := $(wildcard user/profile/*.c) $(LIB)
profile_LIBS := -ljansson -lz -lpci
ctl_SRC := $(wildcard user/ctl/*.c) $(LIB)
ctl_LIBS := -lz -lpci
monitor_SRC := $(wildcard user/monitor/*.c) $(LIB)
monitor_LIBS := -lmicrohttpd -ljansson -lz -lpci
top_SRC := $(wildcard user/top/*.c) $(LIB)
top_LIBS := $(shell pkg-config --libs ncursesw 2>/dev/null || echo -lncursesw -ltinfo) -lz -lpci

$(call obj,$(wildcard user/trace/*.c)): $(O)/bpf/pcsc_trace.skel.h

# Files of pages as C. DIR/live.css is page_live_css, with a NUL behind it, and
# page_live_css_sha256 is what a content security policy calls it.
define page_text
	@mkdir -p $(@D)
	$(call msg,PAGE,$@)
	$(Q)set -e; name=page_$$(basename $< | tr -c 'a-z0-9\n' _); { \
		echo "const unsigned char $$name[] = {"; xxd -i < $<; echo ', 0 };'; \
		echo "const char $${name}_sha256[] = \"$$(sha256sum < $< | cut -d' ' -f1 | xxd -r -p | base64)\";"; \
		} > $@
endef

$(O)/page/%.c: user/% Makefile
	$(page_text)

# The library of charts is not in the tree: it comes from where libjs-dygraphs has it.
$(O)/page/dygraphs/%.c: $(DYGRAPHS)/% Makefile
	$(page_text)

$(addprefix $(DYGRAPHS)/dygraph.min.,js css):
	@echo "$@ is missing: tools/setup installs libjs-dygraphs, which has it" >&2; exit 1

$(O)/page/%.o: $(O)/page/%.c
	$(call msg,CC,$@)
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -c $< -o $@

# A page that has no server has no modules: its script is one, of all that it imports.
$(O)/page/trace/page/report.js: user/trace/page/report.js user/page/marks.js tools/bundle
	@mkdir -p $(@D)
	$(Q)tools/bundle $< user/page > $@

$(O)/page/trace/page/report.js.c: $(O)/page/trace/page/report.js Makefile
	$(page_text)

page = $(patsubst user/%,$(O)/page/%.o,$(wildcard $(1)))
TRACE_PAGE := $(call page,$(addprefix user/page/,palette.css base.css charts.css figures.css) user/trace/page/*)

$(O)/pcsc-monitor: $(call page,user/monitor/page/* $(addprefix user/page/,palette.css base.css space.css space_grid.js table.js)) \
	$(patsubst %,$(O)/page/dygraphs/dygraph.min.%.o,js css)
$(O)/pcsc-trace: $(TRACE_PAGE)

define tool_rule
$(O)/pcsc-$(1): $$(call obj,$$($(1)_SRC))
	$$(call msg,LD,$$@)
	$$(Q)$$(CC) $$(ALL_LDFLAGS) -o $$@ $$^ $$($(1)_LIBS)
endef
$(foreach t,$(TOOLS),$(eval $(call tool_rule,$(t))))

$(O)/tests/vfio-client: $(call obj,$(wildcard tests/vfio/*.c) $(LIB))
$(O)/tests/ideal: $(call obj,$(wildcard tests/ideal/*.c) $(LIB))
$(O)/tests/stamps: $(call obj,tests/sim/stamps.c $(LIB))
$(O)/tests/sweep: $(call obj,tests/sim/sweep.c $(CORE))
$(O)/tests/survival: $(call obj,$(wildcard tests/sim/survival*.c) tests/sim/view.c $(LIB))
$(O)/tests/removal: $(call obj,tests/sim/removal.c tests/sim/view.c $(LIB))
$(O)/tests/after: $(call obj,tests/sim/after.c $(LIB))
$(O)/tests/witness: $(call obj,tests/storm/witness.c $(LIB))
$(O)/tests/bench-core: $(call obj,tests/bench/core.c tests/unit/dump.c tests/unit/pack.c $(LIB))
$(O)/tests/took: $(call obj,tests/bench/took.c $(LIB))
$(O)/tests/recording: $(call obj,tests/bench/recording.c tests/unit/synth.c $(LIB))
$(O)/tests/usage: $(call obj,tests/bench/usage.c)
$(O)/tests/behind: $(call obj,tests/guest/behind.c $(LIB))
$(O)/tests/mutate: $(call obj,tests/guest/mutate.c $(LIB))
$(O)/tests/another: $(call obj,tests/guest/another.c $(LIB))
$(O)/tests/written: $(call obj,tests/guest/written.c $(LIB))
$(O)/tests/once: $(call obj,tests/faults/once.c $(LIB))
$(O)/tests/unknown: $(call obj,tests/unknown/generate.c tests/unit/dump.c $(LIB))
# The simulator's own files, in user space: each header of the kernel is tests/precision/kernel.h.
SIM_PARTS := $(addprefix tests/sim/,register.c event.c route.c build.c parse.c statements.c capability.c)
SIM_USER := $(O)/sim-user

$(SIM_USER)/linux: $(SIM_PARTS) tests/sim/sim.h Makefile
	@mkdir -p $@
	$(Q)for name in $$(sed -nE 's|^#include <linux/(.*)>|\1|p' $(filter tests/%,$^)); do \
		[ $$name = pci_regs.h ] || echo '#include "tests/precision/kernel.h"' > $@/$$name; done
	$(Q)touch $@

$(SIM_USER)/%.o: tests/%.c | $(SIM_USER)/linux
	@mkdir -p $(@D)
	$(call msg,CC,$@)
	$(Q)$(CC) -I$(SIM_USER) $(ALL_CFLAGS) -Wno-unused-parameter -Wno-sign-compare \
		-Wno-missing-field-initializers -MMD -MP -c $< -o $@

$(O)/tests/precision: $(patsubst tests/%.c,$(SIM_USER)/%.o,$(SIM_PARTS) tests/precision/world.c) \
	$(call obj,$(filter-out %/world.c,$(wildcard tests/precision/*.c)) \
	$(filter-out %/main.c,$(wildcard user/profile/*.c)) $(LIB))
	@mkdir -p $(@D)
	$(call msg,LD,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ -ljansson -lz -lpci

$(O)/tests/pages: $(call obj,tests/browser/pages.c $(LIB))
$(O)/tests/feed: $(call obj,$(wildcard tests/browser/feed*.c) $(LIB))
$(TEST_BINS):
	@mkdir -p $(@D)
	$(call msg,LD,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -pthread -o $@ $^ -lz -lpci

# Only `make bench-trace` wants it.
$(O)/obj/tests/bench/nothing.o: $(O)/bpf/nothing.skel.h
$(O)/tests/nothing: $(call obj,tests/bench/nothing.c)
	@mkdir -p $(@D)
	$(call msg,LD,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ -lbpf -lelf -lz

# Tests look into what they test: the tools' parts, without their main().
UNIT_SRC := $(UNIT_LIB) $(LIB) $(filter-out %/main.c,$(wildcard user/profile/*.c)) \
	$(addprefix user/ctl/,check.c cmdline.c hole.c iomem.c region.c) $(addprefix user/monitor/,accept.c exporter.c history.c key.c metrics.c profile_id.c render.c ring.c said.c space.c tracer.c trust.c) \
	$(addprefix user/top/,batch.c bytes.c columns.c format.c json.c line.c model.c source.c summary.c table.c) \
	$(addprefix user/trace/,answer.c answer_phases.c answer_waits.c bars.c cells.c command.c facets.c grid.c groups.c heat.c heaviest.c hints.c html.c json_waits.c lanes.c \
	markup.c pattern.c phases.c picture.c regname.c report.c report_events.c report_json.c rows.c served.c summary.c table.c tables.c timeline.c totals.c waiting.c)
$(O)/tests/unit/test_%: $(O)/obj/tests/unit/test_%.o $(call obj,$(UNIT_SRC)) $(TRACE_PAGE)
	@mkdir -p $(@D)
	$(call msg,LD,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ -lcmocka -ljansson -lmicrohttpd -lz -lpci

$(O)/tests/model/random: $(call obj,$(addprefix tests/,model/random.c model/model.c model/maps.c \
	unit/dump.c unit/pack.c) $(CORE))
# It brings the core's line with it.
$(O)/tests/model/interleave: $(call obj,$(addprefix tests/model/,interleave.c weave.c yielding.c))
$(MODEL_BINS):
	@mkdir -p $(@D)
	$(call msg,LD,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^

# ---- fuzz targets ------------------------------------------------------------

# Twice, and with sanitizers both times: by clang with libFuzzer, and by the usual
# compiler for `make unit`, which gives them the inputs in tests/fuzz/corpus once more.
FUZZ_SRC := $(addprefix tests/,fuzz/fuzz.c fuzz/rec.c fuzz/sound.c unit/dump.c unit/pack.c) $(LIB) \
	$(filter-out %/main.c,$(wildcard user/profile/*.c))
# Of pcsc-trace, what needs no BPF.
REPORT_SRC := $(filter user/trace/%,$(UNIT_SRC))
FUZZ_BINS := $(FUZZ_NAMES:%=$(O)/fuzz/%)
FUZZ_SAN := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
FUZZ_EDGES := -fsanitize=fuzzer-no-link
# The core compares small numbers, many times: no hint is worth the time it takes.
CORE_EDGES := $(FUZZ_EDGES) -fno-sanitize-coverage=trace-cmp

define fuzz_build
	@mkdir -p $(@D)
	$(call msg,CC,$@)
	$(Q)$(CLANG) $(ALL_CFLAGS) $(1) -MMD -MP -c $< -o $@
endef

$(O)/fuzz/obj/%.o: %.c
	$(call fuzz_build,$(FUZZ_SAN) $(FUZZ_EDGES))

$(O)/fuzz/obj/kernel-helper/core/%.o: kernel-helper/core/%.c
	$(call fuzz_build,$(FUZZ_SAN) $(if $(filter profile,$*),$(FUZZ_EDGES),$(CORE_EDGES)))

# What looks at the results is not looked at.
$(O)/fuzz/obj/tests/%.o: tests/%.c
	$(call fuzz_build,)

$(O)/fuzz/%: $(O)/fuzz/obj/tests/fuzz/%.o $(FUZZ_SRC:%.c=$(O)/fuzz/obj/%.o)
	$(call msg,LD,$@)
	$(Q)$(CLANG) $(FUZZ_SAN) -fsanitize=fuzzer $(FUZZ_WRAP) -o $@ $^ $(profile_LIBS)

$(O)/tests/fuzz/obj/%.o: %.c
	@mkdir -p $(@D)
	$(call msg,CC,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(FUZZ_SAN) -MMD -MP -c $< -o $@

$(O)/tests/fuzz/%: $(patsubst %.c,$(O)/tests/fuzz/obj/%.o,tests/fuzz/%.c tests/fuzz/replay.c $(FUZZ_SRC))
	$(call msg,LD,$@)
	$(Q)$(CC) $(FUZZ_SAN) $(FUZZ_WRAP) -o $@ $^ $(profile_LIBS)

$(O)/fuzz/report: $(REPORT_SRC:%.c=$(O)/fuzz/obj/%.o) $(TRACE_PAGE)
$(O)/tests/fuzz/report: $(REPORT_SRC:%.c=$(O)/tests/fuzz/obj/%.o) $(TRACE_PAGE)
$(addsuffix /report,$(O)/fuzz $(O)/tests/fuzz): FUZZ_WRAP := -Wl,--wrap=pcsc_names_open

.PHONY: fuzz-build
fuzz-build: $(FUZZ_BINS)

# ---- the module --------------------------------------------------------------

MODULE_SRC := $(wildcard kernel-helper/*.[ch] kernel-helper/*/*.[ch] kernel-helper/features/*) kernel-helper/Kbuild
MODULES := $(KERNELS:%=$(O)/module-%/pci_pcsc.ko)

.PHONY: modules
ifdef KDIR
modules: $(O)/module/pci_pcsc.ko ## Build the module (KDIR=headers; default: for each of KERNELS)
else
modules: $(MODULES)
endif

# Headers, source directory: out of the tree, so that kernels do not share objects.
# Our O is not the kernel's; headers of 7.x want theirs named.
define module_build
	@rm -rf $(@D) && mkdir -p $(@D)
	@cp -r $(2)/. $(@D)/
	$(call msg,MODULE,$@)
	+$(Q)kdir=$(1); \
		output=$$(! grep -qs '^KBUILD_OUTPUT' $$kdir/Makefile || echo $$kdir); \
		$(MAKE) -C $$kdir O=$$output M=$(abspath $(@D)) $(if $(filter 0,$(V)),-s) \
		W=$(filter-out 0,$(W)) KBUILD_MODPOST_WARN= modules > $(@D)/build.log 2>&1 || \
		{ cat $(@D)/build.log >&2; exit 1; }
	@! grep -E 'warning:|WARNING:' $(@D)/build.log >&2
endef

$(O)/module-%/pci_pcsc.ko: $(MODULE_SRC)
	$(call module_build,$$(tools/setup --kdir $*),kernel-helper)

# The kernels that find bugs are built here, see tools/kernel.
DEBUG_KERNELS := debug kcsan
FAULTS := $(DEBUG_KERNELS:%=$(O)/faults-%/pcsc_faults.ko)
KHO_MODULES := $(foreach m,module-kho/pci_pcsc delay-kho/pcsc_delay corrupt-kho/pcsc_corrupt beside-kho/pcsc_beside,$(O)/$m.ko)
DEBUG_MODULES := $(foreach k,$(DEBUG_KERNELS),$(O)/module-$k/pci_pcsc.ko $(O)/sim-$k/pcsc_sim.ko \
	$(O)/beside-$k/pcsc_beside.ko $(O)/delay-$k/pcsc_delay.ko)
$(DEBUG_MODULES) $(FAULTS) $(KHO_MODULES): tools/kernel $(wildcard tools/kernel.d/*)

$(O)/faults-%/pcsc_faults.ko: tests/faults/pcsc_faults.c tests/faults/Kbuild
	$(call module_build,$$(tools/setup --kdir $*),tests/faults)

$(O)/module/pci_pcsc.ko: $(MODULE_SRC)
	$(call module_build,$(KDIR),kernel-helper)

.PHONY: test-modules
test-modules: $(foreach m,delay sim beside awake corrupt,$(KERNELS:%=$(O)/$(m)-%/pcsc_$(m).ko)) ## Build the test modules (a delay under the devices, simulated devices, ...)

$(O)/delay-%/pcsc_delay.ko: $(wildcard tests/delay/*)
	$(call module_build,$$(tools/setup --kdir $*),tests/delay)

$(O)/corrupt-built-in/pcsc_corrupt.ko $(O)/beside-built-in/pcsc_beside.ko: | tools
$(O)/corrupt-%/pcsc_corrupt.ko: $(wildcard tests/corrupt/*)
	$(call module_build,$$(tools/setup --kdir $*),tests/corrupt)

$(O)/awake-%/pcsc_awake.ko: $(wildcard tests/awake/*.c) tests/awake/Kbuild
	$(call module_build,$$(tools/setup --kdir $*),tests/awake)

SIM_PROGRAMS := $(wildcard tests/sim/survival*.[ch]) $(addprefix tests/sim/,stamps.c removal.c after.c view.c view.h)
$(O)/sim-%/pcsc_sim.ko: $(filter-out $(SIM_PROGRAMS),$(wildcard tests/sim/*.[ch])) tests/sim/Kbuild
	$(call module_build,$$(tools/setup --kdir $*),tests/sim)

$(O)/beside-%/pcsc_beside.ko: $(wildcard tests/beside/*)
	$(call module_build,$$(tools/setup --kdir $*),tests/beside)

# ---- running -----------------------------------------------------------------

.PHONY: trust
trust: all test-modules ## What `make test` leaves out of the helper's suites: 6.1
	@tests/run trust $(O)

.PHONY: mutants
mutants: all test-modules ## Long: each protection taken out, each operator of the core changed: a test is red
	@tests/run mutants $(O)

.PHONY: storm
storm: all test-modules ## Long: all that happens to functions, witnessed (PCSC_STORM_ROUNDS=20 PCSC_STORM_READS=1000000)
	@tests/run storm $(O)

.PHONY: allocations
allocations: tools tests-build $(O)/module-debug/pci_pcsc.ko ## Long: every allocation fails once, on the debug kernel
	@tests/run allocations $(O)

.PHONY: clients
clients: all test-modules ## Long: lspci, lshw, dpdk, resets ...: the same with the helper off, in shadow, on (PCSC_CLIENTS=REGEX)
	@tests/run clients $(O)

.PHONY: boot
boot: ## Long: Debians boot from a drive, with initramfs-tools and with dracut, and record it, or serve it (PCSC_BOOT_DEBIAN=trixie)
	@tools/setup --check 2>/dev/null || tools/setup
	@$(MAKE) $(JOBS) tools $(O)/module-6.12/pci_pcsc.ko
	@tests/run boot $(O)

.PHONY: arm64
arm64: ## Long: the package for arm64, cross-built, in emulated machines with fentry and without; the emulator is installed
	@tools/setup --check 2>/dev/null || tools/setup
	@tools/setup --arm64
	@mkdir -p $(O)
	@tests/run arm64 $(O)

.PHONY: newest
newest: tools tests-build ## Long: helper and tracer on the newest kernel of trixie-backports
	@tests/run newest $(O)

.PHONY: check
check: ## Floors, sparse and checkpatch over the helper
	@tools/check

.PHONY: lint
lint: ## Floors, licences, shellcheck, clang-format, codespell, `make check`; mutants can be planted
	@tests/run lint $(O)

.PHONY: setup
setup: ## Install and fetch what is missing
	@tools/setup --check || tools/setup

.PHONY: unit
unit: tests-build $(TOOL_BINS) ## Run the unit tests
	@tests/run unit $(O)

.PHONY: unknown
unknown: ## The tools under ASan and UBSan over devices that nobody knows (SEED= FUNCTIONS=1000)
	@$(MAKE) $(JOBS) O=$(O)/san SAN=address,undefined \
		$(addprefix $(O)/san/,tests/unknown pcsc-profile pcsc-trace)
	@tests/unknown/run $(O)/san

.PHONY: precision
precision: $(O)/tests/precision $(O)/pcsc-profile ## Long: what generate calls constant, over 2,000 simulated functions (PCSC_PRECISION_TIMES=20 SEED=)
	@tests/run precision $(O)

.PHONY: foretell
foretell: all ## Long: what-if says of one workload what the cache does in another, with half as many VFs
	@tests/run foretell $(O)

.PHONY: model
model: $(MODEL_BINS) ## Long: the core against its model, in every interleaving, with bugs planted
	@tests/model/run $(O) --long

.PHONY: fuzz
fuzz: $(FUZZ_BINS) ## Long: libFuzzer on each parser, walk, map, siblings and handover: edges, plateau (FUZZ_SECONDS=600 FUZZ=json,recording)
	@tests/run fuzz $(O)

.PHONY: fuzz-planted
fuzz-planted: $(FUZZ_BINS) ## Long: planted bugs, each found by its fuzz target within 2 minutes
	@tests/run fuzz-planted $(O)

.PHONY: fuzz-corpus
fuzz-corpus: $(FUZZ_BINS) ## Keep the fewest inputs that reach what all reached: tests/fuzz/corpus (FUZZ=json)
	@tests/fuzz/run $(O) --keep

.PHONY: test
test: ## Run all tests, in guests too (installs what is missing)
	@tools/setup --check 2>/dev/null || tools/setup
	@$(MAKE) $(JOBS) all test-modules
	@tests/run all $(O)

.PHONY: demo
demo: ## The whole way, once: trace, profile, load, see the hits, also as build/demo/index.html (installs what is missing)
	@tools/setup --check 2>/dev/null || tools/setup
	@$(MAKE) $(JOBS) tools $(TEST_BINS) $(O)/module-6.12/pci_pcsc.ko
	@PCSC_DYGRAPHS=$(DYGRAPHS) tools/demo $(O)

.PHONY: bench
bench: ## Long: what the helper costs and saves, in instructions; JSON beside it (PCSC_BENCH_SIZES="64 2823 sim:16384" PCSC_BENCH_FORMS="kho built-in")
	@tools/setup --check 2>/dev/null || tools/setup
	@$(MAKE) $(JOBS) tools tests-build modules test-modules KERNELS=6.12
	@$(if $(filter kho,$(PCSC_BENCH_FORMS)),$(MAKE) $(JOBS) $(O)/module-kho/pci_pcsc.ko)
	@tests/bench/run $(O)

.PHONY: bench-trace
bench-trace: ## Long: what pcsc-trace, bpftrace and funclatency add to a read; an idle recording of 13,000 functions
	@tools/setup --check 2>/dev/null || tools/setup
	@tools/setup --tracers
	@$(MAKE) $(JOBS) $(O)/pcsc-trace $(O)/tests/nothing $(O)/beside-6.12/pcsc_beside.ko $(O)/sim-6.12/pcsc_sim.ko
	@tests/run bench-trace $(O)

.PHONY: demo-page
demo-page: ## A guest under load, with its live page at a loopback port, until Ctrl-C (PCSC_PAGE_PORT=9753)
	@tools/setup --check 2>/dev/null || tools/setup
	@$(MAKE) $(JOBS) tools tests-build modules KERNELS=6.12
	@tools/demo-page $(O)

.PHONY: browser-guest
browser-guest: ## Long: the live page of that guest in headless Chromium, which is installed; pictures in build/browser-guest
	@tools/setup --browser
	@$(MAKE) $(JOBS) tools tests-build modules KERNELS=6.12
	@tests/run browser-guest $(O)

.PHONY: pictures
pictures: ## Long: the README's pictures, in docs/pictures: the page of the demo, and the live page of a guest, by Chromium, which is installed
	@tools/setup --check 2>/dev/null || tools/setup
	@tools/setup --browser
	@$(MAKE) $(JOBS) tools tests-build modules KERNELS=6.12
	@PCSC_DYGRAPHS=$(DYGRAPHS) tools/pictures $(O)

.PHONY: bench-top bench-profile
bench-top: $(O)/pcsc-top $(O)/tests/feed ## Long: the processor time of pcsc-top beside top -d 1, for half a minute, on a machine that does nothing else
	@tools/setup --check 2>/dev/null || tools/setup
	@PCSC_TOP_SECONDS=30 tests/unit/top.sh $(O)

bench-profile: $(O)/pcsc-profile $(addprefix $(O)/tests/,usage recording unknown) ## Long: what a profile of 20,000 functions costs, and merging ten thousand profiles
	@tests/run bench-profile $(O)

.PHONY: browser
browser: $(O)/pcsc-trace $(O)/pcsc-monitor $(O)/tests/pages $(O)/tests/feed ## Long: the pages of pcsc-trace, the demo and pcsc-monitor in headless Chromium, which is installed; pictures in build/browser
	@tools/setup --browser
	@PCSC_DYGRAPHS=$(DYGRAPHS) tests/run browser $(O)

.PHONY: prometheus
prometheus: $(O)/pcsc-monitor ## Long: Debian's Prometheus scrapes two daemons, alerts fire and end; crowds of peers, and what a scrape costs
	@tests/run prometheus $(O)

.PHONY: prometheus-guests
prometheus-guests: ## Long: Debian's Prometheus scrapes pcsc-monitor in two guests; a helper goes, a guest stops, and their alerts fire
	@tools/setup --check 2>/dev/null || tools/setup
	@$(MAKE) $(JOBS) tools modules KERNELS=6.12
	@tests/run prometheus-guests $(O)

.PHONY: build-matrix
build-matrix: tools ## Long: the helper against every kernel that Debian 12, 13 and sid offer
	@tests/run matrix $(O)

.PHONY: rehearse
rehearse: ## Long: `make demo` and `make test` in bare chroots of Debian 12 and 13
	@tools/rehearse

.PHONY: ship
ship: ## Long: packages for Debian 12 and 13; the tutorial typed into a host of each, from installation to purge
	@tools/setup --check 2>/dev/null || tools/setup
	@tests/run ship $(O)

.PHONY: commits
commits: ## Long: each of the last commits builds (COMMITS=50)
	@tests/run commits $(O)

.PHONY: demos
demos: ## Long: the demo over and over, to see that none stands still (DEMOS=30)
	@tools/setup --check 2>/dev/null || tools/setup
	@$(MAKE) $(JOBS) tools $(TEST_BINS) $(O)/module-6.12/pci_pcsc.ko
	@tests/run demos $(O)

.PHONY: demo-liveupdate
demo-liveupdate: ## A live update: kexec, and the next kernel begins warm (LIVEUPDATE="--built-in --functions 2819"; installs what is missing)
	@tools/setup --check 2>/dev/null || tools/setup
	@$(MAKE) $(JOBS) tools $(TEST_BINS) $(foreach k,$(if $(filter --kho,$(LIVEUPDATE)),kho,$(if $(filter --built-in,$(LIVEUPDATE)),,6.12)),$(O)/module-$k/pci_pcsc.ko $(O)/delay-$k/pcsc_delay.ko)
	@tools/demo-liveupdate $(LIVEUPDATE) $(O)

.PHONY: series
series: tools ## Long: the helper as a patch series (tools/export-series): each patch, and the kernel with all of them
	@tests/run series $(O)

.PHONY: liveupdate
liveupdate: all test-modules ## Long: the live update's promises, 60 kexecs, each of KERNELS (KEXECS=20)
	@tests/run liveupdate $(O)

.PHONY: scenarios
scenarios: all test-modules ## Long: every scenario of tools/guest.d/scenario, by its effect
	@tests/run scenarios $(O)

.PHONY: cycles
cycles: all ## Long: 100 load/unload cycles under load, on each of KERNELS (CYCLES=N)
	@tests/run cycles $(O)

.PHONY: sim
sim: all test-modules ## Long: the simulator's own suite, stamps, survival, removal, many devices (PCSC_SIM_CYCLES=100 PCSC_SIM_STAMPS=1000000)
	@tests/run sim $(O)

.PHONY: debug-kernels
debug-kernels: $(FAULTS) ## Long: build the debug kernels and see planted faults turn red
	@tests/run faults $(O)

.PHONY: debug-test
debug-test: tools $(DEBUG_MODULES) ## Long: the guest suites on the debug kernels
	@tests/run debug $(O)

.PHONY: kho
kho: tools tests-build $(KHO_MODULES) ## Long: live updates by kexec handover, on a kernel that has it and is built here (KEXECS=20)
	@tests/run kho $(O)

.PHONY: built-in
built-in: export PCSC_BUILD := $(abspath $(O))
built-in: tools tests-build $(O)/corrupt-built-in/pcsc_corrupt.ko $(O)/beside-built-in/pcsc_beside.ko ## Long: live updates with the helper built into the kernel, before the bus is enumerated (KEXECS=20)
	@tests/run built-in $(O)

.PHONY: mutations
mutations: tools tests-build $(foreach k,6.12 debug,$(O)/module-$k/pci_pcsc.ko) ## Long: what a kexec hands over is changed and taken, on 6.12 and under KASAN (PCSC_MUTATIONS=1000 SEED=)
	@tests/run mutations $(O)

.PHONY: findings
findings: $(addprefix $(O)/tests/,ideal vfio-client) ## Long: what the kernel itself reads too often, and patches for it (PCSC_FINDINGS_FUNCTIONS=2819)
	@tests/run findings $(O)

MANUALS := $(TOOLS:%=$(O)/man/pcsc-%.8) $(O)/man/pci_pcsc.4 $(addprefix $(O)/man/pcsc-,profile.5 recording.5)

.PHONY: man
man: $(MANUALS) ## The manual pages

define manual
	@mkdir -p $(@D)
	$(call msg,MAN,$@)
	$(Q)tools/manpage $< $(subst .,,$(suffix $@)) >$@.new && mv $@.new $@
endef

$(O)/man/%.8: docs/%.md tools/manpage
	$(manual)

$(O)/man/%.4: docs/%.md tools/manpage
	$(manual)

$(O)/man/pcsc-%.5: docs/%-format.md tools/manpage
	$(manual)

UNITS := $(patsubst user/%,$(O)/%,$(wildcard user/systemd/*))

# They name where the programs are installed.
$(O)/systemd/%: user/systemd/% FORCE
	@mkdir -p $(@D)
	$(Q)sed 's|@PREFIX@|$(PREFIX)|g' $< >$@

.PHONY: FORCE
FORCE:

# into DIRECTORY, MODE, FILES; as FILE, MODE, SOURCE: below PREFIX
define into
	install -d $(DESTDIR)$(PREFIX)/$(1)
	install -m $(2) $(3) $(DESTDIR)$(PREFIX)/$(1)

endef

define as
	install -D -m $(2) $(3) $(DESTDIR)$(PREFIX)/$(1)

endef

INITRAMFS := share/initramfs-tools
DRACUT := lib/dracut/modules.d
MODULE_SOURCE := src/pci-pcsc-$(VERSION)

.PHONY: install
install: tools man $(UNITS) ## Install the tools, the module's source for DKMS, and the documents (DESTDIR, PREFIX, SYSCONFDIR)
	$(call into,sbin,755,$(TOOL_BINS))
	$(call into,share/doc/pci-pcsc,644,README.md CHANGELOG.md CONTRIBUTING.md SECURITY.md)
	$(call into,share/doc/pci-pcsc/docs,644,$(wildcard docs/*.md docs/*.json))
	$(call into,share/doc/pci-pcsc/docs/pictures,644,$(wildcard docs/pictures/*))
	$(foreach s,4 5 8,$(call into,share/man/man$s,644,$(filter %.$s,$(MANUALS))))
	$(call into,share/bash-completion/completions,644,$(wildcard user/completion/*))
	$(call into,share/pci-pcsc,644,$(wildcard user/prometheus/* user/grafana/*))
	install -d $(DESTDIR)$(UNITDIR) && install -m 644 $(UNITS) $(DESTDIR)$(UNITDIR)
	$(call as,$(INITRAMFS)/hooks/pci-pcsc,755,tools/initramfs/hook)
	$(call as,$(INITRAMFS)/hooks/pcsc-trace,755,tools/initramfs/trace-hook)
	$(call as,$(INITRAMFS)/scripts/init-top/pci-pcsc,755,tools/initramfs/init-top)
	$(call as,$(INITRAMFS)/scripts/init-top/pcsc-trace,755,tools/initramfs/trace-start)
	$(call as,$(DRACUT)/90pci-pcsc/module-setup.sh,755,tools/initramfs/module-setup.sh)
	$(call as,$(DRACUT)/90pci-pcsc/pci-pcsc.sh,755,tools/initramfs/init-top)
	$(call as,$(DRACUT)/90pcsc-trace/module-setup.sh,755,tools/initramfs/trace-module-setup.sh)
	$(call as,$(DRACUT)/90pcsc-trace/pcsc-trace.sh,755,tools/initramfs/trace-start)
	[ -e $(DESTDIR)$(SYSCONFDIR)/pci-pcsc/initramfs.conf ] || \
		install -D -m 644 tools/initramfs/initramfs.conf $(DESTDIR)$(SYSCONFDIR)/pci-pcsc/initramfs.conf
	install -d $(DESTDIR)$(PREFIX)/$(MODULE_SOURCE)
	cp -r kernel-helper/. $(DESTDIR)$(PREFIX)/$(MODULE_SOURCE)/
	sed 's/#MODULE_VERSION#/$(VERSION)/' tools/debian/pci-pcsc-dkms.dkms >$(DESTDIR)$(PREFIX)/$(MODULE_SOURCE)/dkms.conf

.PHONY: deb
deb: ## Debian packages, in build/deb, and what lintian says of them (installs what is missing)
	@tools/setup --no-kernels
	@tools/setup --packaging
	@tools/deb $(O)

.PHONY: clean
clean: ## Remove what was built
	rm -rf $(O)

.PHONY: help
help: ## This text
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16
	@echo
	@echo 'Variables: V=1 O=DIR KDIR=DIR KERNELS="6.1 6.12" W=1 SAN=address,undefined DESTDIR= PREFIX='

-include $(shell find $(O) -path $(O)/deb -prune -o -name '*.d' -type f -print 2>/dev/null)
