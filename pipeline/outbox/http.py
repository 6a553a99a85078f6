"""The target "http": one POST to SAP's API_SUPPLIERINVOICE_PROCESS_SRV (OData V2), and the question whether an invoice is there.

The question fetches the CSRF token and the session as well. An invoice is known by company code, invoicing party, the number its
supplier gave it, invoice or credit memo, and the year of its date: the same facts as the idempotency key, because SAP has no
field for a key of ours. What was reversed there does not count.

Source: SAP's help on the API and on CSRF token handling of SAP Gateway.
"""

import http.client
import json
import re
import ssl
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from pipeline.outbox.parcel import NoAnswer, NotSent, Parcel, Receipt, Refused
from pipeline.settings import ExportHttp

ENTITY = "A_SupplierInvoice"
ANSWER_BYTES = 4_000_000
NEVER = frozenset({400, 409, 413, 415, 422})
"""The body was judged and refused: nothing was booked."""
NOT_LET_IN = frozenset({401, 403, 404, 405, 407, 429})
"""Nobody looked at the body: a password, a right, a token or an address is wrong, or it was too much at a time."""
ASKED = (
    "SupplierInvoice,FiscalYear,CompanyCode,InvoicingParty,SupplierInvoiceIDByInvcgParty,DocumentDate,"
    "InvoiceGrossAmount,DocumentCurrency,SupplierInvoiceIsCreditMemo,ReverseDocument"
)
_MILLISECONDS = re.compile(r"/Date\((-?\d+)(?:[+-]\d+)?\)/")


@dataclass
class _Session:
    token: str = ""
    cookies: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes


class HttpTarget:
    """One conversation; made anew for every hand-over."""

    def __init__(self, settings: ExportHttp, client: str = "") -> None:
        self._settings, self._client = settings, client
        self._session = _Session()
        self.settle_seconds = settings.settle_seconds
        self.busy_seconds = 6 * settings.timeout_seconds + 60

    def look(self, parcel: Parcel, *, is_ours: bool) -> Receipt | None:
        body = json.loads(parcel.data)
        names = ("CompanyCode", "InvoicingParty", "SupplierInvoiceIDByInvcgParty")
        wanted = " and ".join(f"{name} eq '{str(body[name]).replace(chr(39), chr(39) * 2)}'" for name in names)
        query = urlencode({"$filter": wanted, "$select": ASKED, "$top": "1000", "$format": "json"}, quote_via=quote)
        try:
            answer = self._call("GET", f"{ENTITY}?{query}", {"X-CSRF-Token": "Fetch"})
        except NoAnswer as problem:
            raise NotSent(str(problem)) from problem
        if answer.status != 200:
            raise NotSent(f"asked, and got status {answer.status}: {_words(answer)}")
        self._session.token = answer.headers.get("X-CSRF-Token", "")
        found = [row for row in _rows(answer) if _is_same(row, body)]
        if not found:
            return None
        if len(found) > 1:
            numbers = ", ".join(f"{row.get('SupplierInvoice')}/{row.get('FiscalYear')}" for row in found)
            raise Refused(f"it is there more than once: {numbers}")
        row = found[0]
        number, year = str(row.get("SupplierInvoice", "")), str(row.get("FiscalYear", ""))
        if not is_ours:
            raise Refused(f"it is there already as {number}/{year}, and not from here")
        if not _is_same_sum(row, body):
            raise Refused(f"it is there as {number}/{year} with another amount: {row.get('InvoiceGrossAmount')}")
        return Receipt(number, year)

    def send(self, parcel: Parcel) -> Receipt:
        headers = {"Content-Type": "application/json", "X-CSRF-Token": self._session.token}
        answer = self._call("POST", ENTITY, headers, parcel.data)
        if answer.status in NEVER:
            raise Refused(_words(answer))
        if answer.status in NOT_LET_IN:
            raise NotSent(f"status {answer.status}: {_words(answer)}")
        if answer.status != 201:
            raise NoAnswer(f"status {answer.status}: {_words(answer)}")
        try:
            made = json.loads(answer.body)["d"]
            return Receipt(str(made["SupplierInvoice"]), str(made["FiscalYear"]))
        except (ValueError, KeyError, TypeError, RecursionError) as problem:
            raise NoAnswer("booked, it says, but not as which number") from problem

    def _call(self, method: str, path: str, headers: Mapping[str, str], data: bytes | None = None) -> _Answer:
        """One exchange on a connection of its own; nothing is followed, nothing repeated. Raises ``NotSent``, ``NoAnswer``."""
        try:
            connection = self._connection()
            connection.connect()
            said = {"Accept": "application/json", "Connection": "close", **self._standing(), **headers}
        except (OSError, UnicodeError) as problem:
            raise NotSent(f"{type(problem).__name__}: {problem}") from problem
        try:
            connection.request(method, f"{urlsplit(self._settings.url).path.rstrip('/')}/{path}", data, said)
            response = connection.getresponse()
            answer = _Answer(response.status, response.headers, response.read(ANSWER_BYTES))
        except (OSError, http.client.HTTPException, ValueError) as problem:
            raise NoAnswer(f"{type(problem).__name__}: {problem}") from problem
        finally:
            connection.close()
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = cookie.partition(";")[0].partition("=")
            self._session.cookies[name.strip()] = value.strip()
        return answer

    def _connection(self) -> http.client.HTTPConnection:
        where = urlsplit(self._settings.url)
        host, seconds = where.hostname or "", self._settings.timeout_seconds
        if where.scheme == "http":
            return http.client.HTTPConnection(host, where.port, timeout=seconds)
        trusted = ssl.create_default_context(cafile=self._settings.authorities)
        return http.client.HTTPSConnection(host, where.port, timeout=seconds, context=trusted)

    def _standing(self) -> dict[str, str]:
        said: dict[str, str] = {}
        if self._settings.user:
            both = f"{self._settings.user}:{self._settings.secret()}".encode()
            said["Authorization"] = f"Basic {b64encode(both).decode('ascii')}"
        if self._client:
            said["sap-client"] = self._client
        if self._session.cookies:
            said["Cookie"] = "; ".join(f"{name}={value}" for name, value in self._session.cookies.items())
        return said


