"""A shop's file, whatever its letters and its kind."""
# ruff: noqa: DTZ001 - times as a wall clock shows them

import csv
import zipfile
from datetime import datetime
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ritorno.sources.files import FileError, Sheet, open_sheet
from ritorno.sources.staging import Staging, first_rows, texts_of

TEXT = 'מספר הזמנה;סניף;הערה\n1;דיזנגוף;שלום\n2;איילון;"a;b"\n'
ROWS = [("1", "דיזנגוף", "שלום"), ("2", "איילון", "a;b")]


def opened(tmp_path: Path, content: bytes, name: str = "orders.csv", encoding: str | None = None) -> Sheet:
    path = tmp_path / name
    path.write_bytes(content)
    return open_sheet(path, tmp_path, encoding=encoding)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1255", "utf-16", "utf-16-le", "utf-16-be"])
def test_hebrew_is_read_in_every_encoding_that_shops_use(tmp_path: Path, encoding: str) -> None:
    sheet = opened(tmp_path, TEXT.encode(encoding))
    assert sheet.columns == ("מספר הזמנה", "סניף", "הערה")
    assert sheet.delimiter == ";"
    assert first_rows(sheet, 5) == ROWS


def test_one_hebrew_name_far_down_decides(tmp_path: Path) -> None:
    plain = "".join(f"{number},Haifa\n" for number in range(400_000))
    sheet = opened(tmp_path, ("id,branch\n" + plain + "9,").encode() + "אילת\n".encode("cp1255"))
    assert sheet.encoding == "cp1255"


def test_a_told_encoding_is_believed_and_its_failure_names_the_line(tmp_path: Path) -> None:
    content = TEXT.encode("cp1255")
    assert first_rows(opened(tmp_path, content, encoding="windows-1255"), 5) == ROWS
    with pytest.raises(FileError, match=r"not UTF-8 text \(line 1.*--encoding cp1255"):
        opened(tmp_path, content, encoding="utf-8")
    with pytest.raises(FileError, match="there is no encoding 'klingon'"):
        opened(tmp_path, content, encoding="klingon")


def test_a_told_encoding_that_cannot_read_the_file_says_where(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"not cp1255 text \(line 3\)"):
        opened(tmp_path, b"a,b\n1,2\n3,\xdd\n", encoding="cp1255")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(tmp_path: Path, delimiter: str) -> None:
    sheet = opened(tmp_path, delimiter.join(["a", "b", "c"]).encode() + b"\n" + delimiter.join("123").encode() + b"\n")
    assert sheet.delimiter == delimiter
    assert first_rows(sheet, 1) == [("1", "2", "3")]


def test_names_of_columns_are_made_unique(tmp_path: Path) -> None:
    assert opened(tmp_path, b"a,a,,a\n1,2,3,4\n").columns == ("a", "a (2)", "column 3", "a (3)")


def test_a_workbook_keeps_phones_times_and_row_numbers(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["order_id", "phone", "at", "total"], [17, 521234567, datetime(2026, 3, 1, 10, 5), 12.5], [],
                ["x", "052-1", None, 7.0]):  # fmt: skip
        sheet.append(row)
    sheet.cell(row=4, column=1, value="x")
    book.save(tmp_path / "orders.xlsx")
    found = open_sheet(tmp_path / "orders.xlsx", tmp_path)
    rows = first_rows(found, 5)
    assert rows[0] == ("17", "521234567", "2026-03-01 10:05:00", "12.5")
    assert rows[2] == ("x", "052-1", None, "7")


def test_parquet_is_text_too_and_whole_numbers_have_no_tail(tmp_path: Path) -> None:
    table = pa.table(
        {
            "id": [13085.0, None],
            "at": pa.array([datetime(2026, 3, 1, 10), None], pa.timestamp("us")),
            "total": [12.5, 3.0],
            "utc": pa.array([datetime(2026, 3, 1, 8), None], pa.timestamp("ms", tz="Asia/Jerusalem")),
        }
    )
    pq.write_table(table, tmp_path / "orders.parquet")
    rows = first_rows(open_sheet(tmp_path / "orders.parquet", tmp_path), 5)
    assert rows[0][:3] == ("13085", "2026-03-01 10:00:00", "12.5")
    assert str(rows[0][3]).startswith("2026-03-01T08:00:00")
    assert rows[1] == (None, None, "3", None)


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("logo.csv", b"\x89PNG\r\n\x1a\n....", "a PNG image"),
        ("photo.csv", b"\xff\xd8\xff\xe0....", "a JPEG image"),
        ("terms.csv", b"%PDF-1.7", "a PDF document"),
        ("orders.csv.gz", b"\x1f\x8b\x08\x00", "unpack it first"),
        ("empty.csv", b"", "is empty"),
        ("blank.csv", b"\n\n", "header"),
        ("noise.csv", bytes(range(256)) * 20, "is not a text file"),
        ("one.csv", b"order_id\n1\n", "one column only"),
        ("cut.xlsx", b"PK\x03\x04half a workbook", "damaged or cut short"),
        ("cut.parquet", b"PAR1" + b"\0" * 100, "damaged or cut short"),
    ],
)
def test_what_is_no_table_is_told_by_what_it_is(tmp_path: Path, name: str, content: bytes, told: str) -> None:
    with pytest.raises(FileError, match=told):
        opened(tmp_path, content, name)


def test_a_zip_of_files_is_to_be_unpacked_and_a_folder_is_no_file(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr("orders.csv", "a,b\n")
    with pytest.raises(FileError, match=r"zip archive \(orders.csv"):
        open_sheet(tmp_path / "all.zip", tmp_path)
    with pytest.raises(FileError, match="is a folder"):
        open_sheet(tmp_path, tmp_path)
    with pytest.raises(FileError, match="does not exist"):
        open_sheet(tmp_path / "nothing.csv", tmp_path)


def test_rejected_rows_are_named_by_their_number_in_the_file(tmp_path: Path) -> None:
    """Blank lines and rows that cannot be read count, as they do in a sheet."""
    lines = ["a,b,c", "1,2,3", "", "4,5", "6,7,8", '"open,9,10"x', "11,12,13", "14,15,16,17", "18,19,20"]
    sheet = opened(tmp_path, ("\n".join(lines) + "\n").encode())
    folder = tmp_path / "staging"
    folder.mkdir()
    staging = Staging(folder)
    assert staging.load(sheet, texts_of({}, (), sheet.columns)) == 7
    staging.reject("SELECT rowid, 'a', 'odd' FROM rows WHERE a IN ('6', '18')")
    assert staging.write_rejects(sheet, tmp_path / "rejects.csv") == 5
    with (tmp_path / "rejects.csv").open(encoding="utf-8-sig", newline="") as file:
        told = [(row["row"], row["field"], row["reason"], row["a"]) for row in csv.DictReader(file)]
    assert [row[0] for row in told] == ["4", "5", "6", "8", "9"]
    assert told[1] == ("5", "a", "odd", "6")
    assert told[4] == ("9", "a", "odd", "18")
    assert "fewer columns" in told[0][2]
    assert "more columns" in told[3][2]
    staging.close()
