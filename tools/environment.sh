# shellcheck shell=bash
# Sourced by every command of ./dev: where things are, how wide to build, how to speak. The working folder is the
# root of the tree.

# ccache finds a unit again from another checkout of the same tree.
CCACHE_BASEDIR=$PWD
export CCACHE_BASEDIR
export CCACHE_NOHASHDIR=1
# Units with a precompiled header (cmake/rooms.cmake): known by its sum, not by its bytes.
export CCACHE_PCH_EXTSUM=1
export CCACHE_SLOPPINESS=pch_defines,time_macros
export CCACHE_DIR=${CCACHE_DIR:-${XDG_CACHE_HOME:-${HOME:-/var/tmp}/.cache}/ccache}

JOBS=${MAILWARD_JOBS:-$(nproc)}
export JOBS

say() { printf '%s\n' "$*"; }
headline() { printf '\n== %s\n' "$*"; }
die() {
  printf './dev: %s\n' "$*" >&2
  exit 1
}

# Seconds since some start, with one decimal. `clock` starts; `since START` reads.
clock() { date +%s%N; }
since() { awk -v from="$1" -v to="$(clock)" 'BEGIN { printf "%.1f", (to - from) / 1e9 }'; }
