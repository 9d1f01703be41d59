# SPDX-License-Identifier: GPL-2.0-or-later
# Sums up what Meson's logs say of tests: the closing line of .ci/run.
"""Usage: count.py [--failed N] [--skipped N] TESTLOG.JSON...
          count.py --output TESTLOG.JSON...

Each case of a TAP program counts, else each program. A program that ends badly though all its cases
were ok (a crash at exit, a missing case, a leak) counts as one more failure. --failed and --skipped
add what no log tells. Prints a line for each failure and skip, then "N passed, N failed, N skipped";
exit code 1 if anything failed or nothing passed.
With --output it only prints the end of what failed TAP programs wrote: of these, Meson's
--print-errorlogs shows stderr alone."""
import argparse
import json
import re
import sys
from pathlib import Path

PLAN = re.compile(r'^1\.\.\d+', re.M)
CASE = re.compile(r'^(not )?ok\b[ \t]*\d*[ \t]*(?:- )?([^#\n]*)(?:#[ \t]*((?i:SKIP|[T]ODO))\b)?', re.M)
GOOD = {'OK', 'EXPECTEDFAIL', 'SKIP'}
OUTPUT_LINES = 60


def entry(line):
    try:
        return json.loads(line)
    except json.JSONDecodeError:  # Meson was killed while it wrote
        return {'name': f'torn line of the log: {line[:60]}', 'result': 'ERROR'}


def cases(run):
    """(state, name) of each case of one program's entry in the log."""
    found = []
    text = run.get('stdout') or ''
    for failed, name, directive in CASE.findall(text) if PLAN.search(text) else []:
        state = 'skipped' if directive else 'failed' if failed else 'passed'
        found.append((state, f'{run["name"]} {name.strip()}'.strip()))
    result = run['result']
    if result not in GOOD:
        if not any(state == 'failed' for state, _ in found):
            found.append(('failed', f'{run["name"]} ({result}, exit code {run.get("returncode")})'))
    elif not found:
        found.append(('skipped' if result == 'SKIP' else 'passed', run['name']))
    return found


def show_output(runs):
    for run in runs:
        text = run.get('stdout') or ''
        if run['result'] not in GOOD and PLAN.search(text):
            print(f'== end of the output of {run["name"]}')
            print('\n'.join(text.splitlines()[-OUTPUT_LINES:]))


def main():
    parser = argparse.ArgumentParser(description="Sums up Meson's test logs.")
    parser.add_argument('--failed', type=int, default=0)
    parser.add_argument('--skipped', type=int, default=0)
    parser.add_argument('--output', action='store_true')
    parser.add_argument('logs', nargs='*', type=Path)
    options = parser.parse_args()
    runs = [entry(line) for log in options.logs if log.exists()
            for line in log.read_text(encoding='utf-8').splitlines()]
    if options.output:
        show_output(runs)
        return 0
    count = {'passed': 0, 'failed': options.failed, 'skipped': options.skipped}
    for state, name in (case for run in runs for case in cases(run)):
        count[state] += 1
        if state != 'passed':
            print(f'{state}: {name}')
    print(', '.join(f'{number} {state}' for state, number in count.items()))
    return 1 if count['failed'] or not count['passed'] else 0


if __name__ == '__main__':
    sys.exit(main())
