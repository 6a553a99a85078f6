"""The contestants of ``benchmarks.extraction``. Each is a function of a job, run in a process of its own, that answers with times."""

import json
import logging
import re
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

Job = dict[str, Any]
Read = Callable[[str], bool]  # whether there is an answer for the document at the path

WHOLE = "read, isolated, second reader and visibility"
BARE = "read alone"


def timed(job: Job, read: Read) -> Job:
    """Read the documents to warm up on, then each of the others once."""
    for file in job["warm"]:
        read(file)
    times, answers = [], 0
    for file in job["timed"]:
        start = time.perf_counter()
        answered = read(file)
        times.append((time.perf_counter() - start) * 1000)
        answers += answered
    return {"times": times, "answers": answers}


def _is_invoice(extraction: Job) -> bool:
    return any(document["kind"] in ("invoice", "credit-note") for document in extraction["documents"])


def read_isolated(job: Job) -> Job:
    """As the pipeline does: a child with limits per document."""
    from pipeline.sandbox import Sandbox
    from pipeline.settings import Limits

    sandbox = Sandbox(Limits())
    sandbox.warm_up()
    return timed(job, lambda file: _is_invoice(sandbox.run("read", {"path": file, "name": "x.pdf", "source": "text-layer"})))


def read_in_process(job: Job, *, careful: bool) -> Job:
    import extractors

    def read(file: str) -> bool:
        extraction = extractors.read(
            Path(file).read_bytes(), "x.pdf", source="text-layer", second_reader=careful, visibility=careful
        )
        return _is_invoice(extraction.as_json())

    return timed(job, read)


def invoice2data(job: Job, *, own: str) -> Job:
    """``own``: "none" for the templates it comes with, or the text they are written for: "pdfium", "pdftotext"."""
    logging.disable(logging.CRITICAL)
    from invoice2data import extract_data
    from invoice2data.extract.loader import read_templates
    from invoice2data.input import extract_text, pdfium, pdftotext

    module = {"none": None, "pdfium": pdfium, "pdftotext": pdftotext}[own]
    templates = read_templates()
    if module is not None:
        templates += [t for file in (*job["warm"], *job["timed"]) if (t := _template(file, extract_text(module, file), own))]
    from invoice2data import input as texts

    texts._cached_to_text.cache_clear()  # the texts that the templates were written from
    return timed(job, lambda file: bool(extract_data(file, templates, input_module=module)))


def _template(file: str, text: str, own: str) -> Any:
    """What a person would write for this supplier: what to know him by, labels of the fields, and rows of the item table."""
    from invoice2data.extract.invoice_template import InvoiceTemplate
    from invoice2data.extract.loader import prepare_template

    beside = Path(file).with_suffix(".json")
    truth = json.loads(beside.read_text("utf-8")) if beside.exists() else {}
    seller = truth.get("seller") or {}
    marks = [value for value in (seller.get("vat_id"), seller.get("name"), truth.get("number")) if value and value in text]
    if not marks:
        return None
    comma = len(re.findall(r"\d,\d\d\b", text)) >= len(re.findall(r"\d\.\d\d\b", text))
    number = str(truth.get("number") or "")
    label = re.search(rf"([^\n]*?){re.escape(number)}", text)
    fields: Job = {
        "invoice_number": rf"{re.escape(label[1])}(\S+)" if label else r"(\S+)",
        "date": r"(\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{4}-\d\d-\d\d)",
        "amount": r"(?s).*\s([\d.,']+[.,]\d\d)\b",
    }
    template: Job = {
        "template_name": Path(file).stem,
        "issuer": marks[0],
        "keywords": marks[:1],
        "fields": fields,
        "required_fields": ["invoice_number"],
        "options": {"decimal_separator": "," if comma else ".", "date_formats": ["%d.%m.%Y", "%d/%m/%Y", "%Y-%m-%d"]},
    }
    if own == "pdftotext":
        line = r"^\s*(?P<name>\S.*?)\s{2,}(?P<qty>[\d.,]+)\s.*?(?P<price_subtotal>[\d.,']+[.,]\d\d)\s*\S{0,3}\s*$"
        template["lines"] = {"start": r"\n", "end": r"\Z", "line": line}
        template["input_module"] = own
    return InvoiceTemplate(prepare_template(template))


def pdfplumber_words(job: Job) -> Job:
    import pdfplumber

    def read(file: str) -> bool:
        with pdfplumber.open(file) as document:
            return bool([word for page in document.pages for word in page.extract_words()])

    return timed(job, read)


def write_long_invoice(file: Path, lines: int, pages: int) -> int:
    """An invoice of so many lines, by the generator of samples, set so that it takes about so many pages; the number it takes."""
    from samples.compose import render_invoice
    from samples.grammar import generate
    from samples.sums import add_up

    sample = next(s for s in map(generate, range(1, 500)) if s.kind == "invoice" and _suits(s))
    invoice = sample.invoice.model_copy(deep=True)
    invoice.lines = [
        invoice.lines[place % len(invoice.lines)].model_copy(update={"id": str(place + 1)}) for place in range(lines)
    ]
    add_up(invoice, lambda code: sample.layout.word(f"note_{code}"))
    for quarter in range(44, 24, -1):
        rendered = render_invoice(invoice, replace(sample.layout, size=quarter / 4), None)
        if rendered.pages <= pages:
            break
    file.write_bytes(rendered.pdf)
    return rendered.pages


def _suits(sample: Any) -> bool:
    """A second line under each name, a usual table, and nothing unusual in the sums."""
    layout, invoice = sample.layout, sample.invoice
    plain = not invoice.allowances and not invoice.charges and not invoice.totals.prepaid and len(invoice.tax_breakdown) == 1
    return plain and layout.item_ids == "second-line" and not layout.show_gtin and len(invoice.lines) >= 8


def read_long(job: Job) -> Job:
    import extractors

    data = Path(job["file"]).read_bytes()
    start = time.perf_counter()
    extraction = extractors.read(data, "long.pdf", source="text-layer")
    seconds = time.perf_counter() - start
    status = Path("/proc/self/status").read_text("ascii")
    peak = re.search(r"VmHWM:\s+(\d+)", status)
    document = extraction.documents[0]
    lines = len(document.invoice.lines) if document.invoice else 0
    return {"seconds": seconds, "lines": lines, "accepted": document.accepted, "mib": int(peak[1]) / 1024 if peak else 0.0}


def read_long_isolated(job: Job) -> Job:
    from pipeline.sandbox import Sandbox
    from pipeline.settings import Limits

    sandbox = Sandbox(Limits())
    sandbox.warm_up()
    start = time.perf_counter()
    sandbox.run("read", {"path": job["file"], "name": "long.pdf", "source": "text-layer"})
    return {"seconds": time.perf_counter() - start}


CONTESTANTS: dict[str, Callable[[Job], Job]] = {
    WHOLE: read_isolated,
    "read with second reader and visibility": lambda job: read_in_process(job, careful=True),
    BARE: lambda job: read_in_process(job, careful=False),
    "invoice2data, its templates": lambda job: invoice2data(job, own="none"),
    "invoice2data, and one per supplier, text of pdftotext": lambda job: invoice2data(job, own="pdftotext"),
    "invoice2data, and one per supplier, text of pdfium": lambda job: invoice2data(job, own="pdfium"),
    "pdfplumber, words": pdfplumber_words,
    "long": read_long,
    "long, isolated": read_long_isolated,
}
