"""Embedded XML against the page a person sees: number, issue date, totals, bank accounts, VAT id.

A value is missing when no spelling of it stands anywhere on the visible pages. That alone is asked of the total, the number and
the accounts. The other values, which a page need not show, differ only where the page reader is sure of another value.
Source: check P1 of the fraud checks; measured on real hybrid invoices without a false alarm on total and account.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal

from stdnum import iban

from schemas import Document, Finding, Invoice
from schemas.finding import error, info
from schemas.money import plain

MISMATCH = "FRAUD-XML-PAGE-MISMATCH"
CLEARS = "a corrected file; the supplier says which of the two counts"
_GROUPS = "[.,'’ \u00a0\u202f\u2009]?"
_AMOUNT = re.compile(r"\d[.,]\d{2}(?!\d)")
_IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}")
_NAMED_IBAN = re.compile(r"IBAN(?:NR|NO|NUMMER)?[.:]*([A-Z]{2}\d{18,26})")
"""An account called one, however wrong its check digits are."""
_UNSURE = ("READ-UNSURE", "READ-READERS-DISAGREE")
_SURE_ONLY = ("totals.tax_basis_total", "totals.tax_total", "totals.due_payable")


def compare(structured: Document, by_page: Sequence[Document], text: str) -> list[Finding]:
    """Where the XML and the pages say different things. ``text`` is the visible text, row by row; ``by_page`` its reading.

    Pages without any amount (pictures, cover sheets) are not compared; one remark says so.
    """
    stated = structured.invoice
    if stated is None:
        return []
    if not _AMOUNT.search(text):
        return [info("READ-UNSURE", "", "the pages show no amounts; the embedded XML was not compared with them")]
    payable = [document for document in by_page if document.kind.is_payable and document.invoice is not None]
    shown = payable[0] if len(payable) == 1 else None
    return [*_total(stated, shown, text), *_accounts(stated, text), *_number(stated, shown, text), *_others(stated, shown, text)]


def shows_amount(text: str, amount: Decimal) -> bool:
    """Whether ``text`` has the amount in any usual spelling: groups of three or not, point or comma, with or without ``,00``."""
    whole, _, decimals = plain(abs(amount)).partition(".")
    decimals = decimals.rstrip("0")
    groups = [whole[max(0, end - 3) : end] for end in range(len(whole), 0, -3)][::-1]
    tail = rf"\s?[.,]\s?{decimals}0*" if decimals else r"(?:\s?[.,]\s?(?:0+|-+|–|—))?"
    return re.search(rf"(?<!\d)(?<!\d[.,'’]){_GROUPS.join(groups)}{tail}(?!\d)(?![.,'’]\d)", text) is not None


def _mismatch(path: str, words: str, stated: str, shown: str | None = None) -> Finding:
    return error(MISMATCH, path, words, stated=stated[:200], expected=shown, clears=CLEARS)


def _total(stated: Invoice, shown: Document | None, text: str) -> Iterator[Finding]:
    totals = stated.totals
    path, amount = "totals.grand_total", totals.grand_total
    if amount is None:
        path, amount = "totals.due_payable", totals.due_payable
    if amount is None:
        return
    sure = _sure(shown, path)
    other = sure if isinstance(sure, Decimal) and abs(sure) != abs(amount) else None
    if not shows_amount(text, amount):
        if amount == 0 or (totals.due_payable and shows_amount(text, totals.due_payable) and other is None):
            return
        seen = plain(other) if other is not None else None
        yield _mismatch(path, f"the embedded XML says {plain(amount)}, which stands nowhere on the page", plain(amount), seen)
    elif other is not None and shown is not None and shown.accepted:
        words = f"the embedded XML says {plain(amount)}, the page adds up to {plain(other)}"
        yield _mismatch(path, words, plain(amount), plain(other))


def _accounts(stated: Invoice, text: str) -> Iterator[Finding]:
    compact = re.sub(r"[\s\u00a0\u202f-]+", "", text).upper()
    printed = [found for match in _IBAN.finditer(compact) for found in _ibans(match[0])]
    printed += [match[1] for match in _NAMED_IBAN.finditer(compact)]
    wanted = {account.iban for account in stated.payment.accounts} | {stated.payment.iban}
    for number in sorted(value for value in wanted if value):
        account = re.sub(r"\W", "", number).upper()
        if not iban.is_valid(account) or account in compact or not printed:
            continue
        words = f"the embedded XML names the account {account}, the page names others: {', '.join(sorted(set(printed))[:3])}"
        yield _mismatch("payment.iban", words, account, printed[0])


def _ibans(run: str) -> Iterator[str]:
    """The valid IBAN at the start of a run of letters and digits; what follows it on the page may be glued to it."""
    for length in range(min(34, len(run)), 14, -1):
        if iban.is_valid(run[:length]):
            yield run[:length]
            return


def _number(stated: Invoice, shown: Document | None, text: str) -> Iterator[Finding]:
    squeezed = _alphanumeric(stated.number or "")
    if not squeezed or _shows_number(text.upper(), squeezed):
        return
    seen = _sure(shown, "number")
    if isinstance(seen, str) and re.search(rf"[^0-9A-Za-z]{re.escape(seen.strip())}$", stated.number or ""):
        return  # the XML puts a customer or series number before the number of the page
    words = f"the embedded XML has the number {stated.number}, which stands nowhere on the page"
    yield _mismatch("number", words, stated.number or "", seen if isinstance(seen, str) else None)


def _shows_number(text: str, squeezed: str) -> bool:
    """With any signs or blanks between the characters, but not as a part of a longer run of figures."""
    begin, end = r"(?<!\d)" if squeezed[0].isdigit() else "", r"(?!\d)" if squeezed[-1].isdigit() else ""
    return re.search(begin + r"[\W_]{0,3}".join(map(re.escape, squeezed[:100])) + end, text) is not None


def _others(stated: Invoice, shown: Document | None, text: str) -> Iterator[Finding]:
    for path in _SURE_ONLY:
        amount, seen = getattr(stated.totals, path.partition(".")[2]), _sure(shown, path)
        if amount is None or not isinstance(seen, Decimal) or abs(amount) == abs(seen) or shows_amount(text, amount):
            continue
        yield _mismatch(path, f"the embedded XML says {plain(amount)}, the page {plain(seen)}", plain(amount), plain(seen))
    day, seen = stated.issue_date, _sure(shown, "issue_date")
    if day is not None and isinstance(seen, date) and day != seen and not _shows_date(text, day):
        words = f"the embedded XML is dated {day.isoformat()}, the page {seen.isoformat()}"
        yield _mismatch("issue_date", words, day.isoformat(), seen.isoformat())
    vat_id, seen = stated.seller.vat_id, _sure(shown, "seller.vat_id")
    if vat_id and isinstance(seen, str) and _alphanumeric(vat_id) not in _alphanumeric(text):
        words = f"the embedded XML names the VAT id {vat_id}, the page {seen}"
        yield _mismatch("seller.vat_id", words, vat_id, seen)


def _shows_date(text: str, day: date) -> bool:
    """In figures only, in any order; a spelling with the month's name is left to the page reader."""
    year = rf"(?:{day.year}|{day.year % 100:02d})"
    figures = [rf"0?{day.day}\s?[./-]\s?0?{day.month}\s?[./-]\s?{year}", rf"0?{day.month}[./-]0?{day.day}[./-]{year}"]
    figures += [rf"{day.year}\s?[./-]?\s?0?{day.month}\s?[./-]?\s?0?{day.day}"]
    return any(re.search(rf"(?<!\d){figure}(?!\d)", text) for figure in figures)


def _sure(shown: Document | None, path: str) -> object:
    """The page's value where the page reader has evidence for it and no doubt about it, else ``None``."""
    if shown is None or shown.invoice is None or not shown.evidence.get(path):
        return None
    if any(finding.code in _UNSURE and finding.path in ("", path) for finding in shown.findings):
        return None
    value: object = shown.invoice
    for part in path.split("."):
        value = getattr(value, part)
    return value


def _alphanumeric(text: str) -> str:
    return "".join(c for c in text.upper() if c.isalnum())
