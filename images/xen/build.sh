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
usage: images/xen/build.sh export copy FOLDER TREE [PART…]       a source tree as it stands
       images/xen/build.sh export git FOLDER COMMIT TREE [PART…] what is committed; the work tree is not looked at
       images/xen/build.sh compile TREE DEST FRAGMENT…           leaves xen, xen-syms and config in DEST
"export" is run on the host, "compile" in a build root, or on the host as well. PART: more of the tree than the hypervisor
needs, where it is there. With CONFIG_COVERAGE, compile leaves a folder "coverage" as well: the compiler's notes on the
lines of grant and event code, and these sources.
TEXT
}

parts='Config.mk config xen'

export_copy() {
    from=$1
    to=$2
    shift 2
    for part in $parts; do
        [ -e "$from/$part" ] || die "$from is no Xen source tree: there is no $part in it"
    done
    for part; do
        [ ! -e "$from/$part" ] || parts="$parts $part"
    done
    mkdir -p "$to"
    # shellcheck disable=SC2086 # several names
    tar -C "$from" --exclude='*.o' --exclude='*.opic' --exclude='*.a' --exclude='*.so' --exclude='*.so.*' \
        --exclude='.*.d' --exclude='.*.cmd' --exclude='.git' -cf - $parts | tar -C "$to" -xf -
}

export_git() {
    from=$1
    commit=$2
    to=$3
    shift 3
    for part; do
        ! git -C "$from" cat-file -e "$commit:$part" 2>/dev/null || parts="$parts $part"
    done
    mkdir -p "$to"
    # shellcheck disable=SC2086
    git -C "$from" archive --format=tar -o "$to.tar" "$commit" -- $parts ||
        die "commit $commit of $from is no Xen source tree"
    tar -C "$to" -xf "$to.tar"
    rm "$to.tar"
}

# Headers that scripts make name script and source. By their whole names they would differ between trees, and ccache
# would look at all that includes them anew. There are some two hundred of these scripts, so that it counts how
# Python starts: the system's own, not what a manager of versions puts before it, and without site packages.
prepare_python() {
    python=/usr/bin/python3
    [ -x "$python" ] || python=$(command -v python3)
    put_program python3 'for word; do shift' \
        "case \$word in '$tree'/*) word=\$(realpath --relative-to=. \"\$word\") ;; esac" \
        "set -- \"\$@\" \"\$word\"; done" "exec '$python' -E -s -S \"\$@\""
}

# XEN_COMPILE_ARCH: only where it is the target's are all public headers compiled by themselves, twice, as a check.
make_xen() {
    run_make -C "$tree/xen" XEN_TARGET_ARCH=x86_64 XEN_COMPILE_ARCH=none XEN_BUILD_EFI= XEN_BUILD_PE= \
        XEN_EXTRAVERSION=-xenrig EXTRA_CFLAGS_XEN_CORE="$flags" "$@"
}

# Releases before 4.17 are older than the compilers of newer hosts, which warn of more; their own -Werror would make
# that the end.
more_flags() {
    subversion=$(sed -n 's/^export XEN_SUBVERSION *= *//p' "$tree/xen/Makefile")
    [ "${subversion:-0}" -ge 17 ] ||
        echo '-Wno-error=address -Wno-error=array-bounds -Wno-error=maybe-uninitialized'
}

# Only what is looked at later counts its lines: all of Xen doing so would be slow, and what it counted large.
# Other folders have a grant_table.c, too.
cov_flags='$(if $(filter %/xen/common/,$(dir $(abspath $@))),$(if $(filter grant_table.o event_%.o,$(@F)),'\
'-fprofile-arcs -ftest-coverage))'

keep_coverage() {
    mkdir -p "$dest/coverage/xen/common"
    find "$tree/xen/common" -name '*.gcno' -exec cp {} "$dest/coverage" ';'
    cp "$tree"/xen/common/grant_table.c "$tree"/xen/common/event_*.c "$dest/coverage/xen/common"
    chmod -R u=rwX,go=rX "$dest/coverage"
    set -- "$dest"/coverage/*.gcno "$dest"/coverage/.*.gcno
    for note; do
        [ ! -e "$note" ] || return 0
    done
    die "the compiler left no notes on lines (*.gcno)"
}

# What a variant or an option switches on must be on: the configuration drops silently what a release has not, or
# what depends on something else.
check_config() {
    for fragment; do
        grep '=y$' "$fragment" | while read -r symbol; do
            grep -qx "$symbol" "$tree/xen/.config" || die "error: this release does not take $symbol" \
                "of ${fragment##*/}: it has no such symbol, or what the symbol depends on is off"
        done
    done
}

compile() {
    dest=$2
    shift 2
    flags="-falign-functions=64 -ffile-prefix-map=$tree=. $(more_flags)"
    mkdir -p "$tree/bin"
    prepare_ccache
    prepare_python
    pin_environment
    # A tree that was built in before.
    [ ! -e "$tree/xen/.config" ] || make_xen distclean
    make_xen defconfig
    # The last word on a symbol counts.
    cat "$@" >>"$tree/xen/.config"
    make_xen olddefconfig
    # The first is for all releases, whatever they have of it.
    shift
    check_config "$@"
    make_xen -j"$(nproc)" COV_FLAGS="$cov_flags"
    mkdir -p "$dest"
    [ -r "$tree/xen/xen" ] || die "make left no file xen"
    cp "$tree/xen/xen" "$dest/xen"
    strip -g -o "$dest/xen-syms" "$tree/xen/xen-syms"
    cp "$tree/xen/.config" "$dest/config"
    chmod 644 "$dest/xen" "$dest/xen-syms" "$dest/config"
    ! grep -q '^CONFIG_COVERAGE=y' "$dest/config" || keep_coverage
}

script=images/xen/build.sh
. "$(dirname "$0")/common.sh"

# Read whole before it runs: nobody may change it under a build.
main() {
    trap stop HUP INT TERM
    case "${1:-} ${2:-}" in
    'export copy')
        [ $# -ge 4 ] || { usage >&2 && exit 99; }
        from=$3
        tree=$4
        shift 4
        export_copy "$from" "$tree" "$@"
        ;;
    'export git')
        [ $# -ge 5 ] || { usage >&2 && exit 99; }
        from=$3
        commit=$4
        tree=$5
        shift 5
        export_git "$from" "$commit" "$tree" "$@"
        ;;
    'compile '*)
        [ $# -ge 4 ] || { usage >&2 && exit 99; }
        shift
        tree=$1
        compile "$@"
        ;;
    '-h '* | '--help '*) usage ;;
    *) usage >&2 && exit 99 ;;
    esac
}

main "$@"; exit
