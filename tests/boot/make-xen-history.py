#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
# Makes a git repository of Xen with a history that has something to find in it.
"""Usage: make-xen-history.py DEST [--source FOLDER]

DEST becomes a repository: Xen as Debian 12 has it, then 64 commits that all touch the hypervisor. Most are
harmless: comments, code that is not used, messages at boot. Two in a row do not build, one changes a header that
toolstack and hypervisor share, and two are tagged as what is to be found:

  slow       a loop that does nothing in each map and unmap, for 10 % of what a pair costs (images/xen/slow.h)
  exclusive  map and unmap take the granting domain's table lock for writing where they took it for reading

The first commit is tagged good, the last bad; the one before slow is tagged fast, that before exclusive shared, so that
each can be looked for alone. Xen's text is only edited at places that are found by their text; one that is not there, or
there more than once, ends the program. FOLDER: a source tree of Xen; without it, the one that the rig's cache holds, or
Debian's source package is fetched."""
import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
PARTS = ['Config.mk', 'config', 'xen', 'tools', 'version.sh', 'scripts']
GRANTS = 'xen/common/grant_table.c'
COMMITS = 64
FIRST_DAY = 1000000000
TOOLSTACK, SLOW, BROKEN, EXCLUSIVE = 14, 22, 32, 45
# What harmless commits are made to, in turns.
FILES = ['xen/common/event_channel.c', 'xen/common/domain.c', GRANTS, 'xen/common/memory.c', 'xen/common/timer.c',
         'xen/arch/x86/mm.c', 'xen/common/kernel.c', 'xen/common/softirq.c']


class Missing(Exception):
    pass


def git(folder, *words, number=0):
    """One commit a day, always the same days: the same edits make the same ids."""
    date = f'@{FIRST_DAY + number * 86400} +0000'
    identity = ['-c', 'user.name=history', '-c', 'user.email=history@localhost', '-c', 'gc.auto=0']
    subprocess.run(['git', '-C', folder, *identity, *words], check=True, capture_output=True, text=True,
                   env={**os.environ, 'GIT_AUTHOR_DATE': date, 'GIT_COMMITTER_DATE': date})


def replace_once(text, old, new, where):
    if text.count(old) != 1:
        raise Missing(f'{where}: "{old}" stands there {text.count(old)} times, not once')
    return text.replace(old, new)


def in_function(text, name, change):
    """The text with change made to the body of one function, in the layout of Xen's coding style."""
    found = re.findall(rf'(?ms)^(?:[\w *]*\b)?{name}\(.*?^}}$', text)
    bodies = [body for body in found if '\n{\n' in body]
    if len(bodies) != 1:
        raise Missing(f'{GRANTS}: the function {name} is defined {len(bodies)} times, not once')
    return replace_once(text, bodies[0], change(bodies[0]), GRANTS)


def harmless(number):
    path = FILES[number % len(FILES)]
    kind = number // len(FILES) % 3

    def change(text):
        if kind == 0:
            return text + f'\n/* History: remark number {number}. */\n'
        if kind == 1:
            return text + f'\nstatic inline unsigned int rig_history_{number}(void)\n{{\n    return {number};\n}}\n'
        return text + (f'\nstatic int __init cf_check rig_history_{number}(void)\n{{\n'
                       f'    printk(XENLOG_INFO "History: message number {number}\\n");\n    return 0;\n}}\n'
                       f'__initcall(rig_history_{number});\n')
    return path, ['a remark', 'a function that is not used', 'a message at boot'][kind], change


def slow(text):
    header = (TOP / 'images/xen/slow.h').read_text()
    pair = re.search(r'#define RIG_PAIR_INSTRUCTIONS (\d+)', header)
    if not pair:
        raise Missing('images/xen/slow.h: says no RIG_PAIR_INSTRUCTIONS')
    # Of 10 %, a half in the map and a half in the unmap; a turn is two instructions.
    turns = int(pair.group(1)) // 10 // 2 // 2
    loop = ('static always_inline void rig_history_delay(void)\n{\n'
            f'    unsigned long turns = {turns};\n\n'
            '    asm volatile ( "1: dec %0; jnz 1b" : "+r" (turns) :: "cc" );\n}\n\n')
    mark = '#define GRANT_STATUS_PER_PAGE ('
    text = replace_once(text, mark, loop + mark, GRANTS)
    for name, place in (('map_grant_ref', 'mt = &maptrack_entry(lgt, handle);'),
                        ('unmap_common', 'map = &maptrack_entry(lgt, op->handle);')):
        text = in_function(text, name, lambda body, place=place: replace_once(
            body, place, place + '\n    rig_history_delay();', GRANTS))
    return text


