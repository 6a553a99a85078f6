"""An SAP that takes supplier invoices over OData V2, on loopback: CSRF token and session, deep insert, query, and faults on demand."""

import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

ROOT = "/sap/opu/odata/sap/API_SUPPLIERINVOICE_PROCESS_SRV"
COOKIE, TOKEN = "SAP_SESSIONID=s1", "t0ken"
SIGNED_IN = "Basic YmVsZWc6c2VjcmV0"  # beleg, secret
KEYS = ("CompanyCode", "InvoicingParty", "SupplierInvoiceIDByInvcgParty")
LETTERS = re.compile(r"(\w+) eq '((?:[^']|'')*)'")


@dataclass
class FakeSap:
    """``booked`` are the invoices as posted. ``faults`` are used up, one for every POST (``ask_faults``: every GET)."""

    url: str = ""
    booked: list[dict[str, Any]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    ask_faults: list[str] = field(default_factory=list)
    posts: int = 0
    asked: int = 0
    delay: float = 1.0
    duplicate_check: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)
    late: list[threading.Thread] = field(default_factory=list)

    def book(self, body: dict[str, Any]) -> dict[str, Any]:
        with self.lock:
            number = str(5105600000 + len(self.booked))
            made = {**body, "SupplierInvoice": number, "FiscalYear": "2026", "ReverseDocument": ""}
            self.booked.append(made)
            return made

    def find(self, wanted: dict[str, str]) -> list[dict[str, Any]]:
        with self.lock:
            return [row for row in self.booked if all(str(row.get(key)) == value for key, value in wanted.items())]


class _Handler(BaseHTTPRequestHandler):
    sap: FakeSap

    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        self.sap.asked += 1
        fault = self.sap.ask_faults.pop(0) if self.sap.ask_faults else ""
        query = parse_qs(urlsplit(self.path).query)
        wanted = {name: value.replace("''", "'") for name, value in LETTERS.findall(query.get("$filter", [""])[0])}
        assert set(KEYS) == set(wanted)
        if self.headers.get("Authorization") != SIGNED_IN:
            self._error(401, "not signed in")
        elif fault == "500":
            self._error(500, "short dump")
        elif fault == "reset":
            self._hang_up()
        else:
            token = {"X-CSRF-Token": TOKEN} if self.headers.get("X-CSRF-Token") == "Fetch" else {}
            rows = [] if fault == "blind" else self.sap.find(wanted)
            self._answer(200, {"d": {"results": rows}}, {**token, "Set-Cookie": f"{COOKIE}; path=/; HttpOnly"})

    def do_POST(self) -> None:
        data = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("X-CSRF-Token") != TOKEN or COOKIE not in (self.headers.get("Cookie") or ""):
            self._error(403, "CSRF token validation failed")
        elif self.headers.get("Authorization") != SIGNED_IN:
            self._error(401, "not signed in")
        else:
            self.sap.posts += 1
            self._insert(json.loads(data), self.sap.faults.pop(0) if self.sap.faults else "")

    def _insert(self, body: dict[str, Any], fault: str) -> None:
        sap = self.sap
        if fault == "refuse":
            self._error(400, "Account 999999 does not exist")
        elif sap.duplicate_check and sap.find({name: body[name] for name in KEYS}):
            self._error(400, "Check if invoice already entered")
        elif fault.endswith("-before"):
            self._fail(fault.removesuffix("-before"))
        elif fault == "late":  # books after the caller gave up
            later = threading.Timer(sap.delay, sap.book, [body])
            sap.late.append(later)
            later.start()
            self._fail("time-out")
        else:
            made = sap.book(body)
            if fault.endswith("-after"):
                self._fail(fault.removesuffix("-after"))
            else:
                self._answer(201, {"d": made})

    def _fail(self, how: str) -> None:
        if how == "500":
            self._error(500, "short dump")
        elif how == "gibberish":
            self._answer(201, "<html>")
        else:
            if how == "time-out":
                time.sleep(self.sap.delay)
            self._hang_up()

    def _hang_up(self) -> None:
        self.close_connection = True
        self.connection.close()

    def _error(self, status: int, words: str) -> None:
        self._answer(status, {"error": {"code": "M8/000", "message": {"lang": "en", "value": words}}})

    def _answer(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(data)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_: Any) -> None:
        """A caller that hung up is what the tests want."""


@contextmanager
def fake_sap() -> Iterator[FakeSap]:
    sap = FakeSap()
    server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"sap": sap}))
    sap.url = f"http://127.0.0.1:{server.server_address[1]}{ROOT}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield sap
    finally:
        for one in sap.late:
            one.join()
        server.shutdown()
        server.server_close()
        thread.join()
