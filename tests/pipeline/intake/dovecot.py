"""A real Dovecot on a loopback port with one mailbox, and a wire that can be cut."""

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

PROGRAM = shutil.which("dovecot", path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin"]))
USER, PASSWORD = "clerk", "only-for-tests"

PLAIN = "ssl = no\ndisable_plaintext_auth = no"
CONFIG = """
base_dir = {base}/run
state_dir = {base}/run
log_path = {base}/log
protocols = imap
listen = 127.0.0.1
{encryption}
default_internal_user = {internal}
default_login_user = {login}
default_internal_group = {group}
first_valid_uid = 1
first_valid_gid = 0
mail_location = maildir:{base}/mail/%u
mail_fsync = never
auth_failure_delay = 0 secs
imap_capability = {capability}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
passdb {{
  driver = static
  args = password={{plain}}{password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={base}/mail/%u
}}
"""


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextlib.contextmanager
def dovecot(capability: str = "", tls: tuple[int, Path, Path] | None = None) -> Iterator[tuple[int, Path]]:
    """Port and the mailbox's folder on disk. ``tls``: another port for it, certificate and key; then no password goes unencrypted."""
    assert PROGRAM
    root = os.geteuid() == 0
    owner = pwd.getpwnam("nobody") if root else pwd.getpwuid(os.geteuid())
    base = Path(tempfile.mkdtemp(prefix="bf-imap-"))
    base.chmod(0o755)
    (base / "mail").mkdir()
    os.chown(base / "mail", owner.pw_uid, owner.pw_gid)
    port = free_port()
    config = CONFIG.format(
        base=base,
        port=port,
        tls_port=tls[0] if tls else 0,
        encryption=f"ssl = required\nssl_cert = <{tls[1]}\nssl_key = <{tls[2]}" if tls else PLAIN,
        uid=owner.pw_uid,
        gid=owner.pw_gid,
        password=PASSWORD,
        capability=capability,
        internal="dovecot" if root else owner.pw_name,
        login="dovenull" if root else owner.pw_name,
        group="dovecot" if root else owner.pw_name,
    )
    (base / "conf").write_text(config)
    server = subprocess.Popen([PROGRAM, "-F", "-c", str(base / "conf")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(port, server, base / "log")
        yield port, base / "mail" / USER
    finally:
        server.terminate()
        server.wait(10)
        shutil.rmtree(base, ignore_errors=True)


def wait_for(port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(200):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1) as connection:
            if connection.recv(10):
                return
        if server.poll() is not None:
            break
        time.sleep(0.05)
    raise AssertionError(f"Dovecot did not start: {log.read_text() if log.exists() else ''}")


class Wire:
    """Passes bytes on to a server, and cuts both directions when ``needle`` comes along from a side."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self.cut_at: tuple[str, bytes] | None = None
        self.cuts = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, socket.create_connection(("127.0.0.1", self._target)) as server:
            back = threading.Thread(target=self._pass, args=("server", server, client), daemon=True)
            back.start()
            self._pass("client", client, server)
            back.join()

    def _pass(self, name: str, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if self.cut_at and self.cut_at[0] == name and self.cut_at[1] in data:
                    found = data.index(self.cut_at[1]) + len(self.cut_at[1]) + 40
                    self.cut_at = None
                    self.cuts += 1
                    if name == "server":
                        sink.sendall(data[:found])  # in the middle of the answer
                    else:
                        sink.sendall(data)  # the command arrives, its answer does not
                        time.sleep(0.1)
                    break
                sink.sendall(data)
        for one in (source, sink):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
