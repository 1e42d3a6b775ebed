"""What the PostgreSQL in the data folder refuses, in words that say what to do."""

import pwd
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest

from ritorno.store.embedded import start
from ritorno.store.embedded_account import EmbeddedPostgresError
from tests.store.beside import as_root, one, run_as


class TestRefusals:
    """Bad input gets a clear error that names what is wrong, where, and what to do; nothing is half-made."""

    @staticmethod
    def refused(home: Path) -> str:
        with pytest.raises(EmbeddedPostgresError) as raised:
            start(home).leave()
        return str(raised.value)

    def test_a_home_that_cannot_be_made(self) -> None:
        said = self.refused(Path("/proc/ritorno"))
        assert "/proc/ritorno" in said
        assert "RITORNO_HOME" in said

    def test_a_home_that_is_a_file(self, new_home: Path) -> None:
        (new_home / "file").touch()
        assert "RITORNO_HOME" in self.refused(new_home / "file")

    def test_a_folder_of_another_version(self, home: Path) -> None:
        (home / "postgres" / "PG_VERSION").write_text("16\n")
        said = self.refused(home)
        assert "made by PostgreSQL 16, and this Ritorno runs 18" in said
        assert "pg_dump" in said

    def test_a_folder_of_another_program(self, home: Path) -> None:
        (home / "postgres" / "ritorno.conf").unlink()
        assert "another program" in self.refused(home)

    def test_a_folder_that_is_no_data_folder_is_left_as_it_is(self, new_home: Path) -> None:
        (new_home / "postgres").mkdir()
        (new_home / "postgres" / "notes.txt").write_text("mine")
        assert "is not a PostgreSQL data folder" in self.refused(new_home)
        assert [path.name for path in (new_home / "postgres").iterdir()] == ["notes.txt"]

    def test_a_damaged_folder_says_what_postgresql_said(self, home: Path) -> None:
        (home / "postgres" / "global" / "pg_control").write_bytes(b"\0" * 8192)
        said = self.refused(home)
        assert "did not start" in said
        assert "FATAL" in said or "PANIC" in said

    def test_a_setting_that_does_not_exist(self, home: Path) -> None:
        with pytest.raises(EmbeddedPostgresError, match="nonsense"):
            start(home, settings={"nonsense": "1"})
        with start(home) as server:
            assert one(server.url)

    def test_a_line_break_in_the_path(self, new_home: Path) -> None:
        assert "line break" in self.refused(new_home / "a\nb")

    @as_root
    def test_a_folder_of_another_user(self, home: Path) -> None:
        ordinary = pwd.getpwnam("nobody")
        said = run_as(ordinary, home)
        assert "EmbeddedPostgresError" in said
        assert "Permission denied" in said

    @as_root
    def test_a_full_disk(self, new_home: Path) -> None:
        with small_disk(new_home, "100m"):
            assert "needs 256 MB" in self.refused(new_home)
            assert not (new_home / "postgres").exists()

    @as_root
    def test_a_disk_that_became_full_and_was_freed(self, new_home: Path) -> None:
        with small_disk(new_home, "300m"):
            start(new_home).leave()
            fill(new_home / "film")
            said = self.refused(new_home)
            assert "is full" in said or "No space left" in said
            assert "free s" in said
            (new_home / "film").unlink()
            with start(new_home) as server:
                assert one(server.url)


def fill(path: Path) -> None:
    """A file that takes all that is left of its disk."""
    with path.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(b"\0" * 65536):
            pass
    assert shutil.disk_usage(path.parent).free < 65536


class small_disk:  # noqa: N801 - reads as a clause
    """A file system of its own, of that size, at a folder; skips where mounting is not allowed."""

    def __init__(self, at: Path, size: str) -> None:
        self.at, self.size = at, size

    def __enter__(self) -> None:
        command = ["mount", "-t", "tmpfs", "-o", f"size={self.size},mode=755", "tmpfs", str(self.at)]
        if subprocess.run(command, check=False, capture_output=True).returncode:
            pytest.skip("mounting a small file system is not allowed here")

    def __exit__(self, *_: object) -> None:
        subprocess.run(["umount", "-l", str(self.at)], check=True)
