#!/usr/bin/env bash
# ./dev fuzz [TARGET] [SECONDS]: builds the fuzz targets (fuzz/TARGET_fuzz.cpp) with ASan+UBSan and runs one or all,
# 60 seconds each unless told. Seeds come from fuzz/corpus/TARGET/ (of ews_answer from ../shared/ews-traces); what a run
# finds new stays in var/fuzz/TARGET/, an input that broke something in var/fuzz/broken/: mend, then keep it as a seed.
set -euo pipefail
# shellcheck source=tools/environment.sh
source tools/environment.sh
source tools/setup.sh
source tools/build.sh

target='' seconds=60
for argument in "$@"; do
  case $argument in
    '' | *[!0-9]*) target=${argument%_fuzz} ;;
    *) seconds=$argument ;;
  esac
done

targets=()
for source in fuzz/*_fuzz.cpp; do
  name=$(basename "$source" _fuzz.cpp)
  [ -f "$source" ] && { [ -z "$target" ] || [ "$target" = "$name" ]; } && targets+=("$name")
done
[ "${#targets[@]}" -gt 0 ] || die "no such fuzz target: '${target:-fuzz/*_fuzz.cpp}'"

setup all
build fuzz "${targets[@]/%/_fuzz}"

export LSAN_OPTIONS="suppressions=$PWD/tools/lsan.supp:print_suppressions=0"
export UBSAN_OPTIONS=print_stacktrace=1
ASAN_SYMBOLIZER_PATH=$(command -v llvm-symbolizer-19)
export ASAN_SYMBOLIZER_PATH

# One target, alone; its last lines when it is done.
fuzz_one() {
  local name=$1 seconds=$2 found=var/fuzz/$1 seeds=()
  mkdir -p "$found" var/fuzz/broken
  [ -d "fuzz/corpus/$name" ] && seeds=("fuzz/corpus/$name")
  # Real servers' answers, where they are at hand.
  [ "$name" = ews_answer ] && [ -d "$shared/ews-traces" ] && seeds+=("$shared/ews-traces")
  # libFuzzer ends by itself; the outer limit is for a target that hangs where it cannot look.
  if timeout --kill-after=10 $((seconds + 120)) "build/fuzz/bin/${name}_fuzz" -max_total_time="$seconds" -timeout=10 \
    -rss_limit_mb=2048 -print_final_stats=1 -artifact_prefix="var/fuzz/broken/$name-" "$found" "${seeds[@]}" \
    >"var/fuzz/$name.log" 2>&1; then
    printf '%s: held, %s\n' "$name" "$(awk '/number_of_executed_units/ { print $2 " inputs" }' "var/fuzz/$name.log")"
  else
    tail -n 60 "var/fuzz/$name.log"
    printf '%s: BROKEN, the input is in var/fuzz/broken/\n' "$name"
    return 1
  fi
}
export -f fuzz_one
export shared=${MAILWARD_SHARED:-../shared}

# shellcheck disable=SC2016  # $1 and $2 are the inner shell's
printf '%s\n' "${targets[@]}" | xargs -P "$JOBS" -I '{}' bash -c 'fuzz_one "$1" "$2"' fuzz '{}' "$seconds"
