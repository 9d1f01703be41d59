# SPDX-License-Identifier: GPL-2.0-or-later
# Tests of the linter: each rule fires on its bad fixture, on the right line, and is silent on the good one.
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import ccode
import house

HERE = Path(__file__).resolve().parent
TREE = frozenset({'rig/plan/plan.h', 'rig/judge/judge.h', 'rig/base/error.h', 'rig/cmd.h', 'guests/wire.h'})
C_FILE = 'rig/watch/fixture.c'
# Fixture (-bad and -good), the path it is checked as, the line to be blamed, a part of the message.
FIXTURES = [
    ('title{}.c', C_FILE, 2, 'no title'),
    ('title{}.sh', 'images/fixture.sh', 2, 'no licence line'),
    ('file-length{}.c', C_FILE, 901, '900 are allowed'),
    ('braces{}.c', C_FILE, 5, 'brace that is never closed'),
    ('function-length{}.c', C_FILE, 5, 'sum() has 81 lines'),
    ('nesting{}.c', C_FILE, 11, 'count() nests blocks 4 deep'),
    ('goto{}.c', C_FILE, 7, 'goto'),
    ('undone{}.c', C_FILE, 4, 'work left undone'),
    ('machine-path{}.sh', 'images/fixture.sh', 4, 'is a path of one machine'),
    ('mirror{}.sh', 'images/fixture.sh', 4, 'names a package mirror'),
    ('guest-libraries{}.c', 'guests/linux/fixture.c', 5, 'guest code includes glib.h'),
    ('cleanup{}.h', 'rig/watch/fixture.h', 7, 'xr_second_free() without g_autoptr(XrSecond)'),
]
# The same where the good fixture is checked as another file than the bad one.
ELSEWHERE = [
    ('layers{}.c', 'rig/plan/fixture.c', 'rig/tell/fixture.c', 4,
     'plan includes rig/judge/judge.h, of the upper layer judge'),
    ('top-level{}.txt', 'notes/fixture.txt', 'images/fixture.txt', 1, '"notes" at the top level'),
]
CASES = [(name, path, path, line, part) for name, path, line, part in FIXTURES] + ELSEWHERE


def fixture(name, path):
    text = (HERE / 'fixtures' / name).read_text(encoding='utf-8')
    wanted = {'file-length-bad.c': 901, 'file-length-good.c': 900}.get(name, 0)
    return house.Source(path, text + '\n' * (wanted - text.count('\n')), TREE)


def lines(path, text):
    """(line, rule) of each finding in a text that has its title."""
    mark = '/* {} */\n' if path.endswith(('.c', '.h')) else '# {}\n'
    head = mark.format(house.SPDX) + mark.format('xenrig: a case.')
    return [(line - 2, rule) for line, rule, _ in house.check(house.Source(path, head + text, TREE))]


class Fixtures(unittest.TestCase):
    def test_bad(self):
        for name, path, _, line, part in CASES:
            with self.subTest(name):
                found = house.check(fixture(name.format('-bad'), path))
                self.assertEqual([(line, name.split('{')[0])], [finding[:2] for finding in found])
                message = found[0][2]
                self.assertTrue(message.startswith(f'{path}:{line}: '), message)
                self.assertIn(part, message)
                self.assertRegex(message, r': \S.* — \S.*\w')

    def test_good(self):
        for name, _, path, _, _ in CASES:
            with self.subTest(name):
                self.assertEqual([], house.check(fixture(name.format('-good'), path)))

    def test_complete(self):
        """No rule without fixtures, no fixture without a test."""
        self.assertEqual(set(house.RULES), {name.split('{')[0] for name, *_ in CASES})
        self.assertEqual({path.name for path in (HERE / 'fixtures').iterdir()},
                         {name.format(end) for name, *_ in CASES for end in ('-bad', '-good')})


