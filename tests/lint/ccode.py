# SPDX-License-Identifier: GPL-2.0-or-later
# What the linter needs to know of C text: comments, blocks and functions.
"""No parser of C: strings, comments and preprocessor lines are blanked out (lines and columns stay
where they are) and braces are followed. That is exact for code in the house style; where braces do
not balance, Unbalanced is raised, so that nothing is passed over in silence."""
import re
from typing import NamedTuple

TOKEN = re.compile(r'''/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*\'''', re.S)
DIRECTIVE = re.compile(r'^[ \t]*#(?:[^\n\\]|\\.|\\\n)*', re.M)
ATTRIBUTE = re.compile(r'__attribute__\s*\(\(.*?\)\)(?=\s|$)|\bG_GNUC_\w+(\s*\([^()]*\))?', re.S)
NAME_BEFORE_PARENTHESIS = re.compile(r'(\w+)\s*$')


class Function(NamedTuple):
    name: str
    first: int  # line of the declaration's start
    last: int  # line of the closing brace
    depth: int  # deepest block inside; the function's own braces are 0
    deepest: int  # line on which the first block of that depth opens


class Unbalanced(Exception):
    """args: line, what is wrong."""


def line_of(text, offset):
    return text.count('\n', 0, offset) + 1


def _spaces(match):
    text = match.group()
    blank = re.sub(r'[^\n]', ' ', text)
    return text[0] + blank[1:-1] + text[-1] if text[0] in '"\'' else blank


def without_comments(text):
    """Comments and the insides of strings become spaces."""
    return TOKEN.sub(_spaces, text)


def _without_directives(code):
    return DIRECTIVE.sub(lambda match: re.sub(r'[^\n]', ' ', match.group()), code)


def _opening_parenthesis(before):
    depth = 0
    for at in range(len(before) - 1, -1, -1):
        depth += {')': 1, '(': -1}.get(before[at], 0)
        if depth == 0:
            return at
    return 0


def _is_block(before):
    """Whether a brace after this text opens a block of statements, not an initialiser."""
    before = before.rstrip()
    if re.search(r'\b(else|do)$', before) or before[-1:] in '{};:(':
        return True
    if not before.endswith(')'):
        return False
    name = NAME_BEFORE_PARENTHESIS.search(before[:_opening_parenthesis(before)])
    return name is not None and name.group(1) not in ('return', 'sizeof')


def _function_head(code, start, brace):
    """(name, offset) of the function whose body opens at brace, None if it is no function."""
    head = ATTRIBUTE.sub(lambda match: re.sub(r'[^\n]', ' ', match.group()), code[start:brace])
    if not head.rstrip().endswith(')'):
        return None
    name = NAME_BEFORE_PARENTHESIS.search(head[:_opening_parenthesis(head.rstrip())])
    # A macro without a semicolon may stand before: what counts begins after the last empty line.
    paragraphs = list(re.finditer(r'\n[ \t]*\n', head.rstrip()))
    offset = start + (paragraphs[-1].end() if paragraphs else 0)
    offset += len(code[offset:brace]) - len(code[offset:brace].lstrip())
    return (name.group(1) if name else '?', offset)


class _Walk:
    def __init__(self, code):
        self.code = code
        self.found = []
        self.open = []  # (kind, offset): kinds are function, block, other
        self.head = 0  # where the declaration under way began
        self.function = None
        self.deepest = (0, 0)

    def brace(self, at):
        outer = self.open[-1][0] if self.open else None
        kind = 'other'
        if outer is None:
            self.function = _function_head(self.code, self.head, at)
            self.deepest = (0, at)
            kind = 'function' if self.function else 'other'
        elif outer != 'other' and _is_block(self.code[self.head:at]):
            kind = 'block'
        self.open.append((kind, at))
        depth = sum(1 for kind, _ in self.open if kind == 'block')
        if depth > self.deepest[0]:
            self.deepest = (depth, at)

    def close(self, at):
        if not self.open:
            raise Unbalanced(line_of(self.code, at), 'closing brace without an opening one')
        kind, _ = self.open.pop()
        if kind == 'function':
            name, offset = self.function
            depth, deepest = self.deepest
            self.found.append(Function(name, line_of(self.code, offset), line_of(self.code, at),
                                       depth, line_of(self.code, deepest)))


def functions(text):
    """All functions defined in C text, in order. Raises Unbalanced."""
    walk = _Walk(_without_directives(without_comments(text)))
    for match in re.finditer(r'[{};]', walk.code):
        at = match.start()
        if match.group() == '{':
            walk.brace(at)
        elif match.group() == '}':
            walk.close(at)
        if not walk.open and match.group() != '{':
            walk.head = at + 1
    if walk.open:
        raise Unbalanced(line_of(walk.code, walk.open[-1][1]), 'brace that is never closed')
    return walk.found
