# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2154
# What build.sh and toolstack.sh have in common; sourced. Wants $tree and $script set.

die() {
    echo "$script: $*"
    exit 1
}

# A program of ours, before all others in PATH, of the lines that follow its name.
put_program() {
    file=$tree/bin/$1
    shift
    mkdir -p "$tree/bin"
    printf '%s\n' '#!/bin/sh' "$@" >"$file"
    chmod 755 "$file"
}

# One ccache for all trees, wherever they lie. What compiles no file, as the many questions for what a compiler
# knows, is no business of ccache's.
prepare_ccache() {
    command -v ccache >/dev/null || return 0
    for name in gcc cc; do
        put_program "$name" "case \" \$* \" in *' -c '*.[cS]' '*) exec ccache '$(command -v "$name")' \"\$@\" ;; esac" \
            "exec '$(command -v "$name")' \"\$@\""
    done
    export CCACHE_BASEDIR="$tree" CCACHE_COMPILERCHECK=content CCACHE_MAXSIZE="${CCACHE_MAXSIZE:-1G}"
    # The map makes the place of the tree not matter, so neither does what it maps.
    export CCACHE_NOHASHDIR=yes CCACHE_IGNOREOPTIONS='-ffile-prefix-map=*'
}

pin_environment() {
    export LC_ALL=C TZ=UTC SOURCE_DATE_EPOCH=0 GIT_CEILING_DIRECTORIES="${tree%/*}"
    export XEN_BUILD_DATE='Thu Jan  1 00:00:00 UTC 1970' XEN_BUILD_TIME=00:00:00
    export XEN_WHOAMI=xenrig XEN_DOMAIN=xenrig XEN_BUILD_HOST=xenrig XEN_CONFIG_EXPERT=y
    unset MAKEFLAGS MAKELEVEL CFLAGS LDFLAGS CC XEN_TARGET_ARCH XEN_ROOT XEN_OS DESTDIR DEB_MAINTAINER DEB_VERSION
    # Debian's Xen says at boot on which distribution it was compiled.
    put_program lsb_release 'echo xenrig'
    export PATH="$tree/bin:$PATH"
}

# Runs make in a session of its own, so that it can be ended whole; it ends with this shell as well. Where Linux
# schedules by sessions, a new one starts at the usual priority: who asked for a lower one is to get it.
run_make() {
    # shellcheck disable=SC2016 # for the shell within
    setsid setpriv --pdeathsig KILL \
        sh -c '{ nice >/proc/self/autogroup; } 2>/dev/null || true; exec make "$@"' make "$@" &
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
