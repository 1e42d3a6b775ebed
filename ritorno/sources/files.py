"""A shop's file, opened: what kind it is by its first bytes, its text as UTF-8, its columns.

    orders.csv    UTF-8 is read as it stands; anything else is first written as UTF-8 into the scratch folder
    orders.xlsx   the first sheet that has rows, written as CSV into the scratch folder (row numbers are kept)
    orders.parquet  read as it stands

Nothing is believed of a file's name. Every error is a FileError that says what the file is and what to do.
"""

import csv
import errno
import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import python_calamine

from ritorno.core.bidi import visible
from ritorno.sources.encodings import EncodingError, find_encoding, to_utf8

DELIMITERS = (",", ";", "\t", "|")
_HEAD = 1 << 20  # bytes in which the header must end
# What people give by mistake, by its first bytes.
_MISTAKES = (
    (b"\x89PNG", "a PNG image"), (b"\xff\xd8\xff", "a JPEG image"), (b"GIF8", "a GIF image"), (b"BM", "a BMP image"),
    (b"%PDF", "a PDF document"), (b"\x1f\x8b", "compressed (gzip): unpack it first"),
    (b"7z\xbc\xaf", "a 7z archive: unpack it first"), (b"Rar!", "a RAR archive: unpack it first"),
    (b"SQLite format 3", "an SQLite database"), (b"\x7fELF", "a program"), (b"{\\rtf", "an RTF document"),
)  # fmt: skip
_OLD_EXCEL = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_WANTED = "give a CSV, XLSX or Parquet file"


class FileError(ValueError):
    """A file that cannot be imported; the message names it, what it is and what to do."""


class Sheet(msgspec.Struct, frozen=True):
    """A table on disk that DuckDB reads as it stands. Row numbers are the original file's; its header is row 1.

    `columns` are the names of the header, made unique; `gaps` the numbers of rows that readers skip.
    """

    name: str
    path: Path
    form: str  # csv or parquet
    columns: tuple[str, ...]
    encoding: str = "utf-8"
    delimiter: str = ","
    gaps: tuple[int, ...] = ()


def open_sheet(path: Path, scratch: Path, *, encoding: str | None = None) -> Sheet:
    """The table in a file; `scratch` is a folder for what has to be written anew. Raises FileError."""
    head = _head(path)
    if head.startswith(b"PAR1"):
        return _parquet(path)
    if head.startswith(b"PK\x03\x04"):
        _require_sheet(path)
        return _workbook(path, scratch)
    if head.startswith(_OLD_EXCEL):
        return _workbook(path, scratch)
    for mark, what in _MISTAKES:
        if head.startswith(mark):
            raise FileError(f"{path.name} is {what}; {_WANTED}")
    return _text(path, scratch, encoding)


def _head(path: Path) -> bytes:
    if path.is_dir():
        raise FileError(f"{path} is a folder; {_WANTED} of it")
    try:
        with path.open("rb") as file:
            head = file.read(64)
    except FileNotFoundError:
        raise FileError(f"{path} does not exist; check the name and the folder") from None
    except OSError as error:
        raise FileError(f"{path} cannot be read: {error.strerror}") from error
    if not head:
        raise FileError(f"{path.name} is empty; {_WANTED} with a header and rows")
    return head


