"""One code path to SQLite and PostgreSQL.

SQLite runs in WAL mode with ``synchronous=FULL``: a committed transaction survives a power cut (NORMAL may lose it). Writing
transactions start with ``BEGIN IMMEDIATE``, so that two writers queue up instead of failing half-way; ``busy_timeout`` lets
them wait. On PostgreSQL an advisory lock gives them the same turns: the log has one order, and what a writer reads stays true until it
commits. The work of a stage is done outside of them, so that they stay short.
"""

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, func, insert, select, update
from sqlalchemy.exc import DatabaseError, InterfaceError

from pipeline.errors import EnvironmentProblem, UsageError
from pipeline.store import tables

BUSY_SECONDS = 30


class Database:
    """Read and write transactions. Thread-safe; one per process."""

    def __init__(self, url: str, file: Path) -> None:
        self.is_sqlite = not url
        # SQLite has one writer at a time and lets the others sleep and try again; threads of one process queue up here instead
        self._turn: AbstractContextManager[Any] = threading.Lock() if self.is_sqlite else nullcontext()
        self._engine = _sqlite(file) if not url else _postgresql(url)
        try:
            self._set_up()
        except (DatabaseError, InterfaceError) as problem:
            raise EnvironmentProblem(f"cannot open the database: {problem.orig}") from problem

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction; everything in it happens or nothing does."""
        with self._turn, self._engine.connect().execution_options(writes=True) as connection, connection.begin():
            if not self.is_sqlite:
                connection.execute(_TAKE_TURN)
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A consistent view."""
        level = {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ"}
        with self._engine.connect().execution_options(**level) as connection, connection.begin():
            yield connection

    def close(self) -> None:
        self._engine.dispose()

    def _set_up(self) -> None:
        """Tables and the version of their schema. Several processes may come to a new database at the same time."""
        if self.is_sqlite:
            tables.metadata.create_all(self._engine)
        with self.write() as connection:
            if not self.is_sqlite:
                tables.metadata.create_all(connection)
            found = connection.scalar(select(tables.meta.c.value).where(tables.meta.c.name == "schema"))
            if found is None:
                connection.execute(insert(tables.meta).values(name="schema", value=str(tables.SCHEMA_VERSION)))
            elif int(found) > tables.SCHEMA_VERSION:
                raise EnvironmentProblem(
                    f"the database has schema {found}, this program knows {tables.SCHEMA_VERSION}: update the program"
                )


_TURN = 0x42656C6567  # any number will do, as long as all processes use the same
_TAKE_TURN = select(func.pg_advisory_xact_lock(_TURN))


def _postgresql(url: str) -> Engine:
    if not url.startswith("postgresql://"):
        raise UsageError("database_url must be empty or postgresql://...")
    return create_engine(
        url.replace("postgresql://", "postgresql+pg8000://", 1), pool_pre_ping=True, pool_size=10, max_overflow=20
    )


def _sqlite(file: Path) -> Engine:
    engine = create_engine(f"sqlite:///{file}", connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={BUSY_SECONDS * 1000}"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get("writes") else "BEGIN")

    return engine


def get_meta(connection: Connection, name: str, default: str = "") -> str:
    return connection.scalar(select(tables.meta.c.value).where(tables.meta.c.name == name)) or default


def set_meta(connection: Connection, name: str, value: str) -> None:
    if not connection.execute(update(tables.meta).where(tables.meta.c.name == name).values(value=value)).rowcount:
        connection.execute(insert(tables.meta).values(name=name, value=value))
