#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Prepares this host (Debian 12 or 13) for xenrig; builds, runs or tests it if asked to.
#
# Says what it does and is quiet when there is nothing to do. Root gets missing packages installed; a
# user gets the command to type, and all that is possible without it. QEMU 9.1 or newer goes into the
# cache where the host's own is older: neither the host's QEMU nor its apt sources are touched.
set -eu

usage() {
    cat <<'TEXT'
usage: images/host.sh [--check]             prepare this host; --check: only report, exit 1 if not ready
       images/host.sh build                 … and build in ./build
       images/host.sh run [PLAN] [OPTION…]  … and do `xenrig run PLAN OPTION…`
       images/host.sh test [SUITE…]         … and run the tests: suites lint, unit and boot, or those named
TEXT
}

say() {
    echo "host.sh: $*" >&2
}

here=$(cd "$(dirname "$0")" && pwd)
top=${here%/*}
oldest_qemu=9.1

# Names of one class of images/packages/host (build, run, check) that are not installed, on one line.
missing() {
    sed -n "s/^$1 \([^ #]*\).*/\1/p" "$here/packages/host" >"$work/wanted"
    # shellcheck disable=SC2016,SC2046 # dpkg's own words; one name a line
    dpkg-query -W -f '${Package} ${db:Status-Status}\n' $(cat "$work/wanted") 2>/dev/null |
        sed -n 's/ installed$//p' >"$work/installed" || true
    grep -vxF -f "$work/installed" "$work/wanted" | tr '\n' ' ' || true
}

# apt-get update only where the lists do not know what is wanted, or know it at an old place.
install_packages() {
    export DEBIAN_FRONTEND=noninteractive
    set -- apt-get install -y -qq -o Dpkg::Use-Pty=0 --no-install-recommends "$@"
    if "$@" --simulate >/dev/null 2>&1 && "$@" >&2; then
        return 0
    fi
    apt-get update -q >&2 && "$@" >&2
}

prepare_packages() {
    build=$(missing build)
    others=$(missing run)
    # Who only runs needs no linters.
    [ "$command" != test ] || others=$others$(missing check)
    [ -n "$build$others" ] || return 0
    if [ "$check" = yes ] || [ "$(id -u)" != 0 ]; then
        say "packages are missing; as root: apt-get install --no-install-recommends $build$others"
        lacking=yes
        [ "$check" = yes ] || [ -z "$build" ] || cannot_build=yes
        return 0
    fi
    say "installing $build$others"
    # shellcheck disable=SC2086 # several names
    if ! install_packages $build $others; then
        say "apt-get could not install all of these, see above"
        lacking=yes
        [ -z "$(missing build)" ] || cannot_build=yes
    fi
}

# libvirt's embedded QEMU driver, run as root, wants this user to exist. Made as Debian's
# libvirt-daemon-system would (its reserved id 64055), but without that package and its services.
prepare_user() {
    [ "$(id -u)" = 0 ] || return 0
    ! getent passwd libvirt-qemu >/dev/null || return 0
    if [ "$check" = yes ]; then
        say "the system user libvirt-qemu is missing; images/host.sh adds it"
        lacking=yes
        return 0
    fi
    say "adding the system user libvirt-qemu, for libvirt"
    getent group kvm >/dev/null || groupadd --system kvm
    getent group libvirt-qemu >/dev/null || groupadd --system --gid 64055 libvirt-qemu
    useradd --system --uid 64055 --gid kvm --groups libvirt-qemu --comment 'Libvirt Qemu' \
        --home-dir /var/lib/libvirt --no-create-home --shell /usr/sbin/nologin libvirt-qemu
}

host_qemu_is_new() {
    command -v qemu-system-x86_64 >/dev/null || return 1
    version=$(qemu-system-x86_64 --version | sed -n '1s/.*version \([0-9.]*\).*/\1/p')
    dpkg --compare-versions "${version:-0}" ge "$oldest_qemu"
}

prepare_qemu() {
    cache=${XENRIG_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/xenrig}
    entry=$cache/trees/qemu-$("$here/fetch.sh" --key qemu)
    [ ! -x "$entry/wrapped/bin/qemu-system-x86_64" ] || return 0
    ! host_qemu_is_new || return 0
    if [ "$check" = yes ] || ! command -v mmdebstrap >/dev/null; then
        say "no QEMU $oldest_qemu or newer here; images/host.sh fetches one into $cache (with mmdebstrap)"
        lacking=yes
        return 0
    fi
    say "fetching QEMU into $cache (once; this host's own is older than $oldest_qemu)"
    (umask 077 && mkdir -p "$cache/trees")
    fetch_qemu || {
        say "QEMU could not be fetched: see $entry.log; the last lines of it:"
        tail -n 5 "$entry.log" >&2 || true
        lacking=yes
    }
}

# One at a time: who comes second finds it there. Holding the lock, leftovers are nobody's.
fetch_qemu() (
    exec 9>"$entry.lock"
    flock 9
    [ ! -d "$entry" ] || exit 0
    rm -rf "$entry".tmp.*
    "$here/fetch.sh" qemu "$entry" "$entry.log"
)

build() {
    [ -e "$top/build/build.ninja" ] || meson setup "$top/build" "$top" >&2
    # Nothing to be said where nothing is to be done.
    if ! ninja -C "$top/build" -n | grep -q 'no work to do'; then
        ninja -C "$top/build" >&2
    fi
}

check=no
lacking=no
cannot_build=no
case ${1:-} in
--check)
    check=yes
    shift
    ;;
-h | --help)
    usage
    exit
    ;;
esac
command=${1:-prepare}
case $command in
prepare | build | run | test) [ $# = 0 ] || shift ;;
*)
    say "no such command: $command"
    usage >&2
    exit 99
    ;;
esac

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' HUP INT TERM
prepare_packages
prepare_user
prepare_qemu
if [ "$check" = yes ]; then
    [ $lacking = no ] || exit 1
    exit 0
fi
if [ $cannot_build = yes ]; then
    say "without these packages xenrig cannot be built"
    exit 1
fi
[ "$command" != prepare ] || exit 0
build
rm -rf "$work"
case $command in
run) exec "$top/build/rig/xenrig" run "$@" ;;
test)
    [ $# -gt 0 ] || set -- lint unit boot
    for suite in "$@"; do
        shift
        set -- "$@" --suite "$suite"
    done
    exec meson test -C "$top/build" --print-errorlogs "$@"
    ;;
esac
