# shellcheck shell=bash
# Sourced. build PRESET [TARGET…] configures and builds; the console comes first, for the program embeds it.
# shellcheck source=tools/npm_parts.sh
source tools/npm_parts.sh

# Configures a preset anew only where it never was; Ninja reruns CMake by itself when a CMake file changes.
configure() {
  local preset=$1
  shift
  [ -f "CMakePresets.json" ] || die "not in the root of the tree"
  cmake --preset "$preset" "$@" >"build/configure-$preset.log" 2>&1 || {
    cat "build/configure-$preset.log" >&2
    die "configuring preset '$preset' failed (above)"
  }
}

build() {
  local preset=$1
  shift
  mkdir -p build
  console_build
  local options=()
  [ "$preset" = release ] && options=(-DMAILWARD_TESTS=ON)
  npm_parts tests/exchange_sim/ews_javascript
  configure "$preset" "${options[@]}"
  if [ $# -gt 0 ]; then
    cmake --build "build/$preset" -j "$JOBS" --target "$@"
  else
    cmake --build "build/$preset" -j "$JOBS"
  fi
}
