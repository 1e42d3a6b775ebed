"""A file's rows in a DuckDB database of this import alone, so that a file larger than memory can be looked at whole.

Rows keep the order of the file: `rowid` n is the n-th that could be read, `row_of` gives its number in the original.
What cannot be read is kept with its reason and written, with the original columns, into the file of rejects.
"""
# ruff: noqa: S608 - names and numbers of our own; what a file says is never part of a statement

import csv
import heapq
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from operator import itemgetter
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from ritorno.core.bidi import INVISIBLE, visible
from ritorno.sources.files import FileError, Sheet, room

MEMORY = "2GB"  # beyond it DuckDB writes to its folder
_CHUNK = 50_000
_MARKS = "".join(map(chr, INVISIBLE))
_BLANK = r"[\s\x{a0}]"
# Of 5 M texts nearly all are clean; finding that out by one expression takes a tenth of cleaning each.
_CLEAN = f"""
CREATE MACRO clean(x) AS CASE WHEN regexp_matches(x, '^{_BLANK}|{_BLANK}$|[{_MARKS}]')
    THEN nullif(regexp_replace(regexp_replace(x, '[{_MARKS}]', '', 'g'), '^{_BLANK}+|{_BLANK}+$', '', 'g'), '')
    ELSE x END
"""
_PROBLEM = "CREATE TABLE problem (row BIGINT, field VARCHAR, reason VARCHAR)"
_ERRORS = {
    "MISSING COLUMNS": "there are fewer columns than in the header",
    "TOO MANY COLUMNS": "there are more columns than in the header",
    "UNQUOTED VALUE": "a quotation mark is not closed or stands inside a quoted value; write it twice",
    "LINE SIZE OVER MAXIMUM": "the row is longer than 2 MB",
    "INVALID ENCODING": "there are bytes that are no text in this encoding",
}


