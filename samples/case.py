"""What a sample is, as data: the records of the TOML files in ``samples/cases``.

Numbers in the files are strings, so that no figure passes through a float.
"""

import tomllib
from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from schemas import Kind
from schemas.decision import Decision
from schemas.matching import MatchState
from schemas.money import Money, Percent, Price, Quantity

CASES = Path(__file__).parent / "cases"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CaseLine(_Strict):
    """One invoice line. With ``po`` (the order line) everything not said here is as ordered."""

    po: str = ""
    id: str | None = None
    name: str | None = None
    description: str | None = None
    item: str | None = None
    quantity: Quantity | None = None
    unit: str | None = None
    price: Price | None = None
    per: Quantity | None = None
    discount_percent: Percent | None = None
    rate: Percent | None = None
    category: str | None = None
    delivery_note: str | None = None


class Expectation(_Strict):
    """What ``process --master samples/master`` must make of it, after all samples have been taken in order."""

    decision: Decision
    findings: list[str] = Field(default_factory=list, description="Codes that must be there; others may be")
    match_state: MatchState | None = Field(None, description="None: not laid down")
    description: str


class Case(Expectation):
    """An invoice or credit note of the sample world."""

    name: str = Field(description="Stem of the file")
    format: Literal["pdf", "zugferd", "ubl", "cii"] = "pdf"
    vendor: str = Field("", description="Vendor number; empty: ``seller`` says everything")
    company: str = "1000"
    layout: str = Field("", description="Layout name; empty: the vendor's")
    type_code: str = "380"
    number: str | None = None
    issued: date | None = None
    delivered: date | None = None
    period: tuple[date, date] | None = None
    currency: str = "EUR"
    category: str = "S"
    rate: Percent | None = None
    order: str | None = None
    delivery_note: str | None = None
    preceding: str | None = None
    lines: list[CaseLine]
    allowances: list[dict[str, str]] = Field(default_factory=list)
    charges: list[dict[str, str]] = Field(default_factory=list)
    notes: list[str] = Field(default_factory=list)
    prepaid: Money | None = None
    days: int = 30
    skonto: tuple[str, int] | None = Field(None, description="Percent and days of a cash discount")
    print_due: bool = False
    print_order: bool = True
    print_buyer_vat: bool = True
    print_exemption: bool = True
    same_date: bool = False
    iban: str | None = None
    bic: str | None = None
    seller: dict[str, str] = Field(default_factory=dict)
    buyer: dict[str, str] = Field(default_factory=dict)
    customer_number: str = ""
    omit: list[str] = Field(default_factory=list, description="Paths left out of the page")
    misprint: dict[str, str] = Field(default_factory=dict, description="Path -> figure printed in place of the right one")
    negative_credit: bool = False
    hidden_text: str = ""
    copy_mark: str = ""
    password: str | None = None
    as_image: bool = Field(False, description="Only a picture of the page, without text layer")
    only_inside: bool = Field(False, description="Not a file of its own; some container carries it")
    accept: dict[str, list[str]] = Field(default_factory=dict, description="Path -> readings that are right too")

    @property
    def kind(self) -> Kind:
        if self.password or self.as_image:
            return Kind.UNREADABLE
        return Kind.CREDIT_NOTE if self.type_code == "381" else Kind.INVOICE


class Again(Expectation):
    """An earlier sample once more: the same bytes under another name, or written anew by other means."""

    name: str
    of: str
    layout: str = Field("", description="Empty: the very same bytes")
    copy_mark: str = ""


class Letter(Expectation):
    """A document that is no invoice. Rows are cells; paragraphs stand around them."""

    name: str
    kind: Kind
    vendor: str
    company: str = "1000"
    layout: str = ""
    title: str
    entries: list[tuple[str, str]]
    before: list[str] = Field(default_factory=list)
    header: list[str] = Field(default_factory=list)
    rows: list[list[str]] = Field(default_factory=list)
    after: list[str] = Field(default_factory=list)


class Mail(Expectation):
    """An e-mail with samples inside. ``parts`` names them; decisions of the parts are their own."""

    name: str
    vendor: str
    company: str = "1000"
    subject: str
    body: str
    sent: str = Field(description="RFC 5322 date")
    parts: list[str] = Field(default_factory=list)
    wrap: Literal["attach", "zip", "nested", "inline"] = "attach"


class Book(_Strict):
    """All samples, in the order in which they are processed: invoices, repetitions, letters, mails."""

    invoice: list[Case] = Field(default_factory=list)
    again: list[Again] = Field(default_factory=list)
    letter: list[Letter] = Field(default_factory=list)
    mail: list[Mail] = Field(default_factory=list)


@cache
def load_book(folder: Path = CASES) -> Book:
    """Every TOML file of the folder; within a kind by name, which starts with the running number."""
    book = Book()
    for path in sorted(folder.glob("*.toml")):
        part = Book.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
        for kind in Book.model_fields:
            getattr(book, kind).extend(getattr(part, kind))
    return book


def find_again(book: Book, name: str) -> Case:
    return next(case for case in book.invoice if case.name == name)