def exclusive(text):
    def change(body):
        if 'grant_read_lock(rgt);' not in body or 'grant_read_unlock(rgt);' not in body:
            raise Missing(f'{GRANTS}: map or unmap do not take the lock of rgt for reading')
        for what in ('lock', 'unlock'):
            body = body.replace(f'grant_read_{what}(rgt);', f'grant_write_{what}(rgt);')
        return body
    return in_function(in_function(text, 'map_grant_ref', change), 'unmap_common', change)


def toolstack(text):
    last = text.rindex('#endif')
    return text[:last] + '#define XEN_DOMCTL_HISTORY 1\n\n' + text[last:]


UNKNOWN = '\nstatic inline int rig_history_open(void)\n{\n    return rig_history_unknown;\n}\n'


def commit_of(number):
    """(path, message, change) of a commit."""
    special = {
        TOOLSTACK: ('xen/include/public/domctl.h', 'a word more in a header that the toolstack shares', toolstack),
        SLOW: (GRANTS, 'maps and unmaps take longer', slow),
        BROKEN: ('xen/common/event_channel.c', 'the use of what is not there', lambda text: text + UNKNOWN),
        # Still does not build: the next one mends it.
        BROKEN + 2: ('xen/common/event_channel.c', 'no use of what is not there',
                     lambda text: replace_once(text, UNKNOWN, '', 'xen/common/event_channel.c')),
        EXCLUSIVE: (GRANTS, 'maps and unmaps exclude one another', exclusive),
    }
    return special.get(number) or harmless(number)


def find_source(work):
    script = TOP / 'images/fetch-source.sh'
    key = subprocess.run([script, '--key', 'bookworm', 'xen'], check=True, capture_output=True, text=True).stdout
    home = os.environ.get('XDG_CACHE_HOME') or Path.home() / '.cache'
    cache = Path(os.environ.get('XENRIG_CACHE') or Path(home) / 'xenrig')
    cached = cache / 'sources' / f'xen-bookworm-{key.strip()}' / 'source'
    if not cached.is_dir():
        subprocess.run([script, 'bookworm', 'xen', work / 'fetched', work / 'log'], check=True)
        cached = work / 'fetched' / 'source'
    return cached


def make(dest, source):
    dest.mkdir(parents=True)
    for part in PARTS:
        copy = shutil.copytree if (source / part).is_dir() else shutil.copy2
        kwargs = {'symlinks': True} if (source / part).is_dir() else {}
        copy(source / part, dest / part, **kwargs)
    git(dest, 'init', '-q', '-b', 'master')
    # What the tree's own lists of ignored files name belongs to it as well.
    git(dest, 'add', '-A', '-f')
    git(dest, 'commit', '-q', '-m', 'Xen as Debian has it')
    git(dest, 'tag', 'good')
    tags = {SLOW - 1: 'fast', SLOW: 'slow', EXCLUSIVE - 1: 'shared', EXCLUSIVE: 'exclusive', COMMITS: 'bad'}
    for number in range(1, COMMITS + 1):
        path, message, change = commit_of(number)
        file = dest / path
        file.write_text(change(file.read_text()))
        git(dest, 'commit', '-q', '-m', f'{path}: {message} ({number})', '--', path, number=number)
        if number in tags:
            git(dest, 'tag', tags[number])


def main():
    parser = argparse.ArgumentParser(description='Makes a git repository of Xen with something to find in it.')
    parser.add_argument('dest', type=Path, help='folder that is not there yet')
    parser.add_argument('--source', type=Path, help="a source tree of Xen (default: the cache's, or Debian's)")
    options = parser.parse_args()
    if options.dest.exists():
        print(f'{options.dest}: is there already', file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as work:
        try:
            make(options.dest, options.source or find_source(Path(work)))
        except (Missing, subprocess.CalledProcessError) as problem:
            print(f'make-xen-history.py: {problem} {getattr(problem, "stderr", None) or ""}', file=sys.stderr)
            return 1
    return 0


if __name__ == '__main__':
    sys.exit(main())
