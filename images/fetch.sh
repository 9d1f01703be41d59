#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Fetches a set of Debian packages into a folder, signatures checked, nothing installed.
#
# Mirror, keyring and proxy are those of this host's own apt configuration, which is not changed. Works
# as root and as any user: packages are unpacked, none of their scripts is run. DEST appears by a rename
# when all is there, and holds manifest.json: name, version, architecture and SHA-256 of each package.
set -eu

usage() {
    cat <<'TEXT'
usage: images/fetch.sh SET DEST [LOG]
       images/fetch.sh --sources SET
       images/fetch.sh --key SET
SET is a file of images/packages, or the path of one. What apt says goes to LOG (default: stderr).
--sources only prints the apt sources that would be used; --key the 16 hex digits by which caches tell
one version of the set from another.
TEXT
}

die() {
    echo "images/fetch.sh: $*" >&2
    exit 1
}

# Values of one word of the set file, one a line.
values() {
    sed -n "s/^$1[[:space:]][[:space:]]*//p" "$set_file" | sed 's/[[:space:]]*$//'
}

# "URI release sourcesentry" of each index that apt knows to be Debian's.
debian_indexes() {
    # shellcheck disable=SC2016 # apt's own words, not the shell's
    apt-get indextargets "$@" --format \
        '$(ORIGIN)|$(CODENAME)|$(COMPONENT)|$(REPO_URI)|$(SOURCESENTRY)' 'Created-By: Packages' |
        awk -F'|' '$1 == "Debian" && $3 == "main" { print $4, $2, $5 }' | sort -u
}

# A host whose lists were never updated knows no origins: fetch the signed release files, and only
# those, into a folder of our own. Failures of other repositories do not matter here.
indexes() {
    found=$(debian_indexes)
    if [ -z "$found" ]; then
        mkdir -p "$work/lists/partial" "$work/cache/archives/partial"
        own="-o Dir::State::lists=$work/lists -o Dir::Cache=$work/cache -o APT::Sandbox::User=root"
        # shellcheck disable=SC2086 # several words on purpose
        apt-get update -q $own >&2 || true
        # shellcheck disable=SC2086
        found=$(debian_indexes $own)
    fi
    [ -n "$found" ] || die "no Debian mirror in this host's apt configuration that apt-get update" \
        "can reach: see /etc/apt/sources.list.d and run apt-get update"
    echo "$found"
}

# The Signed-By field of entry FILE:N, as deb822 text; nothing where apt's trusted keys are meant. One
# release's own key file would not do for another release: Debian's whole keyring takes its place.
signed_by() {
    file=${1%:*}
    number=${1##*:}
    case $file in
    *.sources)
        grep -v '^#' "$file" | awk -v n="$number" 'BEGIN { RS = "" } NR == n' |
            awk 'tolower($0) ~ /^signed-by:/ { on = 1; print; next } /^[^ \t]/ { on = 0 } on'
        ;;
    *)
        sed -n "${number}s/.*\[\([^]]*\)\].*/\1/p" "$file" | tr ' ' '\n' |
            sed -n 's/^signed-by=/Signed-By: /p'
        ;;
    esac | sed "s#/usr/share/keyrings/debian-archive-[a-z-]*\.\(gpg\|pgp\)#$whole_keyring#g"
}

# Follows from what is asked for, not from the state of the mirror: a warm cache needs no network.
key() {
    cat "$set_file" "$self" | sha256sum | cut -c 1-16
}

# The host's Debian entries for the set's release, if there are any: the way to say where a release is
# that mirrors have dropped. Else those for the host's own, with the set's release in its place.
sources() {
    # shellcheck disable=SC1091
    host_release=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
    release=$(values release)
    whole_keyring=/usr/share/keyrings/debian-archive-keyring.gpg
    known=$(indexes) || exit 1
    listed=$host_release
    ! echo "$known" | cut -d ' ' -f 2 | grep -qxF "$release" || listed=$release
    echo "$known" | while read -r uri suite entry; do
        case $suite in
        "$listed" | "$listed"-updates | "$listed"-security) ;;
        *) continue ;;
        esac
        suites=$release${suite#"$listed"}
        if [ "$suite" = "$listed" ]; then
            suites=$suites$(values suite | sed 's/^/ /' | tr -d '\n')
        fi
        printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: main\n' "$uri" "$suites"
        signed_by "$entry"
        echo
    done
}

