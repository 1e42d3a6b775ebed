"""Which letters do a text file's bytes stand for? UTF-8, with and without its mark, UTF-16, or Hebrew Windows (cp1255).

The file is looked at before any of it is believed, all of it where it is plain ASCII: a Hebrew name on the last line
decides as well as one on the first. Looking costs about a second for each gigabyte.
"""

import codecs
from collections.abc import Iterator
from pathlib import Path

import msgspec

_CHUNK = 1 << 22  # bytes
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_ASCII = bytes(range(128))
_HEBREW = bytes(range(0xE0, 0xFB))  # alef to tav in cp1255
_CONTROL = frozenset(range(32)) - frozenset(b"\t\n\r\f\x1a\x1b")
_ENOUGH = 1000  # letters read as UTF-8 without a fault: what may still follow are faults, not another alphabet
KNOWN = ("utf-8", "utf-8-sig", "cp1255", "utf-16")


class EncodingError(ValueError):
    """Bytes that are no text in the encoding that was named or found; says where and what to try."""


class Found(msgspec.Struct, frozen=True):
    """`blank` are the numbers (from 1) of lines with nothing on them, which readers skip."""

    encoding: str
    blank: tuple[int, ...] = ()


def find_encoding(path: Path, told: str | None = None) -> Found:
    """The encoding of a text file, `told` where given. Raises EncodingError for bytes that are no text."""
    with path.open("rb") as file:
        head = file.read(4096)
    name = _known(told) if told else _by_head(head)
    if name and name.startswith("utf-16"):
        return Found(name)
    survey = _Survey(path)
    if told is None and any(byte in _CONTROL for byte in head):
        raise EncodingError(f"{path.name} is not a text file; give a CSV, XLSX or Parquet file")
    return Found(name or survey.guess(), survey.blank_lines())


def _known(told: str) -> str:
    try:
        return codecs.lookup(told).name
    except LookupError:
        raise EncodingError(f"there is no encoding {told!r}; there are for example {', '.join(KNOWN)}") from None


def _by_head(head: bytes) -> str | None:
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    zeros = [sum(byte == 0 for byte in head[side::2]) for side in (0, 1)]
    if len(head) >= 8 and max(zeros) > len(head) // 8 and min(zeros) < max(zeros) // 4:  # UTF-16 that has lost its mark
        return "utf-16-be" if zeros[0] > zeros[1] else "utf-16-le"
    return None


class _Survey:
    """What one pass over the bytes shows: is it UTF-8, and if not, are its letters Hebrew?"""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._has_blank = False
        self._good = self._bad = 0  # letters beyond ASCII that UTF-8 can and cannot read
        self._hebrew = self._high = 0  # bytes beyond ASCII, of chunks that are not UTF-8
        self._first_bad = 0
        rest = b""
        for number, chunk in enumerate(_chunks(path)):
            joined = rest + chunk
            self._has_blank = self._has_blank or b"\n\n" in joined or b"\n\r\n" in joined
            if (self._good < _ENOUGH or self._bad) and not joined.isascii():
                self._look(joined, number * _CHUNK - len(rest))
            rest = chunk[-3:]

    def _look(self, joined: bytes, offset: int) -> None:
        """The last letter of a chunk may go on in the next: it is looked at there."""
        try:
            self._good += _beyond_ascii(joined.decode("utf-8"))
        except UnicodeDecodeError as error:
            if error.end == len(joined) and error.reason == "unexpected end of data":
                return self._look(joined[: error.start], offset)
            if error.start < 3 and offset > 0:  # the first bytes end a letter of the chunk before
                return self._look(joined[error.start + 1 :], offset + error.start + 1)
            self._first_bad = self._first_bad or offset + error.start
            text = joined.decode("utf-8", "replace")
            self._bad += text.count("\ufffd")
            self._good += _beyond_ascii(text)
            high = joined.translate(None, delete=_ASCII)
            self._high += len(high)
            self._hebrew += len(high) - len(high.translate(None, delete=_HEBREW))
        return None

    def guess(self) -> str:
        """UTF-8 with a few broken rows is UTF-8: its reader rejects those rows by number."""
        if self._good >= 10 * self._bad:
            return "utf-8"
        if self._hebrew > self._high // 2:
            return "cp1255"
        raise EncodingError(
            f"{self._path.name} is neither UTF-8 nor Hebrew Windows text (line "
            f"{_line_of(self._path, self._first_bad)}); say which it is, for example --encoding cp1252"
        )

    def blank_lines(self) -> tuple[int, ...]:
        if not self._has_blank:
            return ()
        with self._path.open("rb") as file:
            return tuple(number for number, line in enumerate(file, 1) if line in (b"\n", b"\r\n"))


def _beyond_ascii(text: str) -> int:
    """How many letters beyond ASCII were read."""
    return len(text) - len(text.encode("ascii", "ignore")) - text.count("\ufffd")


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk


def _line_of(path: Path, offset: int) -> int:
    line, left = 1, offset
    for chunk in _chunks(path):
        line += chunk[:left].count(b"\n")
        left -= len(chunk)
        if left <= 0:
            break
    return line


def to_utf8(path: Path, encoding: str, target: Path) -> None:
    """Write the text as UTF-8 to `target`, chunk by chunk. Raises EncodingError with the line that cannot be read."""
    line = 1
    with (
        path.open("r", encoding=encoding, newline="") as reader,
        target.open("w", encoding="utf-8", newline="") as writer,
    ):
        try:
            while text := reader.read(_CHUNK):
                writer.write(text)
                line += text.count("\n")
        except UnicodeError as error:
            raise EncodingError(
                f"{path.name} is not {encoding} text (line {_near(path, encoding, line)}); "
                f"leave --encoding away to have it found, or name another: {', '.join(KNOWN)}"
            ) from error


def _near(path: Path, encoding: str, line: int) -> int:
    """The line of the first byte that cannot be read, found line by line where lines are bytes."""
    if encoding.startswith("utf-16"):
        return line
    with path.open("rb") as file:
        for number, told in enumerate(file, 1):
            try:
                told.decode(encoding)
            except UnicodeError:
                return number
    return line
