#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Builds the toolstack of a Xen source tree by upstream's own configure and make: what dom0 here runs.
#
# Run in a build root. Of tools/ only the folders that nothing here runs are left out, by name, so that what a release
# moves or adds is built without a change here. DEST is laid out as the package sets of Debian's toolstacks are,
# with all libraries that the programs need. It also holds "sources": the files below xen/ that were compiled into
# the programs, for a toolstack depends on those as well (the public headers aside).
set -eu

usage() {
    cat <<'TEXT'
usage: images/xen/toolstack.sh TREE DEST
       images/xen/toolstack.sh --left-out     the folders of tools/ that are not built, one a line
TREE is written to: an exported one (images/xen/build.sh export, with the parts that toolstack-build.c lists).
TEXT
}

programs='xl xenstored xenconsoled xen-init-dom0 xenstore xenlockprof xenperf xencov xentrace'

# Device models, firmware, guests' boot loaders, bindings of languages, monitors, debuggers, tests.
left_out='9pfsd blktap2 debugger debugger/gdbsx debugger/kdd examples firmware flask fuzz golang hotplug libfsimage
libvchan memshr ocaml pygrub python qemu-xen-dir qemu-xen-traditional-dir remus tests vchan vtpm vtpm_manager xcutils
xenmon xenpaging xenpmd xenstat xentop'

# What a release does not know it ignores. The answers for Python are pinned because nothing is linked with it here, and
# old releases do not find newer Pythons.
configure() {
    export ac_cv_func_PyArg_ParseTuple=yes
    cache=
    [ ! -d /ccache ] || cache=--cache-file=/ccache/configure-$(
        { cat "$tree/tools/configure" && gcc --version; } | sha256sum | cut -c 1-16
    ).cache
    # shellcheck disable=SC2086 # none or one word
    (cd "$tree" && ./configure $cache --prefix=/usr --libdir=/usr/lib --sysconfdir=/etc --localstatedir=/var \
        --disable-xen --disable-docs --disable-stubdom --disable-ocamltools --disable-golang --disable-pygrub \
        --disable-xsmpolicy --disable-seabios --disable-ovmf --disable-rombios --disable-ipxe --disable-pvshim \
        --disable-systemd --disable-qemu-traditional --with-system-qemu=/usr/lib/xen/bin/qemu-system-i386) ||
        die "configure of $tree failed"
}

# Upstream's list of folders, in upstream's order, without those left out.
list_folders() {
    # shellcheck disable=SC2016 # make's own words
    printf 'include Makefile\nxenrig-print:\n\t@echo $(SUBDIRS-y)\n' |
        make -s -C "$tree/tools" -f - xenrig-print XEN_TARGET_ARCH=x86_64 | tr ' ' '\n' >"$tree/folders"
    echo "$left_out" | tr ' ' '\n' | grep -vxF -f - "$tree/folders" || die "tools/Makefile lists no folders"
}

make_tools() {
    run_make -C "$tree/tools" -j"$(nproc)" XEN_TARGET_ARCH=x86_64 DESTDIR="$tree/installed" debug=n \
        NO_HEADERS_CHK=y APPEND_CFLAGS="-Wno-error -ffile-prefix-map=$tree=." "$@"
}

install_programs() {
    bin=$dest/usr/lib/xen-source/bin
    lib=$dest/usr/lib/x86_64-linux-gnu
    mkdir -p "$bin" "$lib" "$dest/lib64"
    for program in $programs; do
        found=$(find "$tree/installed" -type f -name "$program" -perm -u+x | head -n 1)
        [ -n "$found" ] || die "error: the toolstack has no program $program"
        strip -o "$bin/$program" "$found"
    done
    # Opened by pthread_cancel, whatever a program lists.
    for program in "$bin"/* libgcc_s.so.1; do
        case $program in
        /*) install_libraries "$program" ;;
        *) install_library "$program" ;;
        esac
    done
    ln -s /usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2 "$dest/lib64/ld-linux-x86-64.so.2"
}

# The library of that name, from the build or from the root, and those it needs.
install_library() {
    [ ! -e "$lib/$1" ] || return 0
    found=$(find "$tree/installed" -name "$1" | head -n 1)
    for place in /lib/x86_64-linux-gnu /usr/lib/x86_64-linux-gnu; do
        [ -n "$found" ] || [ ! -e "$place/$1" ] || found=$place/$1
    done
    [ -n "$found" ] || die "error: library $1 is neither in the toolstack nor in the build root"
    strip --strip-unneeded -o "$lib/$1" "$(readlink -f "$found")"
    install_libraries "$lib/$1"
}

install_libraries() {
    for needed in $(objdump -p "$1" | sed -n 's/^ *NEEDED *//p'); do
        install_library "$needed"
    done
}

# The compiler's own lists of what it read (".NAME.d", relative to the folder that the list is in), links resolved.
list_sources() {
    find "$tree/tools" -name '.*.d' | while read -r list; do
        sed 's/^[^:]*://; s/\\$//' "$list" | tr ' ' '\n' | grep -F xen | sed "s|^[^/]|${list%/*}/&|"
    done | sort -u | xargs -r realpath -q -e | sed -n "s|^$(readlink -f "$tree")/\(xen/\)|\1|p" | sort -u >"$dest/sources"
}

script=images/xen/toolstack.sh
# Read whole before it runs: nobody may change it under a build.
main() {
    case "${1:-}" in
    -h | --help) usage && exit ;;
    --left-out) echo "$left_out" | tr ' ' '\n' && exit ;;
    esac
    [ $# = 2 ] || { usage >&2 && exit 99; }
    tree=$1
    dest=$2
    . "$(dirname "$0")/common.sh"
    trap stop HUP INT TERM
    prepare_ccache
    pin_environment
    configure
    make_tools -C include all
    for folder in $(list_folders); do
        make_tools "subdir-install-$folder"
    done
    install_programs
    list_sources
}

main "$@"; exit