# Run by mmdebstrap inside the new tree's folder, while the packages are still there.
manifest() {
    separator='['
    for deb in "$1"/var/cache/apt/archives/*.deb; do
        sum=$(sha256sum "$deb")
        printf '%s\n' "$separator"
        # shellcheck disable=SC2016 # dpkg's own words
        dpkg-deb --show --showformat \
            '{"package":"${Package}","version":"${Version}","arch":"${Architecture}",' "$deb"
        printf '"sha256":"%s"}' "${sum%% *}"
        separator=','
    done >"$1/manifest.json"
    printf '\n]\n' >>"$1/manifest.json"
}

# A script that runs a program with the tree's own loader and libraries, wherever the tree is. The
# loader's copy takes the program's place, so that ps shows the program's name. QEMU looks beside
# /proc/self/exe for "qemu-bundle" and then seeks modules and firmware below it; otherwise it would come
# to those of the host's QEMU and abort: "Only modules from the same build can be loaded".
wrapper() {
    name=${2##*/}
    mkdir -p "$1/wrapped/bin"
    mv "$1/$2" "$1/$2.program"
    cp -L "$1/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2" "$1/$2"
    ln -s ../.. "$1/${2%/*}/qemu-bundle"
    cat >"$1/wrapped/bin/$name" <<TEXT
#!/bin/sh
tree=\$(readlink -f "\$0")
tree=\${tree%/wrapped/bin/*}
lib=x86_64-linux-gnu
exec "\$tree/$2" --argv0 "\$0" --library-path "\$tree/lib/\$lib:\$tree/usr/lib/\$lib" \\
    "\$tree/$2.program" "\$@"
TEXT
    chmod 755 "$1/wrapped/bin/$name"
}

finish_tree() {
    values prune | while read -r pattern; do
        # shellcheck disable=SC2086 # the pattern is to be expanded
        (cd "$1" && rm -rf -- $pattern)
    done
    for modules in "$1"/lib/modules/*; do
        [ ! -d "$modules" ] || PATH=$PATH:/usr/sbin:/sbin depmod -b "$1" "${modules##*/}"
    done
    values wrapper | while read -r program; do
        wrapper "$1" "$program"
    done
    values link | while read -r path target; do
        ln -sf "$target" "$1/$path"
    done
}

stop() {
    trap '' HUP INT TERM
    if [ -n "${fetcher:-}" ]; then
        # mmdebstrap alone would first finish what it is at.
        kill -s KILL -- "-$fetcher" 2>/dev/null || true
        wait "$fetcher" 2>/dev/null || true
    fi
    exit 130
}

fetch() {
    sources >"$work/host.sources"
    grep -q '^URIs' "$work/host.sources" || die "apt knows Debian mirrors, but none for this host's" \
        "release ${host_release:-(none in /etc/os-release)}"
    apt-config dump | grep -E '^Acquire::(https?|Check-Date|Check-Valid-Until|Retries)\b' \
        >"$work/apt.conf" || true
    values suite | sed 's/.*/APT::Default-Release "&";/' >>"$work/apt.conf"
    # chrootless: the only mode that needs neither root, nor mount, nor user namespaces. Its danger,
    # package scripts that run on the host, is none here: variant extract runs no scripts.
    mkdir "$work/tmp"
    TMPDIR=$work/tmp setsid mmdebstrap --mode=chrootless --skip=check/chrootless --variant=extract \
        --aptopt="$work/apt.conf" --include="$(values package | tr '\n' ',')" \
        --extract-hook="'$self' --manifest \"\$1\"" \
        "$(values release)" "$work/tree" "$work/host.sources" &
    fetcher=$!
    status=0
    wait "$fetcher" || status=$?
    fetcher=
    [ "$status" = 0 ] || die "mmdebstrap failed on set $set_name (exit code $status); if its mirrors" \
        "no longer have $release, add an apt source for $release that does, then apt-get update"
    finish_tree "$work/tree"
    chmod 755 "$work/tree"
    mv -T "$work/tree" "$dest"
}

self=$(readlink -f "$0")
case ${1:-} in
--manifest)
    manifest "$2"
    exit
    ;;
--sources | --key)
    mode=${1#--}
    shift
    [ $# = 1 ] || { usage >&2 && exit 99; }
    ;;
-h | --help)
    usage
    exit
    ;;
*)
    mode=fetch
    [ $# = 2 ] || [ $# = 3 ] || { usage >&2 && exit 99; }
    ;;
esac

set_name=$1
set_file=$1
[ "${set_name#*/}" != "$set_name" ] || set_file=${self%/*}/packages/$set_name
[ -r "$set_file" ] || die "no package set \"$set_name\": $set_file cannot be read"
if [ "$mode" != fetch ]; then
    work=$(mktemp -d)
else
    dest=$2
    [ $# = 2 ] || exec >"$3" 2>&1
    [ ! -e "$dest" ] || die "$dest is there already"
    work=$dest.tmp.$$
    rm -rf "$work"
    mkdir -p "$work"
fi
trap 'rm -rf "$work"' EXIT
trap stop HUP INT TERM
"$mode"
