"""Where a JSON text goes wrong: the exact, slow reader behind ``strict_json``."""

import re
from dataclasses import dataclass, field

_TOKEN = re.compile(
    r"""[ \t\n\r]*+(?:
      (?P<string>"(?:[^"\\\x00-\x1f]++|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*+")
    | (?P<number>-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)
    | (?P<word>true|false|null)
    | (?P<constant>NaN|-?Infinity)
    | (?P<mark>[\[\]{}:,])
    )""",
    re.VERBOSE,
)
_SPACE = re.compile(r"[ \t\n\r]*+")
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|.)", re.DOTALL)
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class InvalidJSON(ValueError):
    """A text is not strict JSON; line and column count from 1, in characters."""

    def __init__(
        self, code: str, message: str, *, line: int, column: int, pointer: str = ""
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.line = line
        self.column = column
        # RFC 6901: the value that the fault is in.
        self.pointer = pointer


def escape_pointer(key: str) -> str:
    """Write a key as one step of a JSON pointer."""
    return "/" + key.replace("~", "~0").replace("/", "~1")


def find_fault(body: bytes, *, depth_limit: int) -> InvalidJSON | None:
    """Return the first fault of a text, or None."""
    if body.startswith(_BYTE_ORDER_MARK):
        message = "The text begins with a byte order mark."
        return InvalidJSON("byte_order_mark", message, line=1, column=1)
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        line, column = _place(body[: error.start].decode(), None)
        return InvalidJSON("invalid_utf8", "The text is not UTF-8.", line=line, column=column)
    if not text.strip(" \t\n\r"):
        return InvalidJSON("empty_body", "The text is empty.", line=1, column=1)
    try:
        _Reader(text, depth_limit).read()
    except InvalidJSON as fault:
        return fault
    return None


@dataclass(slots=True)
class _Container:
    """An array or object being read, and where in it the reader is."""

    is_object: bool
    # None while a key is expected: the fault is then in the object, not in one of its members.
    key: str | None = None
    keys: set[str] = field(default_factory=set)
    index: int = 0

    @property
    def closing(self) -> str:
        return "}" if self.is_object else "]"

    @property
    def step(self) -> str:
        if not self.is_object:
            return f"/{self.index}"
        return "" if self.key is None else escape_pointer(self.key)


class _Reader:
    """Reads a text token by token, with a stack of its own instead of recursion."""

    def __init__(self, text: str, depth_limit: int) -> None:
        self._text = text
        self._depth_limit = depth_limit
        self._stack: list[_Container] = []
        self._position = 0

    def read(self) -> None:
        expects_value = True
        while expects_value or self._stack:
            expects_value = self._read_value() if expects_value else self._read_separator()
        start = self._skip_space()
        if start != len(self._text):
            raise self._fault("malformed_json", "Nothing may follow the value.", start)

    def _read_value(self) -> bool:
        """Read a scalar or a container's beginning; say whether another value follows at once."""
        start, kind, piece = self._next("a value")
        if kind == "constant":
            raise self._fault("number_not_finite", f"{piece} is not a JSON number.", start)
        if piece in ("{", "["):
            return self._open(start, is_object=piece == "{")
        if kind == "mark":
            raise self._unexpected("a value", start)
        if kind == "string":
            self._unescape(start, piece)
        return False

    def _open(self, start: int, *, is_object: bool) -> bool:
        if len(self._stack) == self._depth_limit:
            message = f"The text nests deeper than {self._depth_limit} levels."
            raise self._fault("nesting_too_deep", message, start)
        container = _Container(is_object)
        end = self._skip_space()
        if self._text[end : end + 1] == container.closing:
            self._position = end + 1
            return False
        self._stack.append(container)
        if is_object:
            self._read_key(container)
        return True

    def _read_separator(self) -> bool:
        """Read a comma or a container's end; say whether another value follows."""
        container = self._stack[-1]
        wanted = f"a comma or {container.closing}"
        start, _, piece = self._next(wanted)
        if piece == container.closing:
            self._stack.pop()
            return False
        if piece != ",":
            raise self._unexpected(wanted, start)
        container.index += 1
        if container.is_object:
            self._read_key(container)
        return True

    def _read_key(self, container: _Container) -> None:
        container.key = None
        start, kind, piece = self._next("a key in double quotes")
        if kind != "string":
            raise self._unexpected("a key in double quotes", start)
        key = container.key = self._unescape(start, piece)
        if key in container.keys:
            raise self._fault("duplicate_key", "The key came before in this object.", start)
        container.keys.add(key)
        start, _, piece = self._next("a colon")
        if piece != ":":
            raise self._unexpected("a colon", start)

    def _unescape(self, start: int, piece: str) -> str:
        # UTF-16 joins the halves of a surrogate pair, and does not take a half that is alone.
        utf16 = _ESCAPE.sub(_replace_escape, piece[1:-1]).encode("utf-16-le", "surrogatepass")
        try:
            return utf16.decode("utf-16-le")
        except UnicodeDecodeError:
            message = "An escape names half of a surrogate pair."
            raise self._fault("lone_surrogate", message, start) from None

    def _next(self, wanted: str) -> tuple[int, str, str]:
        match = _TOKEN.match(self._text, self._position)
        if match is None or match.lastgroup is None:
            raise self._unexpected(wanted, self._skip_space())
        self._position = match.end()
        return match.start(match.lastgroup), match.lastgroup, match[match.lastgroup]

    def _skip_space(self) -> int:
        return _SPACE.match(self._text, self._position).end()  # type: ignore[union-attr]  # always matches

    def _unexpected(self, wanted: str, start: int) -> InvalidJSON:
        if start == len(self._text):
            seen = "the text ends"
        elif self._text[start] == '"':
            seen = "the string is not closed or holds what must be escaped"
        else:
            seen = "there is something else"
        return self._fault("malformed_json", f"Expected {wanted}, but {seen}.", start)

    def _fault(self, code: str, message: str, start: int) -> InvalidJSON:
        line, column = _place(self._text, start)
        pointer = "".join(container.step for container in self._stack)
        return InvalidJSON(code, message, line=line, column=column, pointer=pointer)


def _replace_escape(match: re.Match[str]) -> str:
    if match[1]:
        return chr(int(match[1], 16))
    return {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}.get(match[0][1], match[0][1])


def _place(text: str, position: int | None) -> tuple[int, int]:
    """Return line and column of a position, by default of the text's end."""
    before = text[:position]
    return before.count("\n") + 1, len(before) - before.rfind("\n")
