#!/usr/bin/env bash
# ./dev check [PART…]: the long things that ./dev test has no time for: lint (all of it), asan, tsan, fuzz, kills, large,
# looks.
#
#   MAILWARD_FUZZ_SECONDS  for each fuzz target (60)
#   MAILWARD_TEST_FILTER   a GoogleTest filter for the sanitizers' runs (*)
set -euo pipefail
# shellcheck source=tools/environment.sh
source tools/environment.sh
source tools/setup.sh
source tools/build.sh

setup all
ASAN_SYMBOLIZER_PATH=$(command -v llvm-symbolizer-19)
export ASAN_SYMBOLIZER_PATH TSAN_SYMBOLIZER_PATH=$ASAN_SYMBOLIZER_PATH
# Debian's GSSAPI libraries keep two allocations for ever (tools/lsan.supp).
export LSAN_OPTIONS="suppressions=$PWD/tools/lsan.supp:print_suppressions=0"
# No strict_string_checks: GSSAPI's buffers end without a NUL, and gss-ntlmssp rightly copies them by length.
export ASAN_OPTIONS=detect_stack_use_after_return=1:check_initialization_order=1
export UBSAN_OPTIONS=print_stacktrace=1
export TSAN_OPTIONS="second_deadlock_stack=1:suppressions=$PWD/tools/tsan.supp"

# Sanitized programs are several times slower; so is their time limit.
under_sanitizer() {
  build "$1" && python3 tools/run_tests.py "build/$1/bin" "build/check/$1" --jobs "$JOBS" --timeout 3600 --filter "${MAILWARD_TEST_FILTER:-*}"
}

part() {
  case $1 in
    lint) build release && tools/fmt.sh --check && python3 tools/lint.py build/release --all --jobs "$JOBS" ;;
    asan | tsan) under_sanitizer "$1" ;;
    fuzz)
      compgen -G 'fuzz/*_fuzz.cpp' >/dev/null || { say "there is no fuzz target yet" && return 0; }
      tools/fuzz.sh "${MAILWARD_FUZZ_SECONDS:-60}"
      ;;
    kills)
      # Tests that walk every kill point have a short form in ./dev test and the whole walk here.
      build release && MAILWARD_LONG_KILLS=1 python3 tools/run_tests.py build/release/bin build/check/kills --jobs "$JOBS" --timeout 7200 --filter '*kill*:*Kill*'
      ;;
    large)
      # An attachment of 150 MB, a folder of 100,000 items: through the client, in bounded memory.
      build release && MAILWARD_LARGE=1 python3 tools/run_tests.py build/release/bin build/check/large --jobs 1 --timeout 1800 --program wire_tests --filter 'Large*'
      ;;
    looks)
      # ./dev test walks all of it in one look, and the pages in one more.
      MAILWARD_WALK_DIR=build/check/looks tools/walk.sh --project='dark desktop' --project='light phone' --project='dark phone'
      ;;
    *) die "check knows lint, asan, tsan, fuzz, kills, large and looks, not '$1'" ;;
  esac
}

parts=("$@")
[ $# -gt 0 ] || parts=(lint asan tsan fuzz kills large looks)
failed=0 report=()
mkdir -p build/check
for name in "${parts[@]}"; do
  headline "$name"
  start=$(clock)
  if (part "$name"); then outcome=held; else outcome=FAILED failed=$((failed + 1)); fi
  report+=("$(printf '%-8s %-8s %8s s' "$name" "$outcome" "$(since "$start")")")
done
headline "check"
printf '%s\n' "${report[@]}"
say "$((${#parts[@]} - failed)) held, $failed failed"
[ "$failed" = 0 ]
