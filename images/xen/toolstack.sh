#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Builds the toolstack of a Xen source tree: what dom0 here runs, and nothing else.
#
# The tree's configure is not run: what it would find out is known, for all that the programs are compiled
# against is one package set (SYSROOT: images/packages/toolstack-bookworm), not the host. What a release does not
# know of is passed over; at the end each program must be there. DEST is laid out as the package sets of
# Debian's toolstacks are, with all libraries that the programs need.
set -eu

usage() {
    cat <<'TEXT'
usage: images/xen/toolstack.sh TREE SYSROOT DEST LOG
TREE is written to: an exported one (images/xen/build.sh export, with the parts tools, version.sh and scripts).
TEXT
}

programs='xl xenstored xenconsoled xen-init-dom0 xenstore xenlockprof xenperf xencov xentrace'

# Answers to configure's questions, as NAME=VALUE; what is not here is none or no.
answers() {
    cat <<TEXT
PYTHON=python3
PERL=perl
BASH=bash
AWK=awk
BISON=bison
FLEX=flex
IASL=iasl
PTHREAD_CFLAGS=-pthread
PTHREAD_LDFLAGS=-pthread
PTHREAD_LIBS=
PTYFUNCS_LIBS=-lutil
YAJL_LIBS=-lyajl
prefix=/usr
bindir=/usr/bin
sbindir=/usr/sbin
libdir=/usr/lib
libexecdir=/usr/lib
includedir=/usr/include
localstatedir=/var
sysconfdir=/etc
LIBEXEC=/usr/lib/xen
LIBEXEC_BIN=/usr/lib/xen/bin
LIBEXEC_LIB=/usr/lib/xen/lib
XEN_RUN_DIR=/var/run/xen
XEN_LOG_DIR=/var/log/xen
XEN_LIB_DIR=/var/lib/xen
XEN_RUN_STORED=/var/run/xenstored
XEN_LIB_STORED=/var/lib/xenstored
XEN_LOCK_DIR=/var/lock
XEN_PAGING_DIR=/var/lib/xen/xenpaging
XEN_DUMP_DIR=/var/lib/xen/dump
XENFIRMWAREDIR=/usr/lib/xen/boot
XEN_CONFIG_DIR=/etc/xen
XEN_SCRIPT_DIR=/etc/xen/scripts
CONFIG_DIR=/etc
TEXT
}

# Macros of tools/config.h, as NAME=VALUE.
macros() {
    for header in INTTYPES MEMORY STDINT STDLIB STRING STRINGS SYS_EVENTFD SYS_STAT SYS_TYPES UNISTD UTMP YAJL_YAJL_VERSION; do
        echo "HAVE_${header}_H=1"
    done
    for name in HAVE_PIPE2 HAVE_LIBYAJL HAVE_LIBZ STDC_HEADERS; do
        echo "$name=1"
    done
    echo 'INCLUDE_ENDIAN_H=<endian.h>'
    echo 'QEMU_XEN_PATH="/usr/lib/xen/bin/qemu-system-i386"'
    echo 'STUBDOM_QMP_PROXY_PATH="/usr/lib/xen/bin/vchan-qmp-proxy"'
    answers | grep -E '^(LIBEXEC_BIN|XENFIRMWAREDIR|XEN_.*_DIR)=' | sed 's/=\(.*\)/="\1"/'
}

configure() {
    answers | sed 's/^\([A-Za-z_]*\)=\(.*\)/s|@\1@|\2|g/' >"$tree/answers.sed"
    echo 's|@[A-Za-z0-9_]*@||g' >>"$tree/answers.sed"
    for name in Tools Paths; do
        sed -f "$tree/answers.sed" "$tree/config/$name.mk.in" >"$tree/config/$name.mk"
    done
    macros | sed 's|^\([A-Z0-9_]*\)=\(.*\)|s\|^#undef \1$\|#define \1 \2\||' >"$tree/macros.sed"
    sed -f "$tree/macros.sed" "$tree/tools/config.h.in" >"$tree/tools/config.h"
}