class Rules(unittest.TestCase):
    def test_undone_words(self):
        for word in ('TO' 'DO', 'FIX' 'ME', 'XX' 'X', 'HA' 'CK', 'stu' 'bbed', 'not ' 'implemented'):
            self.assertEqual([(1, 'undone')], lines('images/x.sh', f'# {word}: later\n'), word)
        self.assertEqual([], lines('tests/replay/dom0.log', 'TO' 'DO of the kernel\n'))

    def test_machine_paths(self):
        for path in ('/wo' 'rk/main', '/ro' 'ot/.cache', '/ho' 'me'):
            self.assertEqual([(1, 'machine-path')], lines('tests/plans/x.plan', f'dir={path}\n'), path)
            self.assertEqual([(1, 'machine-path')], lines('rig/plan/x.c', f'char *p = "{path}";\n'), path)

    def test_mirrors(self):
        for host in ('deb.' 'debian.org', 'ftp.de.' 'debian.org', 'security.' 'debian.org',
                     'archive.' 'ubuntu.com', 'mirrors.' 'kernel.org'):
            self.assertEqual([(1, 'mirror')], lines('images/x.sh', f'm={host}\n'), host)
        self.assertEqual([], lines('rig/build/x.c', '#include <archive.h>\n/* qemu.org, xenproject.org */\n'))

    def test_layers(self):
        for path, include, wanted in (
                ('rig/base/x.c', 'cmd.h', [(1, 'layers')]),
                ('rig/base/x.c', '../plan/plan.h', [(1, 'layers')]),
                ('rig/cmd-run.c', 'judge/judge.h', []),
                ('rig/plan/x.c', 'tell/not-there-yet.h', [(1, 'layers')]),
                ('rig/plugin/x.c', 'plan/plan.h', [(1, 'layers')]),
                ('guests/dom0/x.c', '../../rig/base/error.h', [(1, 'layers')]),
                ('rig/run/x.c', 'wire.h', []),
                ('rig/sundry/x.c', 'base/error.h', [(-1, 'layers')]),
                ('tests/unit/test-x.c', 'tell/tell.h', [])):
            self.assertEqual(wanted, lines(path, f'#include "{include}"\n'), f'{path}: {include}')

    def test_functions(self):
        text = ('struct __attribute__((packed)) row {\n    int x;\n};\n'
                'static void G_GNUC_PRINTF(1, 2) say(const char *format,\n                int n)\n{\n'
                '    each (n) {\n        switch (n) {\n        case 1: {\n            n = (row){n};\n'
                '        }\n        }\n    }\n}\nint last(void) __attribute__((cold));\n'
                'int last(void) __attribute__((noreturn))\n{\n}\n')
        self.assertEqual([('say', 4, 14, 3, 9), ('last', 16, 18, 0, 17)],
                         [tuple(function) for function in ccode.functions(text)])


class Tree(unittest.TestCase):
    """The program itself, on a tree without git."""

    def run_on(self, files, *arguments):
        with tempfile.TemporaryDirectory() as root:
            for path, text in files.items():
                (Path(root) / path).parent.mkdir(parents=True, exist_ok=True)
                (Path(root) / path).write_text(text, encoding='utf-8')
            done = subprocess.run([sys.executable, str(HERE / 'house.py'), '--root', root, *arguments],
                                  capture_output=True, text=True, check=False)
            return done.returncode, done.stdout

    def test_findings(self):
        bad = (HERE / 'fixtures/goto-bad.c').read_text(encoding='utf-8')
        code, out = self.run_on({'rig/base/x.c': bad, 'build/meson-private/y.c': bad,
                                 'tests/lint/fixtures/z.c': bad})
        self.assertEqual(1, code)
        self.assertEqual(['rig/base/x.c:7: goto — let g_autoptr and g_autofree clean up and return where it fails',
                          '1 files, 1 findings'], out.splitlines())

    def test_nothing_to_check(self):
        code, out = self.run_on({'README.md': 'x\n'})
        self.assertEqual((2, True), (code, 'no C file found' in out))

    def test_list(self):
        files = {'.ci/run': '#!/bin/sh\n', 'a.sh': '', 'b.c': '', 'c.h': '', 'd.S': '', 'e': '#!/usr/bin/awk\n'}
        self.assertEqual((0, '.ci/run\na.sh\n'), self.run_on(files, '--list', 'sh'))
        self.assertEqual((0, 'b.c\nc.h\n'), self.run_on(files, '--list', 'c'))


if __name__ == '__main__':
    unittest.main()