class Staging:
    """The database. Close it before other processes read it."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "rows.duckdb"
        self.folder = folder
        self.connection = duckdb.connect(str(self.path))
        self.connection.execute(f"SET memory_limit = '{MEMORY}'")
        self.connection.execute(f"SET temp_directory = '{_quoted(folder / 'spill')}'")
        self.connection.execute("SET TimeZone = 'UTC'")
        # rows are read two or three times and thrown away: packing them tighter costs a fifth of reading the file
        self.connection.execute("SET disabled_compression_methods = 'dict_fsst,fsst'")
        self.connection.execute(_CLEAN)
        self.connection.execute(_PROBLEM)
        self._broken: list[tuple[int, str, str]] = []  # (row of the file, reason, its text)
        self._gaps: list[int] = []
        self._shifted: list[int] = []

    def close(self) -> None:
        self.connection.close()

    def run(self, sql: str, parameters: Sequence[object] = ()) -> duckdb.DuckDBPyConnection:
        """Run a statement; raises FileError when the disk of the folder is full."""
        try:
            with room(self.folder):
                return self.connection.execute(sql, parameters)
        except duckdb.Error as error:
            told = _plainly(error, self.folder)
            if told is None:
                raise
            raise told from error

    def load(self, sheet: Sheet, texts: str, selected: str = "*", table: str = "rows") -> int:
        """Make `table` of the sheet: `texts` is SQL over its columns, `selected` over those. How many rows it has."""
        try:
            self.run(f"CREATE TABLE {table} AS SELECT {selected} FROM (SELECT {texts} FROM {source_sql(sheet)})")
        except (duckdb.InvalidInputException, duckdb.InvalidTypeException) as error:
            raise FileError(f"{sheet.name} cannot be read: {str(error).splitlines()[0]}") from error
        if sheet.form == "csv":
            self._note_broken()
        self._gaps = sorted({*sheet.gaps, *(row for row, _, _ in self._broken)})
        self._shifted = [gap - place for place, gap in enumerate(self._gaps)]
        (count,) = self.run(f"SELECT count(*) FROM {table}").fetchall()[0]
        return int(count) + len(self._broken)

    def _note_broken(self) -> None:
        rows = self.run("SELECT line, max(error_type::VARCHAR), min(csv_line) FROM reject_errors GROUP BY 1 ORDER BY 1")
        self._broken = [
            (line, _ERRORS.get(kind, kind.lower()), (text or "").strip()) for line, kind, text in rows.fetchall()
        ]

    @property
    def broken(self) -> int:
        """How many rows could not be read at all."""
        return len(self._broken)

    def row_of(self, rowid: int) -> int:
        """The number in the original file of the row at `rowid`; the header is row 1.

        (A blank line inside a quoted value counts as one more.)
        """
        return rowid + 2 + bisect_right(self._shifted, rowid + 2)

    def batches(self, table: str, size: int) -> Iterator[list[tuple]]:  # type: ignore[type-arg]
        """Rows of a table in their order, each with its rowid first."""
        result = self.connection.cursor().execute(f"SELECT rowid, * FROM {table}")
        while rows := result.fetchmany(size):
            yield rows

    def reject(self, problems: str) -> None:
        """Note problems: `problems` is SQL giving (rowid, field, reason)."""
        self.run(f"INSERT INTO problem {problems}")

    def count(self, table: str) -> int:
        (count,) = self.run(f"SELECT count(*) FROM {table}").fetchall()[0]
        return int(count)

    def read_distinct(
        self, table: str, said: str, kind: str, read: Callable[[str], object], *, answers: str | None = None
    ) -> str | None:
        """Read each distinct text of a column once: a table (said, value, reason), and its name; None without texts.

        `kind` is the SQL type of the value; `read` raises ValueError with the reason.
        """
        name = answers or f"read_{said}"
        reader = self.connection.cursor().execute(f"SELECT DISTINCT {said} FROM {table} WHERE {said} IS NOT NULL")
        self.run(f"CREATE TABLE {name} (said VARCHAR, value {kind}, reason VARCHAR)")
        found = False
        while texts := reader.fetchmany(_CHUNK):
            found = True
            rows = [_read_one(read, text) for (text,) in texts]
            self.add_rows(name, list(zip(*rows, strict=True)))
        return name if found else None

    def add_rows(self, table: str, columns: Sequence[Sequence[object]]) -> None:
        """Append columns of equal length to a table, in its order."""
        given = ", ".join("unnest(?)" for _ in columns)
        self.run(f"INSERT INTO {table} SELECT {given}", [list(column) for column in columns])

    def settle(
        self, field: str, value: str, said: str, kind: str, read: Callable[[str], object], *, fatal: bool = True
    ) -> None:
        """Put what `read` makes of the texts in column `said` of `rows` into column `value`, or note the problem.

        Where it is not `fatal`, the row stays; the table `read_<said>` has the reason.
        """
        answers = self.read_distinct("rows", said, kind, read)
        if answers is None:
            return
        self.run(f"UPDATE rows SET {value} = a.value FROM {answers} a WHERE rows.{said} = a.said AND a.reason IS NULL")
        if not fatal:
            return
        self.reject(
            f"SELECT r.rowid, '{field}', a.reason FROM rows r JOIN {answers} a ON r.{said} = a.said "
            "WHERE a.reason IS NOT NULL"
        )

    def note(self, field: str, kind: str, read: Callable[[str], object]) -> None:
        """Read the few texts of a column of `rows` into a table beside it, `read_<field>_said`; note the problems."""
        answers = self.read_distinct("rows", f"{field}_said", kind, read)
        if answers:
            self.reject(
                f"SELECT r.rowid, '{field}', a.reason FROM rows r JOIN {answers} a ON r.{field}_said = a.said "
                "WHERE a.reason IS NOT NULL"
            )

    def write_rejects(self, sheet: Sheet, target: Path) -> int:
        """Write every rejected row: its number, the field, the reason, the original columns. How many rows.

        UTF-8 with a mark, which Excel wants for Hebrew. Several problems of one row are told together.
        """
        problems = self.connection.cursor().execute(
            "SELECT row, string_agg(DISTINCT field, ', ' ORDER BY field), "
            "string_agg(DISTINCT reason, '; ' ORDER BY reason) FROM problem GROUP BY row ORDER BY row"
        )
        try:
            with target.open("w", encoding="utf-8-sig", newline="") as file:
                writer = csv.writer(file)
                writer.writerow(("row", "field", "reason", *sheet.columns))
                count = 0
                broken = ((row, "", reason, (text,)) for row, reason, text in self._broken)
                for row in heapq.merge(broken, self._with_originals(sheet, problems), key=itemgetter(0)):
                    number, field, reason, original = row
                    writer.writerow((number, field, reason, *("" if value is None else value for value in original)))
                    count += 1
        except OSError as error:
            raise FileError(
                f"the rejected rows cannot be written to {target}: {error.strerror}; name another file with --rejects"
            ) from error
        return count

    def _with_originals(
        self, sheet: Sheet, problems: duckdb.DuckDBPyConnection
    ) -> Iterator[tuple[int, str, str, tuple[object, ...]]]:
        """Problems beside the rows they are of, both in order of the file; the file is read once more for that."""
        waiting = _one_by_one(problems)
        problem = next(waiting, None)
        if problem is None:
            return
        rows = self.connection.cursor().execute(f"SELECT * FROM {source_sql(sheet, again=True)}")
        for rowid, original in enumerate(_one_by_one(rows)):
            if rowid == problem[0]:
                yield (self.row_of(rowid), problem[1], problem[2], original)
                problem = next(waiting, None)
                if problem is None:
                    return


def first_rows(sheet: Sheet, count: int) -> list[tuple]:  # type: ignore[type-arg]
    """The first rows of a sheet, as text."""
    with duckdb.connect() as connection:
        return connection.execute(f"SELECT * FROM {source_sql(sheet, again=True)} LIMIT {count}").fetchall()


def _one_by_one(result: duckdb.DuckDBPyConnection) -> Iterator[tuple]:  # type: ignore[type-arg]
    while rows := result.fetchmany(_CHUNK):
        yield from rows


def _read_one(read: Callable[[str], object], text: str) -> tuple[str, object, str | None]:
    try:
        return text, read(text) if visible(text) else None, None
    except ValueError as error:
        return text, None, str(error)


def source_sql(sheet: Sheet, *, again: bool = False) -> str:
    """The sheet as a relation of text columns, named as its header. `again` reads the same rows and notes no errors."""
    if sheet.form == "parquet":
        return _parquet_sql(sheet)
    columns = ", ".join(f"{_text(name)}: 'VARCHAR'" for name in sheet.columns)
    # Errors are noted in any case: without that, rows after a bad quotation mark are lost (DuckDB 2.0).
    errors = "again" if again else "reject"
    noted = (
        f"store_rejects = true, rejects_limit = 0, rejects_table = '{errors}_errors', rejects_scan = '{errors}_scans'"
    )
    return (
        f"read_csv('{_quoted(sheet.path)}', auto_detect = false, header = true, delim = {_text(sheet.delimiter)}, "
        f"quote = '\"', escape = '\"', nullstr = '', strict_mode = true, ignore_errors = true, {noted}, "
        f"columns = {{{columns}}})"
    )


def _parquet_sql(sheet: Sheet) -> str:
    schema = pq.read_schema(sheet.path)
    texts = ", ".join(f"{_parquet_text(field)} AS {identifier(field.name)}" for field in schema)
    return f"(SELECT {texts} FROM read_parquet('{_quoted(sheet.path)}'))"


def _parquet_text(field: "pa.Field") -> str:
    """A customer's number may be stored as 13085.0: whole numbers are written as such."""
    name = identifier(field.name)
    if pa.types.is_floating(field.type):
        return (
            f"CASE WHEN {name} = floor({name}) AND abs({name}) < 1e15 THEN {name}::BIGINT::VARCHAR "
            f"WHEN isfinite({name}) THEN {name}::VARCHAR END"
        )
    if pa.types.is_timestamp(field.type) and field.type.tz:
        return f"strftime({name}, '%Y-%m-%dT%H:%M:%S.%f') || '+00:00'"
    return f"{name}::VARCHAR"


