"""Reads from Terraform's files what a simulation needs: blocks by their header, numbers by name."""

import ast
import operator
import re
from collections.abc import Mapping
from pathlib import Path

_NAMES = re.compile(r"(?:var|local)\.\w+")
_OPERATORS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
Scope = Mapping[str, float]


class Block:
    """The text between a header's braces; headers are written as in the file."""

    def __init__(self, text: str, place: str) -> None:
        self._text = re.sub(r"^\s*#.*$", "", text, flags=re.MULTILINE)
        self._place = place

    @classmethod
    def of_file(cls, path: Path) -> "Block":
        return cls(path.read_text(), path.name)

    def block(self, header: str) -> "Block":
        return self.blocks(header)[0]

    def blocks(self, header: str) -> list["Block"]:
        """Return every block with this header; raises where there is none."""
        pattern = re.compile(rf"^\s*{re.escape(header)} \{{", re.MULTILINE)
        found = [self._inside(match.end()) for match in pattern.finditer(self._text)]
        if not found:
            raise LookupError(f"{self._place} has no block {header}")
        return [Block(text, f"{self._place}, {header}") for text in found]

    def text(self, name: str) -> str:
        """Return what is assigned to a name, as it is written."""
        found = re.search(rf"^\s*{re.escape(name)}\s*= (.+)$", self._text, re.MULTILINE)
        if found is None:
            raise LookupError(f"{self._place} does not set {name}")
        return found[1].strip()

    def has(self, name: str) -> bool:
        return re.search(rf"^\s*{re.escape(name)}\s*=", self._text, re.MULTILINE) is not None

    def number(self, name: str, scope: Scope | None = None) -> float:
        """Return the number that an expression comes to, with the values of its variables."""
        written = _NAMES.sub(lambda match: repr((scope or {})[match[0]]), self.text(name))
        return _calculate(ast.parse(written.strip('"'), mode="eval").body)

    def _inside(self, start: int) -> str:
        depth = 1
        for i, character in enumerate(self._text[start:], start):
            depth += {"{": 1, "}": -1}.get(character, 0)
            if not depth:
                return self._text[start:i]
        raise LookupError(f"{self._place} does not close a block")


def _calculate(node: ast.expr) -> float:
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return float(node.value)
    if isinstance(node, ast.BinOp):
        return float(_OPERATORS[type(node.op)](_calculate(node.left), _calculate(node.right)))
    raise ValueError(f"{ast.unparse(node)} is no arithmetic")
