# SPDX-License-Identifier: GPL-2.0-or-later
# The linter of the house style: one function a rule.
"""Usage: house.py [--root DIR]          check the tree; exit 0 clean, 1 findings, 2 nothing to check
          house.py [--root DIR] --list c|sh   print the files of that kind, for other checkers

A rule is a generator that takes a Source and gives (line, what, what to do). Each has fixtures of
its own, fixtures/NAME-bad.* and fixtures/NAME-good.*, and a line in selftest.py. Limits: see ccode.py for
what is understood of C; words and paths are looked for in text, comments included."""
import argparse
import os
import posixpath
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import ccode

MAX_FILE_LINES = 901
MAX_FUNCTION_LINES = 81
MAX_DEPTH = 4
TOP_LEVEL = {'rig', 'images', 'guests', 'tests', 'meson.build', 'meson_options.txt', 'README.md', 'LICENSE'}
# The sentence of the design. A stage includes itself and those before it; the commands come last.
STAGES = ['base', 'plan', 'build', 'boot', 'watch', 'judge', 'keep', 'tell', 'run', 'bisect', 'commands']
FIXTURES = 'tests/lint/fixtures/'
CAPTURED = ('tests/golden/', 'tests/replay/')  # what machines printed: not ours to word

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*[<"]([^>"]+)[>"]', re.M)
SPDX = 'SPDX-License-Identifier: GPL-2.0-or-later'
# A letter in brackets keeps this file from finding itself.
UNDONE = re.compile(r'\b(?:[T]ODO|[F]IXME|[X]XX|[H]ACK|(?i:[s]tub(?:s|bed)?|not [i]mplemented))\b')
MACHINE_PATH = re.compile(r'(?<![\w.})*?/-])/(?:(?:work|home)\b(?![\w-])|root/[\w.])')
MIRROR = re.compile(
    r'\b(?:deb|ftp|security|snapshot|archive|httpredir|mirrors?)\.[\w.-]*'
    r'(?:debian|ubuntu|kernel)\.(?:org|com|net)\b'
    r'|https?://(?![\w.-]*\b(?:example|invalid|test)\b)[^/\s"\']+/(?:debian|ubuntu)[\w-]*(?=[/\s"\']|$)')
FREE = re.compile(r'\b(\w+_free)\s*\(\s*(?!void\b|gpointer\b)(\w+)\s*\*\s*\w*\s*\)\s*;')
GLIB = re.compile(r'(?:glib|gio|gobject|gmodule|json-glib|libvirt[\w-]*)(?:[./-]|$)')


class Source(NamedTuple):
    path: str  # relative to the root, with slashes
    text: str
    tree: frozenset  # all paths checked with it

    @property
    def lines(self):
        return self.text.splitlines()

    @property
    def kind(self):
        name = posixpath.basename(self.path)
        if self.path.endswith(('.c', '.h', '.S', '.lds')):
            return 'c'
        if name in ('meson.build', 'meson_options.txt'):
            return 'meson'
        if self.path.endswith('.py') or re.match(r'#!.*\bpython', self.text):
            return 'python'
        if self.path.endswith('.sh') or re.match(r'#!.*\b(ba|da)?sh\b', self.text):
            return 'sh'
        return 'text'

    @property
    def is_c(self):
        return self.path.endswith(('.c', '.h'))

    @property
    def captured(self):
        return self.path.startswith(CAPTURED)


def rule_title(src):
    """SPDX line, then a one-line title, at the top (below #! where there is one)."""
    if src.kind == 'text':
        return
    mark, end = ('/* ', ' */') if src.kind == 'c' else ('# ', '')
    at = 1 if src.text.startswith('#!') else 0
    first, second = (src.lines + ['', '', ''])[at:at + 2]
    if first != mark + SPDX + end:
        yield at + 1, 'no licence line', f'let this line be "{mark}{SPDX}{end}"'
    elif not (second.startswith(mark) and re.search(r'\w', second)):
        yield at + 2, 'no title', f'say on this line in one sentence what the file is: "{mark}…{end}"'


def rule_file_length(src):
    if src.kind != 'text' and len(src.lines) >= MAX_FILE_LINES:
        yield (MAX_FILE_LINES, f'the file has {len(src.lines)} lines, {MAX_FILE_LINES - 1} are allowed',
               'one room, one purpose: move a part into a sibling file')


def c_functions(src):
    try:
        return ccode.functions(src.text) if src.is_c else []
    except ccode.Unbalanced:
        return []  # rule_braces tells


def rule_braces(src):
    try:
        if src.is_c:
            ccode.functions(src.text)
    except ccode.Unbalanced as problem:
        line, what = problem.args
        yield line, what, 'let each branch of an #if hold whole blocks, or functions cannot be measured'


def rule_function_length(src):
    for function in c_functions(src):
        lines = function.last - function.first + 1
        if lines >= MAX_FUNCTION_LINES:
            yield (function.first,
                   f'{function.name}() has {lines} lines, {MAX_FUNCTION_LINES - 1} are allowed',
                   'give a step of it a name and a function of its own')


def rule_nesting(src):
    for function in c_functions(src):
        if function.depth >= MAX_DEPTH:
            yield (function.deepest,
                   f'{function.name}() nests blocks {function.depth} deep, {MAX_DEPTH - 1} are allowed',
                   'return early, or move the inner block into a function')


def rule_goto(src):
    if src.is_c:
        code = ccode.without_comments(src.text)
        for match in re.finditer(r'\bgoto\b', code):
            yield (ccode.line_of(code, match.start()), 'goto',
                   'let g_autoptr and g_autofree clean up and return where it fails')


def rule_undone(src):
    if src.captured or src.path == 'LICENSE':
        return
    for number, line in enumerate(src.lines, 1):
        match = UNDONE.search(line)
        if match:
            yield (number, f'"{match.group()}": work left undone by its own words',
                   'do it, or leave it out and file an issue')


def rule_machine_path(src):
    for number, line in enumerate(src.lines, 1):
        match = MACHINE_PATH.search(line)
        if match:
            yield (number, f'"{match.group()}…" is a path of one machine',
                   'take it from the environment, an option or the source folder')


def rule_mirror(src):
    for number, line in enumerate(src.lines, 1):
        match = MIRROR.search(line)
        if match:
            yield (number, f'"{match.group()}" names a package mirror',
                   "take the mirror from the host's own apt configuration")


def stage_of(path):
    """Index in STAGES of a file below rig/; None outside; -1 for a folder that is no stage."""
    parts = path.split('/')
    if parts[0] != 'rig' or (len(parts) > 2 and parts[1] == 'plugin'):
        return None
    if len(parts) == 2:
        return STAGES.index('commands')
    return STAGES.index(parts[1]) if parts[1] in STAGES[:-1] else -1


def included_path(src, name):
    """Where in the tree an include leads; '' for a header of the system."""
    here = posixpath.normpath(posixpath.join(posixpath.dirname(src.path), name))
    for path in (here, 'rig/' + name, 'guests/' + name):
        if path in src.tree:
            return path
    folder = name.split('/')[0]
    return 'rig/' + name if '/' in name and folder in STAGES else ''


def rule_layers(src):
    if src.kind != 'c' or not src.path.startswith(('rig/', 'guests/')):
        return
    own = stage_of(src.path)
    if own == -1:
        yield 1, f'{posixpath.dirname(src.path)} is no known stage', 'name it in STAGES of tests/lint/house.py'
        return
    for match in INCLUDE.finditer(src.text):
        path = included_path(src, match.group(1))
        other = stage_of(path)
        if other is None or other < 0 or (own is not None and other <= own):
            continue
        layer = STAGES[own] if own is not None else posixpath.dirname(src.path)
        yield (ccode.line_of(src.text, match.start()),
               f'{layer} includes {path}, of the upper layer {STAGES[other]}',
               'move what is needed down, or hand it in as an argument')


def rule_guest_libraries(src):
    if src.kind != 'c' or not src.path.startswith('guests/'):
        return
    for match in INCLUDE.finditer(src.text):
        if GLIB.match(match.group(1)):
            yield (ccode.line_of(src.text, match.start()), f'guest code includes {match.group(1)}',
                   'guests are small and static: use libc, or share plain C through guests/common')


def rule_cleanup(src):
    """Each free function of a header is followed by its G_DEFINE_AUTOPTR_CLEANUP_FUNC."""
    if not (src.path.startswith('rig/') and src.path.endswith('.h')):
        return
    code = ccode.without_comments(src.text)
    for match in FREE.finditer(code):
        name, type_name = match.groups()
        wanted = f'G_DEFINE_AUTOPTR_CLEANUP_FUNC({type_name}, {name})'
        following = re.sub(r'\s+', ' ', code[match.end():match.end() + 200]).strip()
        if not following.startswith(wanted):
            yield (ccode.line_of(code, match.start()), f'{name}() without g_autoptr({type_name})',
                   f'let the next line be {wanted}')


def rule_top_level(src):
    first = src.path.split('/')[0]
    if first not in TOP_LEVEL and not first.startswith('.'):
        yield (1, f'"{first}" at the top level',
               'the six names of the design are all: move it into rig, images, guests or tests')


RULES = {name[len('rule_'):].replace('_', '-'): function
         for name, function in list(globals().items()) if name.startswith('rule_')}


def check(src):
    """(line, rule, message) of all that is wrong with one file, in order."""
    return sorted((line, name, f'{src.path}:{line}: {what} — {remedy}')
                  for name, rule in RULES.items() for line, what, remedy in rule(src))


def walk(root):
    """All files below root but dot folders and Meson's build folders: for a tree without git."""
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders
                            if (name == '.ci' or not name.startswith('.')) and name != '__pycache__'
                            and not (Path(folder) / name / 'meson-private').is_dir())
        yield from (os.path.relpath(os.path.join(folder, name), root) for name in files)


