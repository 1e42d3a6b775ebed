"""The settings of the embedded PostgreSQL: for one machine, many short statements, records that must not be lost."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path


def text(socket: Path, port: int, settings: Mapping[str, str]) -> str:
    """The file `ritorno.conf`; `settings` come last and so win over ours."""
    folder = str(socket).replace('"', '""')
    lines = ["# Written by Ritorno at every start; to change a setting, use ALTER SYSTEM", *_tuning(port)]
    lines.append("unix_socket_directories = " + _quoted(f'"{folder}"'))
    lines += [f"{name} = {_quoted(value)}" for name, value in settings.items()]
    return "\n".join(lines) + "\n"


def _tuning(port: int) -> list[str]:
    memory = _memory()
    shared = min(max(memory // 8, 64 * 1024**2), 1024**3)
    lines = [
        "listen_addresses = ''",
        f"port = {port}",
        "unix_socket_permissions = 0700",
        f"shared_buffers = {shared // 1024**2}MB",
        f"effective_cache_size = {max(memory // 2, shared) // 1024**2}MB",
        f"maintenance_work_mem = {min(max(memory // 32, 64 * 1024**2), 512 * 1024**2) // 1024**2}MB",
        "work_mem = 16MB",
        "max_wal_size = 4GB",
        "min_wal_size = 256MB",
        "checkpoint_timeout = 15min",
        "checkpoint_completion_target = 0.9",
        "wal_compression = off",  # pglz took 96 µs a page, 70 of an order's 160; the log is a third longer without
        "wal_level = minimal",  # nothing replicates from it; bulk loads into new tables skip the log
        "max_wal_senders = 0",
        "synchronous_commit = on",  # an answered receipt is on disk
        "random_page_cost = 1.1",
        "jit = off",  # our statements are many and short
        "client_connection_check_interval = 2s",  # a killed worker's statement ends with it
        "timezone = UTC",
        "log_timezone = UTC",
        "datestyle = 'ISO, YMD'",
        "logging_collector = on",
        "log_directory = log",
        "log_filename = 'postgres-%a.log'",  # seven files, each emptied when its day comes again
        "log_rotation_age = 1d",
        "log_rotation_size = 0",
        "log_truncate_on_rotation = on",
        "log_checkpoints = off",
        # rows and parameters hold what people entrusted to a shop: they do not belong in a log
        "log_min_error_statement = panic",
        "log_parameter_max_length_on_error = 0",
        "log_error_verbosity = terse",
    ]
    shared_memory = Path("/dev/shm")  # noqa: S108 - asked for its size only: containers often have 64 MB
    if shared_memory.exists() and shutil.disk_usage(shared_memory).total < 512 * 1024**2:
        lines.append("dynamic_shared_memory_type = mmap")
    return lines


def _memory() -> int:
    """Bytes of memory of this machine, or of the container when it is given less."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        return min(memory, int(Path("/sys/fs/cgroup/memory.max").read_text()))
    except (OSError, ValueError):  # no such limit, or "max"
        return memory


def _quoted(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"
