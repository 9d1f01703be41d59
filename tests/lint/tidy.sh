#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs clang-tidy with the root's .clang-tidy over all C that a build folder compiles.
#
# Usage: tidy.sh BUILD
# Each version brings checks of its own, so only version 14, Debian 12's, is asked; else skipped (77).
set -u
cd "${1:?the build folder}" || exit 99

tidy=
for name in clang-tidy-14 clang-tidy; do
    case $("$name" --version 2>/dev/null) in
        *'LLVM version 14.'*)
            tidy=$name
            break
            ;;
    esac
done
if [ -z "$tidy" ]; then
    echo "skipped: no clang-tidy 14 here (on Debian 12: apt-get install clang-tidy)"
    exit 77
fi

files=$(sed -n 's/^ *"file": "\(.*\.c\)",*$/\1/p' compile_commands.json | sort -u)
[ -n "$files" ] || { echo "no C file in $PWD/compile_commands.json: nothing was checked"; exit 99; }
# Its count of warnings in system headers is left out.
echo "$files" | xargs -d '\n' -P "$(nproc)" -n 4 "$tidy" -p . --quiet 2>/dev/null
