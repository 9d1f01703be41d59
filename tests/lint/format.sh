#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Checks that all C files are as clang-format with the root's .clang-format would write them.
#
# Usage: format.sh [--fix]
# Versions of clang-format disagree on the same settings, so only version 14, Debian 12's, is asked;
# where it is missing the check is skipped (exit code 77) and says so.
set -u
here=$(cd "$(dirname "$0")" && pwd) || exit 99
cd "$here/../.." || exit 99

formatter=
for name in clang-format-14 clang-format; do
    case $("$name" --version 2>/dev/null) in
        *'clang-format version 14.'*)
            formatter=$name
            break
            ;;
    esac
done
if [ -z "$formatter" ]; then
    echo "skipped: no clang-format 14 here (on Debian 12: apt-get install clang-format)"
    exit 77
fi

files=$(python3 "$here/house.py" --list c) || exit 99
[ -n "$files" ] || { echo "no C file found below $PWD: nothing was checked"; exit 99; }
case ${1-} in
    --fix) echo "$files" | xargs -d '\n' "$formatter" -i ;;
    '') echo "$files" | xargs -d '\n' "$formatter" --dry-run -Werror || {
        echo "run tests/lint/format.sh --fix"
        exit 1
    } ;;
    *) echo "$1: unknown option; only --fix is known"; exit 2 ;;
esac
