"""Finds in Python source what a pure function must not do: read clock, environment, files or network, or start something.

Import contracts see which modules meet; this sees what they do, also inside functions. Names are followed through imports
(``from datetime import date as day``), not through values.
"""

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

with (Path(__file__).parent / "impure.toml").open("rb") as _file:
    RULES = {key: frozenset(names) for key, names in tomllib.load(_file).items()}


def imported_names(tree: ast.AST) -> dict[str, str]:
    """What each imported name of a module stands for, as a dotted name."""
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                names[alias.asname or alias.name.split(".")[0]] = alias.name if alias.asname else alias.name.split(".")[0]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                names[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return names


def dotted(node: ast.expr, names: dict[str, str]) -> str:
    """``date.today`` as ``datetime.date.today``; empty when it does not start with a name that was imported or is built in."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    return ".".join([names.get(node.id, node.id), *reversed(parts)])


def is_worldly(module: str) -> bool:
    """True for a module, or something in it, that talks to the world."""
    return any(module == name or module.startswith(f"{name}.") for name in RULES["modules"])


def impurities(source: str) -> Iterator[tuple[int, str]]:
    """Line and name of each impure thing in the source of a module."""
    tree = ast.parse(source)
    names = imported_names(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names if is_worldly(alias.name))
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            full = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from ((node.lineno, name) for name in full if is_worldly(name))
        elif isinstance(node, ast.Attribute) and dotted(node, names) == "os.environ":
            yield node.lineno, "os.environ"
        elif isinstance(node, ast.Call):
            name = dotted(node.func, names)
            if name in RULES["calls"]:
                yield node.lineno, name
            elif isinstance(node.func, ast.Attribute) and node.func.attr in RULES["methods"]:
                yield node.lineno, f".{node.func.attr}()"