@contextmanager
def room(scratch: Path) -> Iterator[None]:
    """Tell a full disk in a sentence."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise FileError(
                f"no space left in {scratch} for reading the file; free some, or set RITORNO_HOME to a larger disk. "
                "Nothing was imported by this run's reading"
            ) from error
        raise


# --- text -----------------------------------------------------------------------------------------


def _text(path: Path, scratch: Path, told: str | None) -> Sheet:
    try:
        found = find_encoding(path, told)
        target = path
        if found.encoding not in ("utf-8", "utf-8-sig"):
            target = scratch / "text.csv"
            with room(scratch):
                to_utf8(path, found.encoding, target)
        elif told:
            _require_utf8(path)
    except EncodingError as error:
        raise FileError(str(error)) from error
    delimiter, header = _header(target, path.name)
    return Sheet(path.name, target, "csv", _unique(header), found.encoding, delimiter, found.blank)


def _require_utf8(path: Path) -> None:
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if not line.isascii():
                try:
                    line.decode("utf-8")
                except UnicodeDecodeError as error:
                    raise EncodingError(
                        f"{path.name} is not UTF-8 text (line {number}: {error.reason}); leave --encoding away to have "
                        "it found, or name another, for example --encoding cp1255"
                    ) from error


def _header(path: Path, name: str) -> tuple[str, list[str]]:
    """The delimiter that cuts the first line into most columns, and those columns."""
    with path.open("r", encoding="utf-8-sig", errors="replace", newline="") as file:
        start = file.read(_HEAD)
    if not start.strip():
        raise FileError(f"{name} has no header; {_WANTED} whose first row names its columns")
    if start[0] in "\r\n":
        raise FileError(f"{name} begins with an empty line; its first row must name the columns")
    cut = {each: _first_row(start, each) for each in DELIMITERS}
    delimiter = max(DELIMITERS, key=lambda each: len(cut[each]))
    if len(cut[delimiter]) < 2:
        raise FileError(
            f"{name} has one column only ({cut[delimiter][0][:60]!r}); its first row must name the columns, with a "
            "comma, semicolon, tab or | between them"
        )
    return delimiter, cut[delimiter]


def _first_row(text: str, delimiter: str) -> list[str]:
    return next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), [""])


def _unique(header: list[str]) -> tuple[str, ...]:
    """Names without marks and blanks; a nameless column is called by its place, a repeated name by a number."""
    names: list[str] = []
    for place, raw in enumerate(header, 1):
        name = " ".join(visible(raw).split()) or f"column {place}"
        double = 2
        while name in names:
            name, double = f"{name.removesuffix(f' ({double - 1})')} ({double})", double + 1
        names.append(name)
    return tuple(names)


# --- sheets ---------------------------------------------------------------------------------------


def _require_sheet(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            inside = archive.namelist()
    except zipfile.BadZipFile as error:
        raise FileError(f"{path.name} is damaged or cut short ({error}); fetch it again") from error
    if "xl/workbook.xml" not in inside and "xl/workbook.bin" not in inside and "content.xml" not in inside:
        raise FileError(f"{path.name} is a zip archive ({', '.join(inside[:3])} …): unpack it first; {_WANTED}")


def _workbook(path: Path, scratch: Path) -> Sheet:
    target = scratch / "sheet.csv"
    try:
        book = python_calamine.load_workbook(path)
        rows = next(filter(None, (book.get_sheet_by_name(name).to_python() for name in book.sheet_names)), [])
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        raise FileError(f"{path.name} cannot be read as a sheet ({error}); save it again, or as CSV") from error
    if not rows:
        raise FileError(f"{path.name} has no rows; {_WANTED} with a header and rows")
    header = _unique([_cell(value) for value in rows[0]])
    with room(scratch), target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_ALL)  # an empty row stays a row
        writer.writerow(header)
        writer.writerows([_cell(value) for value in row] for row in rows[1:])
    return Sheet(path.name, target, "csv", header)


def _cell(value: object) -> str:
    """A cell as text: numbers without a tail of zeros (a phone is stored as 521234567.0), times as ISO."""
    match value:
        case float() if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        case bool():
            return "true" if value else "false"
        case datetime():
            return value.isoformat(sep=" ")
        case date() | time():
            return value.isoformat()
        case timedelta():
            return str(value)
        case _:
            return str(value)


# --- Parquet --------------------------------------------------------------------------------------


def _parquet(path: Path) -> Sheet:
    try:
        schema = pq.read_schema(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise FileError(f"{path.name} is damaged or cut short ({_first_line(error)}); fetch it again") from error
    if not schema.names:
        raise FileError(f"{path.name} has no columns")
    nested = [field.name for field in schema if pa.types.is_nested(field.type)]
    if len(nested) == len(schema.names):
        raise FileError(f"{path.name} holds nested values only ({', '.join(nested[:3])}); one column a field is needed")
    return Sheet(path.name, path, "parquet", tuple(schema.names))


def _first_line(error: BaseException) -> str:
    return str(error).splitlines()[0][:200]
