#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Exports a Xen source tree into a folder of its own, and builds the hypervisor there.
#
# Nothing of the host gets into the binary: dates, names and the place of the tree are pinned, so that the
# same tree, compiler and configuration come to the same bytes. So is what follows the version's second number
# (build.json tells the whole): a commit that changes a release's name and nothing else must not move the strings,
# and with them the code that points to them. Of the tree only what the hypervisor is made
# of is taken. EFI images are left out: the multiboot loader wants none, and they are linked three times.
set -eu

usage() {
    cat <<'TEXT'
usage: images/xen/build.sh export copy FOLDER TREE LOG       a source tree as it stands
       images/xen/build.sh export git FOLDER COMMIT TREE LOG what is committed; the work tree is not looked at
       images/xen/build.sh compile TREE DEST LOG FRAGMENT…   leaves xen, xen-syms and config in DEST
TEXT
}

die() {
    echo "images/xen/build.sh: $*"
    exit 1
}

parts='Config.mk config xen'

export_copy() {
    for part in $parts; do
        [ -e "$1/$part" ] || die "$1 is no Xen source tree: there is no $part in it"
    done
    mkdir -p "$2"
    # shellcheck disable=SC2086 # several names
    tar -C "$1" --exclude='*.o' --exclude='.*.cmd' --exclude='.git' -cf - $parts | tar -C "$2" -xf -
}

export_git() {
    mkdir -p "$3"
    # shellcheck disable=SC2086
    git -C "$1" archive --format=tar -o "$3.tar" "$2" -- $parts ||
        die "commit $2 of $1 is no Xen source tree"
    tar -C "$3" -xf "$3.tar"
    rm "$3.tar"
}

# A program of ours, before all others in PATH, of the lines that follow its name.
put_program() {
    file=$tree/bin/$1
    shift
    printf '%s\n' '#!/bin/sh' "$@" >"$file"
    chmod 755 "$file"
}

# One ccache for all trees, wherever they lie; its programs stand before the compilers in PATH. What compiles no file,
# as the many questions for what a compiler knows, is no business of ccache's.
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
    # Headers that scripts make name script and source. By their whole names they would differ between trees, and
    # ccache would look at all that includes them anew. There are some two hundred of these scripts, so that it counts
    # how Python starts: the system's own, not what a manager of versions puts before it, and without site packages.
    python=$(PATH=/usr/bin:/bin:$PATH && command -v python3)
    put_program python3 'for word; do shift' \
        "case \$word in '$tree'/*) word=\$(realpath --relative-to=. \"\$word\") ;; esac" \
        "set -- \"\$@\" \"\$word\"; done" "exec '$python' -E -s -S \"\$@\""
    export PATH="$tree/bin:$PATH"
}

# XEN_COMPILE_ARCH: only where it is the target's are all public headers compiled by themselves, twice, as a check.
# A session of its own, so that it can be ended whole; it ends with this shell as well. Where Linux schedules
# by sessions, a new one starts at the usual priority: who asked for a lower one is to get it.
run_make() {
    # shellcheck disable=SC2016 # for the shell within
    setsid setpriv --pdeathsig KILL \
        sh -c '{ nice >/proc/self/autogroup; } 2>/dev/null || true; exec make "$@"' make \
        -C "$tree/xen" XEN_TARGET_ARCH=x86_64 XEN_BUILD_EFI= XEN_BUILD_PE= XEN_EXTRAVERSION=-xenrig \
        XEN_COMPILE_ARCH=none \
        EXTRA_CFLAGS_XEN_CORE="$flags" "$@" &
    child=$!
    status=0
    wait "$child" || status=$?
    child=
    [ "$status" = 0 ] || die "make $* failed (exit code $status)"
}

# Releases before 4.17 are older than the compilers of today, which warn of more; their own -Werror would make
# that the end.
more_flags() {
    subversion=$(sed -n 's/^export XEN_SUBVERSION *= *//p' "$tree/xen/Makefile")
    [ "${subversion:-0}" -ge 17 ] ||
        echo '-Wno-error=address -Wno-error=array-bounds -Wno-error=maybe-uninitialized'
}

compile() {
    dest=$2
    shift 3
    flags="-falign-functions=64 -ffile-prefix-map=$tree=. $(more_flags)"
    mkdir -p "$tree/bin"
    prepare_ccache
    pin_environment
    # A tree that was built in before.
    [ ! -e "$tree/xen/.config" ] || run_make distclean
    run_make defconfig
    # The last word on a symbol counts.
    cat "$@" >>"$tree/xen/.config"
    run_make olddefconfig
    run_make -j"$(nproc)"
    mkdir -p "$dest"
    [ -r "$tree/xen/xen" ] || die "make left no file xen"
    cp "$tree/xen/xen" "$dest/xen"
    strip -g -o "$dest/xen-syms" "$tree/xen/xen-syms"
    cp "$tree/xen/.config" "$dest/config"
    chmod 644 "$dest/xen" "$dest/xen-syms" "$dest/config"
}

# shellcheck disable=SC2317 # a trap calls it
stop() {
    trap '' HUP INT TERM
    if [ -n "${child:-}" ]; then
        kill -s KILL -- "-$child" 2>/dev/null || true
        wait "$child" 2>/dev/null || true
    fi
    exit 130
}

# Read whole before it runs: nobody may change it under a build.
main() {
    trap stop HUP INT TERM
    case "${1:-} ${2:-} $#" in
    'export copy 5')
        exec >"$5" 2>&1
        export_copy "$3" "$4"
        ;;
    'export git 6')
        exec >"$6" 2>&1
        export_git "$3" "$4" "$5"
        ;;
    'compile '*)
        [ $# -ge 5 ] || { usage >&2 && exit 99; }
        exec >>"$4" 2>&1
        shift
        tree=$1
        compile "$@"
        ;;
    '-h '* | '--help '*) usage ;;
    *) usage >&2 && exit 99 ;;
    esac
}

main "$@"; exit
