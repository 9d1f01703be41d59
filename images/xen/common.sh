# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2154
# What build.sh and toolstack.sh have in common; sourced. Wants $tree and $script set.

die() {
    echo "$script: $*"
    exit 1
}

# One ccache for all trees, wherever they lie; its programs stand before the compilers in PATH.
prepare_ccache() {
    command -v ccache >/dev/null || return 0
    mkdir -p "$tree/bin"
    for name in gcc cc; do
        ln -s "$(command -v ccache)" "$tree/bin/$name"
    done
    export PATH="$tree/bin:$PATH" CCACHE_BASEDIR="$tree" CCACHE_COMPILERCHECK=content
    # The map makes the place of the tree not matter, so neither does what it maps.
    export CCACHE_NOHASHDIR=yes CCACHE_IGNOREOPTIONS='-ffile-prefix-map=*'
}

pin_environment() {
    export LC_ALL=C TZ=UTC SOURCE_DATE_EPOCH=0 GIT_CEILING_DIRECTORIES="${tree%/*}"
    export XEN_BUILD_DATE='Thu Jan  1 00:00:00 UTC 1970' XEN_BUILD_TIME=00:00:00
    export XEN_WHOAMI=xenrig XEN_DOMAIN=xenrig XEN_BUILD_HOST=xenrig XEN_CONFIG_EXPERT=y
    unset MAKEFLAGS MAKELEVEL CFLAGS LDFLAGS CC XEN_TARGET_ARCH XEN_ROOT XEN_OS DESTDIR
}

# Runs make in a session of its own, so that all of it ends when this ends.
run_make() {
    setsid make "$@" &
    child=$!
    status=0
    wait "$child" || status=$?
    child=
    [ "$status" = 0 ] || die "make $* failed (exit code $status)"
}

stop() {
    trap '' HUP INT TERM
    if [ -n "${child:-}" ]; then
        kill -s KILL -- "-$child" 2>/dev/null || true
        wait "$child" 2>/dev/null || true
    fi
    exit 130
}
