"""The single mutations of a source: what one slip of the keyboard could have made of it.

Found by Python's own `ast`. Libraries that do this (mutmut, cosmic-ray) try every mutation of a
source with one fixed command, in place; here is a sample by seed, over two programs, each file with
the tests that are its own. With cosmic-ray the same would take 22 packages and as much code.
"""

import ast
import copy
from collections.abc import Iterator
from typing import NamedTuple

COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip

CALCULATED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.FloorDiv: ast.Mult,
    ast.Div: ast.Mult, ast.Mod: ast.FloorDiv, ast.LShift: ast.RShift, ast.RShift: ast.LShift,
    ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.BitXor: ast.BitAnd,
}  # fmt: skip


class Mutation(NamedTuple):
    """One change of one source: `text` stands in place of the bytes from `start` to `end`."""

    kind: str
    line: int
    """The line where the change begins, from 1."""
    start: int
    end: int
    text: str

    def of(self, source: str) -> str:
        """Return the source with the change."""
        raw = source.encode()
        return (raw[: self.start] + self.text.encode() + raw[self.end :]).decode()

    def lines(self, source: str) -> tuple[str, str]:
        """Return what is changed, as whole lines without the space around them: before, after."""
        raw, new = source.encode(), self.text.encode()
        first = raw.rfind(b"\n", 0, self.start) + 1
        last = raw.find(b"\n", self.end)
        last = len(raw) if last < 0 else last
        after = raw[first : self.start] + new + raw[self.end : last]
        return _one_line(raw[first:last]), _one_line(after)


def mutations(source: str) -> list[Mutation]:
    """Return all single mutations of a Python source, in its order; those that change nothing, too.

    Left alone are annotations, decorators, texts, and what only a type checker reads.
    """
    offsets = [0]
    for line in source.encode().splitlines(keepends=True):
        offsets.append(offsets[-1] + len(line))

    def place(node: ast.stmt | ast.expr) -> tuple[int, int]:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        start = offsets[node.lineno - 1] + node.col_offset
        return start, offsets[node.end_lineno - 1] + node.end_col_offset

    found = []
    for node, kind, changed in _changes(ast.parse(source)):
        # A change within an expression must not change how what is around it is read.
        text = ast.unparse(changed)
        if isinstance(changed, ast.expr) and not isinstance(changed, ast.Constant | ast.Name):
            text = f"({text})" if not isinstance(changed, ast.Subscript | ast.Call) else text
        found.append(Mutation(kind, node.lineno, *place(node), text))
    return sorted(found, key=lambda mutation: mutation[2:])


def _one_line(raw: bytes) -> str:
    return " ".join(raw.decode().split())


Change = tuple[ast.stmt | ast.expr, str, ast.stmt | ast.expr]
"""A node, what kind of change it is, and what stands in its place."""


def _changes(tree: ast.AST, in_function: bool = False) -> Iterator[Change]:
    if isinstance(tree, ast.If) and ast.unparse(tree.test) == "TYPE_CHECKING":
        return
    if isinstance(tree, ast.stmt):
        yield from _changes_of_statement(tree, in_function)
    elif isinstance(tree, ast.expr):
        yield from _changes_of_expression(tree)
    within = in_function or isinstance(tree, ast.FunctionDef)
    for child in _children(tree):
        yield from _changes(child, within)


def _children(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield what is run of a node's parts."""
    if isinstance(tree, ast.JoinedStr):
        return
    left_out = {"annotation", "returns", "decorator_list"}
    for name, value in ast.iter_fields(tree):
        if name not in left_out:
            values = value if isinstance(value, list) else [value]
            yield from (each for each in values if isinstance(each, ast.AST))


def _changes_of_statement(node: ast.stmt, in_function: bool) -> Iterator[Change]:
    nothing = ast.copy_location(ast.Pass(), node)
    if isinstance(node, ast.Expr):
        if isinstance(node.value, ast.Call | ast.Await):
            yield node, "removed statement", nothing
    elif isinstance(node, ast.AugAssign | ast.Raise | ast.Continue | ast.Break | ast.Delete):
        yield node, "removed statement", nothing
    elif isinstance(node, ast.Assign):
        # A name that is missing afterwards would tell nothing of the tests.
        if in_function and not isinstance(node.targets[0], ast.Name | ast.Tuple):
            yield node, "removed statement", nothing
    elif isinstance(node, ast.Return):
        if node.value is not None and ast.unparse(node.value) != "None":
            yield node, "returned value", ast.Return(ast.Constant(None))
    elif isinstance(node, ast.If | ast.While) and not isinstance(
        node.test, ast.Compare | ast.UnaryOp
    ):
        # The others are turned round as expressions.
        yield node.test, "boolean", ast.UnaryOp(ast.Not(), node.test)


def _changes_of_expression(node: ast.expr) -> Iterator[Change]:
    changed = copy.copy(node)
    if isinstance(node, ast.Compare) and isinstance(changed, ast.Compare):
        for index, op in enumerate(node.ops):
            changed = copy.copy(node)
            changed.ops = [*node.ops[:index], COMPARED[type(op)](), *node.ops[index + 1 :]]
            yield node, "comparison", changed
    elif isinstance(node, ast.BinOp) and isinstance(changed, ast.BinOp):
        if type(node.op) in CALCULATED and not _is_text(node.left):
            changed.op = CALCULATED[type(node.op)]()
            yield node, "arithmetic", changed
    elif isinstance(node, ast.BoolOp) and isinstance(changed, ast.BoolOp):
        changed.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        yield node, "and/or", changed
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield node, "boolean", node.operand
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield node, "boolean", ast.Constant(not node.value)
    elif isinstance(node, ast.Constant) and isinstance(node.value, int):
        yield node, "constant", ast.Constant(node.value + 1)
        yield node, "constant", ast.Constant(node.value - 1)
    elif isinstance(node, ast.Call) and isinstance(changed, ast.Call):
        if isinstance(node.func, ast.Name) and node.func.id == "range":
            index = min(1, len(node.args) - 1)
            changed.args = [*node.args[:index], _less(node.args[index]), *node.args[index + 1 :]]
            yield node, "range", changed
    elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice):
        lower, upper, step = node.slice.lower, node.slice.upper, node.slice.step
        if lower is not None:
            yield node, "slice", _sliced(node, ast.Slice(_more(lower), upper, step))
        if upper is not None:
            yield node, "slice", _sliced(node, ast.Slice(lower, _more(upper), step))


def _sliced(node: ast.Subscript, part: ast.Slice) -> ast.Subscript:
    return ast.Subscript(node.value, part, node.ctx)


def _more(node: ast.expr) -> ast.expr:
    return ast.BinOp(node, ast.Add(), ast.Constant(1))


def _less(node: ast.expr) -> ast.expr:
    return ast.BinOp(node, ast.Sub(), ast.Constant(1))


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str | bytes)
    )
