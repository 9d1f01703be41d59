#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs shellcheck over all shell scripts, those without .sh included; skipped (77) where it is missing.
set -u
here=$(cd "$(dirname "$0")" && pwd) || exit 99
cd "$here/../.." || exit 99

command -v shellcheck >/dev/null || {
    echo "skipped: no shellcheck here (on Debian: apt-get install shellcheck)"
    exit 77
}
files=$(python3 "$here/house.py" --list sh) || exit 99
[ -n "$files" ] || { echo "no shell script found below $PWD: nothing was checked"; exit 99; }
# SC2016: text in single quotes is meant as it stands ($(SITE) for apt, ${Version} for dpkg).
echo "$files" | xargs -d '\n' shellcheck --external-sources --source-path=SCRIPTDIR --exclude=SC2016