def paths(root):
    """Files of the tree: what git tracks or would track; else all there are."""
    listed = []
    if (root / '.git').exists():
        git = subprocess.run(['git', '-C', str(root), 'ls-files', '-z', '-c', '-o', '--exclude-standard'],
                             capture_output=True, text=True, check=False)
        listed = git.stdout.split('\0') if git.returncode == 0 else []
    found = {path for path in listed or walk(root) if path and (root / path).is_file()}
    return sorted(path for path in found if not path.startswith(FIXTURES))


def sources(root):
    names = paths(root)
    for path in names:
        try:
            yield Source(path, (root / path).read_text(encoding='utf-8'), frozenset(names))
        except UnicodeDecodeError:
            yield Source(path, '', frozenset(names))  # binary: only its name is checked


def main():
    parser = argparse.ArgumentParser(description='Checks the house style.')
    parser.add_argument('--root', type=Path, default=Path(__file__).resolve().parents[2])
    parser.add_argument('--list', choices=['c', 'sh'], help='print the files of that kind and stop')
    options = parser.parse_args()
    files = list(sources(options.root))
    if options.list:
        print('\n'.join(src.path for src in files
                        if (src.is_c if options.list == 'c' else src.kind == 'sh')))
        return 0
    if not any(src.is_c for src in files):
        print(f'{options.root}: no C file found — give the root of the source tree with --root')
        return 2
    messages = [message for src in files for _, _, message in check(src)]
    print('\n'.join(messages + [f'{len(files)} files, {len(messages)} findings']))
    return 1 if messages else 0


if __name__ == '__main__':
    sys.exit(main())
