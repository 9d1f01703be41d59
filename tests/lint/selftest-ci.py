# SPDX-License-Identifier: GPL-2.0-or-later
# Tests of .ci/run and of its sum, on a tree of the test's own with a fake Meson.
import json
import os
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

CI = Path(__file__).resolve().parents[2] / '.ci'
GOOD = {'name': 'x:unit / units', 'result': 'OK', 'returncode': 0,
        'stdout': '1..3\nok 1 /units/bytes\nok 2 /units/time # SKIP no clock here\nok /units/ratio\n'}
LINT = {'name': 'x:lint / house', 'result': 'OK', 'returncode': 0, 'stdout': 'ok\nOK\nno plan, so no TAP\n'}
SKIP = {'name': 'x:lint / format', 'result': 'SKIP', 'returncode': 77, 'stdout': 'skipped: no formatter\n'}
WRONG = {'name': 'x:unit / plan', 'result': 'FAIL', 'returncode': 1,
         'stdout': '1..2\nok 1 /plan/a\nnot ok 2 /plan/b - line 7\n'}
LEAK = {'name': 'x:unit / text', 'result': 'ERROR', 'returncode': 23, 'stdout': '1..1\nok 1 /text\n'}
HUNG = {'name': 'x:boot / smoke', 'result': 'TIMEOUT', 'returncode': -15, 'stdout': None}


def as_log(runs):
    return ''.join(json.dumps(run) + '\n' for run in runs)


class Count(unittest.TestCase):
    def count(self, runs, *arguments, end=''):
        with tempfile.TemporaryDirectory() as folder:
            log = Path(folder) / 'testlog.json'
            log.write_text(as_log(runs) + end, encoding='utf-8')
            done = subprocess.run([sys.executable, str(CI / 'count.py'), *arguments, str(log), folder + '/none'],
                                  capture_output=True, text=True, check=False)
            return done.returncode, done.stdout.splitlines()

    def test_good(self):
        self.assertEqual((0, ['skipped: x:unit / units /units/time', 'skipped: x:lint / format',
                              '3 passed, 0 failed, 2 skipped']), self.count([GOOD, LINT, SKIP]))

    def test_bad(self):
        self.assertEqual((1, ['failed: x:unit / plan /plan/b - line 7',
                              'failed: x:unit / text (ERROR, exit code 23)',
                              'failed: x:boot / smoke (TIMEOUT, exit code -15)',
                              '2 passed, 3 failed, 0 skipped']), self.count([WRONG, LEAK, HUNG]))

    def test_torn(self):
        self.assertEqual((1, ['failed: torn line of the log: {"name": "x:b (ERROR, exit code None)',
                              '1 passed, 1 failed, 0 skipped']), self.count([LINT], end='{"name": "x:b'))

    def test_nothing_passed(self):
        self.assertEqual((1, ['0 passed, 0 failed, 0 skipped']), self.count([]))
        self.assertEqual(1, self.count([SKIP])[0])

    def test_output(self):
        self.assertEqual((0, ['== end of the output of x:unit / plan', '1..2', 'ok 1 /plan/a',
                              'not ok 2 /plan/b - line 7']), self.count([GOOD, WRONG, HUNG], '--output'))

    def test_added(self):
        self.assertEqual((1, ['1 passed, 2 failed, 1 skipped']),
                         self.count([LINT], '--failed', '2', '--skipped', '1'))


class Run(unittest.TestCase):
    """The script with a host.sh and a meson that only write logs."""

    def run_ci(self, host, meson='exit 0'):
        with tempfile.TemporaryDirectory() as root:
            files = {'.ci/run': (CI / 'run').read_text(encoding='utf-8'),
                     '.ci/count.py': (CI / 'count.py').read_text(encoding='utf-8'),
                     'images/host.sh': '#!/bin/sh\nmkdir -p build/meson-logs\n' + host,
                     'bin/meson': '#!/bin/sh\n' + meson,
                     'good.json': as_log([GOOD]), 'wrong.json': as_log([WRONG])}
            for path, text in files.items():
                (Path(root) / path).parent.mkdir(exist_ok=True)
                (Path(root) / path).write_text(text, encoding='utf-8')
                (Path(root) / path).chmod(0o755)
            environment = dict(os.environ, PATH=f'{root}/bin:{os.environ["PATH"]}')
            done = subprocess.run(['bash', '.ci/run'], cwd=root, env=environment, text=True, check=False, timeout=60,
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            return done.returncode, done.stdout.splitlines()

    LOG = 'cp {} build/meson-logs/testlog.json\n'
    # meson setup FOLDER makes the folder; meson test -C FOLDER leaves a log there
    MESON = ('case $1 in setup) mkdir -p "$2/meson-logs" ;;\n'
             'test) cp good.json "$3/meson-logs/testlog.json" ;; esac\n')

    def test_good(self):
        code, out = self.run_ci(self.LOG.format('good.json'), self.MESON)
        self.assertEqual((0, '4 passed, 0 failed, 2 skipped'), (code, out[-1]))
        self.assertFalse([line for line in out if 'left running' in line])

    def test_failure_told_by_log(self):
        code, out = self.run_ci(self.LOG.format('wrong.json') + 'exit 1\n', self.MESON)
        self.assertEqual((1, '3 passed, 1 failed, 1 skipped'), (code, out[-1]))
        self.assertIn('failed: x:unit / plan /plan/b - line 7', out)

    def test_failure_outside_of_tests(self):
        code, out = self.run_ci('exit 3\n', self.MESON)
        self.assertEqual((1, '2 passed, 1 failed, 1 skipped'), (code, out[-1]))
        self.assertIn("== README's test command: failed outside of a test", out)

    def test_no_test_run(self):
        code, out = self.run_ci(self.LOG.format('good.json'))
        self.assertEqual((1, '2 passed, 1 failed, 1 skipped'), (code, out[-1]))
        self.assertIn('== unit suite under ASan and UBSan: no test was run', out)

    def test_console_of_a_failure(self):
        _, out = self.run_ci('mkdir -p "$XENRIG_STATE/runs/1"; echo Panic >"$XENRIG_STATE/runs/1/xen.log"\nexit 1\n',
                             self.MESON)
        at = out.index('== end of state/runs/1/xen.log')
        self.assertEqual('Panic', out[at + 1])

    def test_nothing_stays(self):
        """A process in a session of its own, one with an empty environment (as QEMU's), the folder."""
        host = ('setsid sleep 600 &\n: >"$TMPDIR/console"\nenv -i setsid tail -f "$TMPDIR/console" &\n'
                'echo "folder $TMPDIR"\nsleep 1\n')
        code, out = self.run_ci(host + self.LOG.format('good.json'), self.MESON)
        self.assertEqual((0, '4 passed, 0 failed, 2 skipped'), (code, out[-1]))
        for command in ('sleep 600', 'tail -f '):
            self.assertEqual(1, sum('left running by' in line and command in line for line in out), out)
        folder = next(line for line in out if line.startswith('folder ')).split()[1]
        self.assertFalse(Path(folder).exists())


if __name__ == '__main__':
    unittest.main()
