#!/usr/bin/env bash
# ./dev fmt [--check]: formats every C++ file of ours in place; with --check only says which are not.
set -euo pipefail
# shellcheck source=tools/environment.sh
source tools/environment.sh
source tools/setup.sh
setup test

mapfile -t files < <(git ls-files --cached --others --exclude-standard -- '*.cpp' '*.h' | while read -r file; do
  [ -f "$file" ] && echo "$file"
done)
[ "${#files[@]}" -gt 0 ] || exit 0
if [ "${1:-}" = --check ]; then
  printf '%s\0' "${files[@]}" | xargs -0 -n 40 -P "$JOBS" clang-format-19 --dry-run -Werror --ferror-limit=1
else
  printf '%s\0' "${files[@]}" | xargs -0 -n 40 -P "$JOBS" clang-format-19 -i
fi
