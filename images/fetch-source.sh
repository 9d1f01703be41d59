#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Fetches the source package of a Debian release and unpacks it, patches applied.
#
# Mirrors, keys and proxy are those of fetch.sh, with source indexes in the place of binary ones: apt checks
# the release's signature, and by it the hashes of all it fetches. No index, no package and no setting of the
# host's apt is touched. DEST appears by a rename when all is there and holds two things: the folder "source",
# and manifest.json with name, version and the SHA-256 of each file that came.
set -eu

usage() {
    cat <<'TEXT'
usage: images/fetch-source.sh RELEASE PACKAGE DEST [LOG]
       images/fetch-source.sh --key RELEASE PACKAGE
The newest version of PACKAGE in RELEASE, its updates and its security updates that the mirror has. What apt says goes to LOG
(default: stderr). --key prints the 16 hex digits by which caches tell one request from another.
TEXT
}

die() {
    echo "images/fetch-source.sh: $*" >&2
    exit 1
}

# A folder of its own for all that apt keeps; only the proxy and the like are the host's.
write_config() {
    mkdir -p "$work/lists/partial" "$work/cache/archives/partial"
    sed 's/^Types: deb$/Types: deb-src/' "$work/host.sources" >"$work/source.sources"
    apt-config dump | grep -E '^Acquire::(https?|Check-Date|Check-Valid-Until|Retries)\b' \
        >"$work/apt.conf" || true
    cat >>"$work/apt.conf" <<TEXT
Dir::Etc::SourceList "$work/source.sources";
Dir::Etc::SourceParts "/dev/null";
Dir::State::Lists "$work/lists";
Dir::Cache "$work/cache";
APT::Sandbox::User "root";
Acquire::Languages "none";
APT::Get::Only-Source "true";
APT::Get::Download-Only "true";
TEXT
}

# dpkg-source would check the maintainer's own signature, whose keys no host has; apt has checked the hashes
# against the release's.
unpack() {
    set -- "$work"/fetched/*.dsc
    [ $# = 1 ] || die "apt fetched no single .dsc file of $package"
    dpkg-source --no-check -x "$1" "$work/tree/source"
    separator='['
    for file in "$work"/fetched/*; do
        sum=$(sha256sum "$file")
        printf '%s\n{"package":"%s","version":"%s","arch":"source","file":"%s","sha256":"%s"}' \
            "$separator" "$package" "$version" "${file##*/}" "${sum%% *}"
        separator=','
    done >"$work/tree/manifest.json"
    printf '\n]\n' >>"$work/tree/manifest.json"
}

# Newest first. A mirror need not have the files of all that its indexes name: the next older version is as
# good a source, and the manifest tells which one it was.
download() {
    versions=$(apt-cache showsrc --only-source "$package" | sed -n 's/^Version: *//p' | sort -u -V -r)
    [ -n "$versions" ] || die "release $release has no source package \"$package\""
    for version in $versions; do
        rm -rf "$work/fetched"
        mkdir "$work/fetched"
        ! (cd "$work/fetched" && apt-get source -q "$package=$version") || return 0
        echo "version $version cannot be fetched whole"
    done
    die "the mirror lacks files of each version of $package in release $release: $(echo "$versions" | xargs)"
}

fetch() {
    printf 'release %s\n' "$release" >"$work/set"
    "$here/fetch.sh" --sources "$work/set" >"$work/host.sources"
    grep -q '^URIs' "$work/host.sources" || die "apt knows no Debian mirror for this host's own release"
    write_config
    export APT_CONFIG="$work/apt.conf"
    # A suite that is not there, such as the updates of an archived release, ends nothing by itself.
    apt-get update -q || echo "not all indexes came; going on with those that did"
    mkdir "$work/tree"
    download
    unpack
    mv -T "$work/tree" "$dest"
}

here=$(cd "$(dirname "$0")" && pwd)
case ${1:-} in
--key)
    [ $# = 3 ] || { usage >&2 && exit 99; }
    { echo "$2 $3" && cat "$0"; } | sha256sum | cut -c 1-16
    exit
    ;;
-h | --help)
    usage
    exit
    ;;
esac
[ $# = 3 ] || [ $# = 4 ] || { usage >&2 && exit 99; }
release=$1
package=$2
dest=$3
[ $# = 3 ] || exec >"$4" 2>&1
[ ! -e "$dest" ] || die "$dest is there already"
command -v dpkg-source >/dev/null || die "dpkg-source is missing: apt-get install dpkg-dev"
work=$dest.tmp.$$
rm -rf "$work"
mkdir -p "$work"
trap 'rm -rf "$work"' EXIT
trap 'exit 130' HUP INT TERM
fetch
