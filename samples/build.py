"""All committed samples: files, truth, and the table of expected outcomes."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from samples.case import Again, Book, Case, Letter, Mail, load_book
from samples.compose import Paper, Rendered, render_invoice
from samples.containers import as_picture, attach_cii, write_mail
from samples.einvoice import write_einvoice
from samples.layout import Layout, named_layouts
from samples.letters import render_letter
from samples.master_data import NOW
from samples.parties import seed_rows
from samples.truth import World, build_invoice, load_world
from samples.truth_json import accepted_readings, contract_shape, only_printed, printed_flags
from schemas import Invoice


@dataclass
class Sample:
    """One document: its bytes, its truth, and in which file it comes."""

    name: str
    suffix: str
    data: bytes
    truth: dict[str, Any]
    inside: bool = False
    printed: dict[str, str] = field(default_factory=dict)

    @property
    def file(self) -> str:
        return self.name + self.suffix


@dataclass
class Collection:
    """Everything ``python -m samples`` writes."""

    samples: dict[str, Sample] = field(default_factory=dict)
    mails: dict[str, bytes] = field(default_factory=dict)
    expected: list[dict[str, Any]] = field(default_factory=list)


def layout_of(name: str, vendor: str) -> Layout:
    """The named layout, or the one of the vendor's paper."""
    if not name:
        name = next(row["layout"] for row in seed_rows("vendors") if row["vendor_number"] == vendor)
    return named_layouts()[name]


def paper_of(case: Case) -> Paper:
    return Paper(
        customer_number=case.customer_number,
        same_date=case.same_date,
        copy_mark=case.copy_mark,
        hidden_text=case.hidden_text,
        negative_credit=case.negative_credit,
        password=case.password,
    )


def build_case(case: Case, world: World) -> Sample:
    """Render one invoice and lay down its truth."""
    layout = layout_of(case.layout, case.vendor)
    invoice = build_invoice(case, layout, world)
    if case.format in ("ubl", "cii"):
        for line in invoice.lines:
            line.gross_price = line.discount = None
        truth = _truth(case, case.name + ".xml", case.kind.value, invoice, None, layout)
        return Sample(case.name, ".xml", write_einvoice(invoice, case.format), truth, case.only_inside)
    rendered = render_invoice(invoice, layout, paper_of(case))
    data, readable = rendered.pdf, invoice if case.format == "zugferd" else only_printed(invoice, rendered.printed)
    if case.format == "zugferd":
        data = attach_cii(data, write_einvoice(invoice, "cii"))
    if case.as_image:
        data = as_picture(rendered.pdf, layout)
    hidden = case.as_image or case.password is not None
    truth = _truth(case, case.name + ".pdf", case.kind.value, None if hidden else readable, rendered, layout)
    return Sample(case.name, ".pdf", data, truth, case.only_inside, {} if hidden else rendered.printed)


def _truth(
    case: Case, file: str, kind: str, invoice: Invoice | None, rendered: Rendered | None, layout: Layout
) -> dict[str, Any]:
    truth: dict[str, Any] = {
        "file": file,
        "kind": kind,
        "decision": case.decision.value,
        "findings": case.findings,
        "match_state": case.match_state.value if case.match_state else None,
        "description": case.description,
        "invoice": contract_shape(invoice) if invoice else None,
    }
    if invoice:
        truth["_printed"] = printed_flags(truth["invoice"], rendered.printed if rendered else {})
        truth["_accept"] = accepted_readings(invoice, case.accept)
        truth["_unknown"] = []
    truth["_source"] = {"id": Path(file).stem, "family": layout.name, "language": layout.language, "split": "samples"}
    return truth


def build_again(again: Again, book: Book, world: World, done: dict[str, Sample]) -> Sample:
    original = done[again.of]
    truth = {**original.truth, "file": again.name + original.suffix, **_expectation(again)}
    truth["_source"] = {**truth["_source"], "id": again.name}
    if not again.layout:
        return Sample(again.name, original.suffix, original.data, truth, printed=original.printed)
    case = next(case for case in book.invoice if case.name == again.of)
    layout = named_layouts()[again.layout]
    update = {"name": again.name, "layout": again.layout, "copy_mark": again.copy_mark}
    sample = build_case(case.model_copy(update=update), world)
    sample.truth |= {**_expectation(again), "_source": {**sample.truth["_source"], "family": layout.name}}
    return sample


def build_letter(letter: Letter, world: World) -> Sample:
    layout = layout_of(letter.layout, letter.vendor)
    truth = {"file": letter.name + ".pdf", "kind": letter.kind.value, **_expectation(letter), "invoice": None}
    truth["_source"] = {"id": letter.name, "family": layout.name, "language": layout.language, "split": "samples"}
    return Sample(letter.name, ".pdf", render_letter(letter, layout, world), truth)


def _expectation(case: Again | Letter | Mail) -> dict[str, Any]:
    return {
        "decision": case.decision.value,
        "findings": case.findings,
        "match_state": case.match_state.value if case.match_state else None,
        "description": case.description,
    }


def build_all() -> Collection:
    """Every sample and the order in which they are taken: by file name, parts of a mail in its order."""
    book, world = load_book(), load_world()
    done: dict[str, Sample] = {case.name: build_case(case, world) for case in book.invoice}
    done |= {again.name: build_again(again, book, world, done) for again in book.again}
    done |= {letter.name: build_letter(letter, world) for letter in book.letter}
    mails = {mail.name + ".eml": mail for mail in book.mail}
    collection = Collection(done)
    for name, mail in mails.items():
        files = {done[part].file: done[part].data for part in mail.parts}
        collection.mails[name] = write_mail(mail, world.vendors[mail.vendor], world.companies[mail.company], files)
    for name in sorted([*(sample.file for sample in done.values() if not sample.inside), *mails]):
        if name in mails:
            collection.expected += _expected_of_mail(name, mails[name], done)
        else:
            collection.expected.append(_expected(name, next(sample.truth for sample in done.values() if sample.file == name)))
    for order, entry in enumerate(collection.expected, start=1):
        entry["order"] = order
        if entry["truth"]:
            done[entry["truth"]].truth["order"] = order
    return collection


def _expected(file: str, truth: dict[str, Any]) -> dict[str, Any]:
    kept = {key: truth[key] for key in ("kind", "decision", "match_state", "findings", "description")}
    return {"order": 0, "file": file, "truth": truth["_source"]["id"], **kept}


def _expected_of_mail(name: str, mail: Mail, done: dict[str, Sample]) -> list[dict[str, Any]]:
    if not mail.parts:
        entry = {"order": 0, "file": name, "truth": None, "kind": "other", **_expectation(mail)}
        return [entry]
    return [_expected(f"{name}#{done[part].file}", done[part].truth) for part in mail.parts]


def write_samples(folder: Path) -> Collection:
    """``folder/documents``, ``folder/truth`` and ``folder/expected.json``; the same bytes every time."""
    collection = build_all()
    documents, truth = folder / "documents", folder / "truth"
    for path in (documents, truth):
        path.mkdir(parents=True, exist_ok=True)
    for sample in collection.samples.values():
        if not sample.inside:
            (documents / sample.file).write_bytes(sample.data)
        (truth / f"{sample.name}.json").write_text(as_json(sample.truth), encoding="utf-8")
    for name, data in collection.mails.items():
        (documents / name).write_bytes(data)
    expected = {"now": NOW.isoformat(), "documents": collection.expected}
    (folder / "expected.json").write_text(as_json(expected), encoding="utf-8")
    return collection


def as_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"
