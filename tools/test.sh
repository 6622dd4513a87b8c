#!/usr/bin/env bash
# ./dev test: all that must hold before a change lands. Ends with what each share took and one closing line
# `N passed, M failed, K skipped`; the exit code says the same.
#
#   MAILWARD_LINT_BUDGET  seconds that clang-tidy may take (600); what it leaves is named, ./dev check does the rest
#   MAILWARD_JOBS         how many things at once (the number of cores)
set -euo pipefail
# shellcheck source=tools/environment.sh
source tools/environment.sh
source tools/setup.sh
source tools/build.sh

passed=0 failed=0 skipped=0
declare -A took=([install]=- [build]=- [tests]=- [demo]=- [browser]=- [lint]=-)
lines=()

# What a part of this script came to, once each; counted as one test.
came_to() {
  local name=$1 outcome=$2 why=${3:-}
  case $outcome in
    passed) passed=$((passed + 1)) ;;
    failed) failed=$((failed + 1)) ;;
    skipped) skipped=$((skipped + 1)) ;;
  esac
  lines+=("$name: $outcome${why:+ ($why)}")
}

finish() {
  headline "what did not run or did not pass, besides the test programs"
  local line none=yes
  for line in "${lines[@]}"; do
    case $line in *": passed"*) ;; *) say "$line" && none=no ;; esac
  done
  [ $none = no ] || say "nothing"
  headline "seconds"
  printf '%-14s %8s\n' install "${took[install]}" build "${took[build]}" "test programs" "${took[tests]}" \
    browser "${took[browser]}" demo "${took[demo]}" lint "${took[lint]}"
  say ""
  say "$passed passed, $failed failed, $skipped skipped"
  [ "$failed" = 0 ]
  exit
}

shared=${MAILWARD_SHARED:-../shared}
[ -d "$shared/ews-traces" ] || say "note: $shared is absent; tests against recorded answers and the EWS schema will say that they skip"

start=$(clock)
setup test
took[install]=$(since "$start")

headline "build"
start=$(clock)
if (build release); then
  took[build]=$(since "$start")
else
  took[build]=$(since "$start")
  came_to build failed
  finish
fi

headline "test programs"
start=$(clock)
results=build/test
mkdir -p "$results"
rm -f "$results/summary.json"
# Twice as many as cores: most of a test is waiting for a server.
python3 tools/run_tests.py build/release/bin "$results" --jobs "$((JOBS * 2))" || true
took[tests]=$(since "$start")
if [ -f "$results/summary.json" ]; then
  read -r p f s < <(python3 -c 'import json, sys
t = json.load(open(sys.argv[1]))
print(t["passed"], t["failed"], t["skipped"])' "$results/summary.json")
  passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
  [ $((p + f)) -gt 0 ] || came_to "test programs" failed "not one test ran"
else
  came_to "test programs" failed "the runner itself broke"
fi

headline "layering"
if python3 tools/check_layering.py --self-test && python3 tools/check_layering.py --build build/release; then
  came_to layering passed
else
  came_to layering failed
fi

# The main job without a person, with a message of one's own in the mailboxes.
demonstrated() {
  mkdir -p "$results/mail"
  printf '%s\r\n' 'From: facilities@example.test' 'To: usera@example.test' 'Subject: Minutes' '' 'text' >"$results/mail/one.eml"
  timeout --kill-after=20 300 tools/demo_build.sh --once --mail "$results/mail" >"$results/demo.log" 2>&1 </dev/null &&
    grep -q "^1 messages of .* are in the mailboxes, 0 were left out" "$results/demo.log"
}

headline "demo"
start=$(clock)
if [ ! -f src/app/main.cpp ]; then
  came_to demo skipped "there is no program yet"
elif demonstrated; then
  tail -n 3 "$results/demo.log"
  came_to demo passed
else
  cat "$results/demo.log"
  came_to demo failed "its whole output stands above"
fi
took[demo]=$(since "$start")

headline "console"
start=$(clock)
if (cd console && npm run --silent lint && npm run --silent test) >"$results/console.log" 2>&1; then
  tail -n 6 "$results/console.log"
  came_to "console's logic and lint" passed
else
  cat "$results/console.log"
  came_to "console's logic and lint" failed
fi
# Side by side, each on a demo of its own: all that is walked in one look, and the pages in the one that differs most from
# it (./dev check walks the rest).
walk() {
  local name=$1
  shift
  MAILWARD_WALK_DIR=build/walk-$name timeout --kill-after=20 2400 tools/walk.sh --max-failures=3 "$@" >"$results/walk-$name.log" 2>&1 </dev/null
}
# clang-tidy beside them, in what time they leave.
lint() {
  python3 tools/lint.py build/release --jobs "$JOBS" --budget "${MAILWARD_LINT_BUDGET:-600}" >"$results/lint.log" 2>&1 </dev/null
}
walk light --project='light desktop' &
light=$!
walk dark --project='dark phone' pages &
dark=$!
lint &
lint=$!
for name in light dark; do
  if wait "${!name}"; then
    tail -n 3 "$results/walk-$name.log"
    came_to "walks through the console, $name" passed
  else
    cat "$results/walk-$name.log"
    came_to "walks through the console, $name" failed
  fi
done
took[browser]=$(since "$start")

headline "format and lint"
if tools/fmt.sh --check; then
  came_to format passed
else
  came_to format failed "./dev fmt mends it"
fi
if wait "$lint"; then
  tail -n 3 "$results/lint.log"
  came_to lint passed
else
  cat "$results/lint.log"
  came_to lint failed
fi
took[lint]=$(since "$start")

finish