# make_in FOLDER TARGET…: nothing where this release has no such folder.
make_in() {
    [ -e "$tree/tools/$1/Makefile" ] || return 0
    folder=$1
    shift
    run_make -C "$tree/tools/$folder" -j"$(nproc)" XEN_TARGET_ARCH=x86_64 debug=n NO_HEADERS_CHK=y \
        CC="gcc --sysroot=$sysroot" APPEND_CFLAGS="-Wno-error -ffile-prefix-map=$tree=." "$@"
}

# The libraries below tools/libs, in the order of their dependencies; the large ones as shared ones only.
make_libraries() {
    libraries='toolcore toollog evtchn gnttab call foreignmemory devicemodel hypfs'
    list=$tree/tools/libs/uselibs.mk
    [ ! -e "$list" ] || libraries=$(sed -n 's/^LIBS_LIBS *+= *//p' "$list")
    for library in $libraries; do
        case $library in
        stat | vchan) ;;
        ctrl | guest) make_in "libs/$library" "libxen$library.so" ;;
        light) make_in libs/light libxenlight.so ;;
        util) make_in libs/util libxlutil.so ;;
        *) make_in "libs/$library" all ;;
        esac
    done
}

make_programs() {
    make_in xenstore xenstored xenstore
    make_in xenstored xenstored
    make_in xs-clients xenstore
    if [ -e "$tree/tools/console/daemon/Makefile" ]; then
        make_in console/daemon xenconsoled
    else
        make_in console xenconsoled
    fi
    make_in misc xenlockprof xenperf xencov
    make_in xentrace xentrace
    # Up to 4.14 these had folders of their own.
    make_in libxl libxenlight.so libxlutil.so
    make_in helpers xen-init-dom0
    make_in xl xl
}

install_programs() {
    bin=$dest/usr/lib/xen-source/bin
    lib=$dest/usr/lib/x86_64-linux-gnu
    mkdir -p "$bin" "$lib" "$dest/lib64"
    for program in $programs; do
        found=$(find "$tree/tools" -type f -name "$program" -perm -u+x | head -n 1)
        [ -n "$found" ] || die "make left no program $program"
        strip -o "$bin/$program" "$found"
    done
    for program in "$bin"/* "$sysroot/lib/x86_64-linux-gnu/libgcc_s.so.1"; do
        install_libraries "$program"
    done
    # pthread_cancel opens it by this name.
    install_library libgcc_s.so.1
    ln -s /usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2 "$dest/lib64/ld-linux-x86-64.so.2"
}

# The library of that name, from the build or from SYSROOT, and those it needs.
install_library() {
    [ ! -e "$lib/$1" ] || return 0
    found=$(find "$tree/tools" -name "$1" | head -n 1)
    for place in "$sysroot/lib/x86_64-linux-gnu" "$sysroot/usr/lib/x86_64-linux-gnu"; do
        [ -n "$found" ] || [ ! -e "$place/$1" ] || found=$place/$1
    done
    [ -n "$found" ] || die "library $1 is neither in the tree nor in the package set"
    strip --strip-unneeded -o "$lib/$1" "$(readlink -f "$found")"
    install_libraries "$lib/$1"
}

install_libraries() {
    for needed in $(objdump -p "$1" | sed -n 's/^ *NEEDED *//p'); do
        install_library "$needed"
    done
}

script=images/xen/toolstack.sh
case "${1:-}" in
-h | --help) usage && exit ;;
esac
[ $# = 4 ] || { usage >&2 && exit 99; }
# Read whole before it runs: nobody may change it under a build.
main() {
    tree=$1
    sysroot=$2
    dest=$3
    exec >>"$4" 2>&1
    . "$(dirname "$0")/common.sh"
    trap stop HUP INT TERM
    export PATH="$sysroot/wrapped/bin:$PATH"
    prepare_ccache
    pin_environment
    configure
    make_in include all
    make_libraries
    make_in libxc libxenctrl.so libxenguest.so
    make_programs
    install_programs
}

main "$@"; exit
