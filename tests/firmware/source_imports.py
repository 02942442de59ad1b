"""Reads from a source which modules it imports."""

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FIRMWARE = ROOT / "firmware"


class Running(ast.NodeTransformer):
    """Leaves out what stands under `if TYPE_CHECKING:` and so never runs."""

    def visit_If(self, node: ast.If) -> list[ast.AST] | ast.AST:
        if isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            return [self.visit(inner) for inner in node.orelse]
        return self.generic_visit(node)


def imports(source: str, package: str = "", running: bool = False) -> set[str]:
    """Return every module that a source imports, anywhere in it, by its full name.

    For `from a import b` both `a` and `a.b`, because `b` may be a module. With `running`, only
    what is imported when the source runs, and not for its types alone.
    """
    found: set[str] = set()
    tree: ast.AST = ast.parse(source)
    if running:
        tree = Running().visit(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*above, *filter(None, [node.module])])
            found.add(base)
            found.update(f"{base}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            # What has no name to read could be anything.
            assert node.func.id not in ("__import__", "exec", "eval", "compile"), node.func.id
    return found


def of_file(path: Path, running: bool = False) -> set[str]:
    """Return every module that a file of firmware or host imports, as `imports` does."""
    root = FIRMWARE if path.is_relative_to(FIRMWARE) else path.parents[1]
    package = ".".join(path.relative_to(root).parts[:-1])
    return imports(path.read_text("utf-8"), package, running)
