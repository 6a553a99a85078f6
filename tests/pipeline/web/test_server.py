"""The server as a process: its links, its end."""

import re
import signal
import socket
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import httpx
import pytest

from pipeline.desk import Desk
from pipeline.errors import EnvironmentProblem
from pipeline.web.server import serve_pages

PROGRAM = """
    import sys
    from pathlib import Path
    from pipeline.desk import open_desk
    from pipeline.web.server import serve_pages

    desk = open_desk(Path(sys.argv[1]))
    serve_pages(desk, 0, lambda link: print(link, flush=True))
    desk.close()
    print("closed", flush=True)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_prints_working_links_and_ends_tidily(tmp_path: Path, number: signal.Signals) -> None:
    command = [sys.executable, "-c", textwrap.dedent(PROGRAM), str(tmp_path / "home")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        guard = threading.Timer(60, process.kill)
        guard.start()
        try:
            assert process.stdout
            link = process.stdout.readline().strip()
            assert re.fullmatch(r"http://127\.0\.0\.1:\d+/login\?token=[\w-]{43}", link)
            with httpx.Client(trust_env=False, follow_redirects=True) as client:
                assert "Clerk" in client.get(link).text
            process.send_signal(number)
            rest, complaints = process.communicate()
        finally:
            guard.cancel()
    assert (process.returncode, rest) == (0, "closed\n"), complaints
    links = re.findall(r"as (\w+): (http://127\.0\.0\.1:\d+/login\?token=[\w-]{43})", complaints)
    assert [role for role, _ in links] == ["approver", "auditor", "admin"]
    assert complaints.count("token=") == 3, "no token is logged besides the printed links"


def test_a_taken_port_says_what_to_do(desk: Desk) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(EnvironmentProblem, match="--port"):
        serve_pages(desk, taken.getsockname()[1], lambda _link: None)
