"""What the environment decides: where data lives, which database, which address the doors listen on."""

import os
import secrets
from collections.abc import Mapping
from pathlib import Path

import django
import msgspec
from django.conf import settings as django_settings
from psycopg.conninfo import conninfo_to_dict


class SettingsError(ValueError):
    """A setting that cannot be right; the message names it and what it must be."""


class Settings(msgspec.Struct, frozen=True):
    """`RITORNO_HOME` the data folder, `DATABASE_URL` a PostgreSQL of your own (unset: the embedded one),
    `RITORNO_BIND` host:port of the doors, `RITORNO_URL` the public address that links begin with, `RITORNO_LAKE` the
    folder of the lake or its address (s3://…; unset: `lake` in the data folder), `RITORNO_WHOLE` the engine that reads
    it."""

    home: Path
    database_url: str | None
    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str = "http://127.0.0.1:8000"
    lake_url: str | None = None
    whole: str = "duckdb"

    @property
    def lake(self) -> str:
        """Where the lake is, as a path or an address."""
        return self.lake_url or str(self.home / "lake")


def read_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """The settings of this process; raises SettingsError naming the variable that is wrong."""
    given = os.environ if environ is None else environ
    home = Path(given.get("RITORNO_HOME") or "~/.ritorno").expanduser()
    host, _, port = (given.get("RITORNO_BIND") or "127.0.0.1:8000").rpartition(":")
    if not host or not port.isdigit() or not 0 < int(port) < 65536:
        raise SettingsError(f"RITORNO_BIND is {given['RITORNO_BIND']!r}; write host:port, for example 127.0.0.1:8000")
    url = given.get("DATABASE_URL") or None
    if url is not None and not url.startswith(("postgresql://", "postgres://")):
        raise SettingsError("DATABASE_URL must begin with postgresql://; Ritorno keeps its records in PostgreSQL only")
    public_url = (given.get("RITORNO_URL") or f"http://{host}:{port}").rstrip("/")
    whole = given.get("RITORNO_WHOLE") or "duckdb"
    if whole.partition("://")[0] not in ("duckdb", "pyspark"):
        raise SettingsError(f"RITORNO_WHOLE is {whole!r}; write duckdb, or pyspark://local[2] with the extra `spark`")
    return Settings(home.resolve(), url, host, int(port), public_url, given.get("RITORNO_LAKE") or None, whole)


def secret_key(home: Path) -> str:
    """The key of this installation, made once and readable by its owner alone."""
    path = home / "secret.key"
    if not path.exists():
        home.mkdir(parents=True, exist_ok=True)
        fresh = home / f".secret.{os.getpid()}"
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(50), encoding="ascii")
        try:
            os.link(fresh, path)  # whoever comes first; the others read it
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_text(encoding="ascii")


def configure_django(database_url: str, home: Path, public_url: str = "http://127.0.0.1:8000") -> None:
    """Give Django its settings, once a process."""
    if django_settings.configured:
        return
    django_settings.configure(
        SECRET_KEY=secret_key(home),
        ALLOWED_HOSTS=["*"]
        if "127.0.0.1" in public_url
        else [public_url.rsplit("//", maxsplit=1)[-1].split(":", maxsplit=1)[0], "127.0.0.1"],
        DATABASES={"default": django_database(database_url)},
        INSTALLED_APPS=["ritorno.store", "ritorno.web"],
        ROOT_URLCONF="ritorno.web.urls",
        MIDDLEWARE=[
            "django.middleware.security.SecurityMiddleware",
            "whitenoise.middleware.WhiteNoiseMiddleware",
        ],
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
        TIME_ZONE="UTC",
        LOGGING_CONFIG=None,
    )
    django.setup()


def django_database(url: str) -> dict[str, str]:
    """A PostgreSQL URL as Django names its parts."""
    told = {name: str(value) for name, value in conninfo_to_dict(url).items()}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": told.get("dbname", "postgres"),
        "USER": told.get("user", ""),
        "PASSWORD": told.get("password", ""),
        "HOST": told.get("host", ""),
        "PORT": told.get("port", ""),
    }