def identifier(name: str) -> str:
    """A column's name in SQL."""
    return '"' + name.replace('"', '""') + '"'


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


_FULL = ("no space left", "not enough space", "max_temp_directory_size", "disk quota")


def _plainly(error: duckdb.Error, folder: Path) -> FileError | None:
    """What people can do something about, in a sentence; None for everything else."""
    text = str(error)
    if any(words in text.lower() for words in _FULL):
        return FileError(
            f"no space left in {folder} for reading the file; free some, or set RITORNO_HOME to a larger disk. "
            "Nothing was imported by this run's reading"
        )
    if isinstance(error, duckdb.OutOfMemoryException):
        return FileError(f"not enough memory to read the file: {text.splitlines()[0]}")
    if isinstance(error, duckdb.IOException):
        return FileError(f"the file cannot be read: {text.splitlines()[0]}")
    return None


def texts_of(mapping: Mapping[str, str], fields: Iterable[str], others: Sequence[str] = ()) -> str:
    """SQL that selects fields (NULL where the file has no such column) and other columns, as they are written."""
    told = [f"{identifier(mapping[field])} AS {field}" if field in mapping else f"NULL::VARCHAR AS {field}"
            for field in fields]  # fmt: skip
    return ", ".join([*told, *map(identifier, others)])