def _rows(answer: _Answer) -> list[dict[str, Any]]:
    try:
        rows = json.loads(answer.body)["d"]["results"]
        return [dict(row) for row in rows]
    except (ValueError, KeyError, TypeError, RecursionError) as problem:
        raise NotSent("asked, and got an answer that cannot be read") from problem


def _is_same(row: Mapping[str, Any], body: Mapping[str, Any]) -> bool:
    """Also where the server overlooked the filter."""
    numbers = all(
        str(row.get(name, "")).lstrip("0") == str(body[name]).lstrip("0")
        for name in ("CompanyCode", "InvoicingParty", "SupplierInvoiceIDByInvcgParty")
    )
    side = _is_credit(row) == _is_credit(body)
    return numbers and side and not row.get("ReverseDocument") and _year(row) in (None, _year(body))


def _is_credit(row: Mapping[str, Any]) -> bool:
    return row.get("SupplierInvoiceIsCreditMemo") in (True, "X", "true")


def _year(row: Mapping[str, Any]) -> int | None:
    """Of the document date; ``None`` when it is not said: then it may be any."""
    text = str(row.get("DocumentDate") or "")
    try:
        if found := _MILLISECONDS.fullmatch(text):
            return datetime.fromtimestamp(int(found[1]) / 1000, UTC).year
        return date.fromisoformat(text[:10]).year
    except (ValueError, OverflowError, OSError):
        return None


def _is_same_sum(row: Mapping[str, Any], body: Mapping[str, Any]) -> bool:
    try:
        return Decimal(str(row["InvoiceGrossAmount"])) == Decimal(str(body["InvoiceGrossAmount"]))
    except (KeyError, InvalidOperation):
        return False


def _words(answer: _Answer) -> str:
    """What the server says is wrong, in its words; at most 300 characters."""
    try:
        error = json.loads(answer.body)["error"]
        message = error["message"]
        return f"{error.get('code', '')} {message['value'] if isinstance(message, dict) else message}".strip()[:300]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return answer.body[:300].decode("utf-8", "replace").strip() or "no reason given"
