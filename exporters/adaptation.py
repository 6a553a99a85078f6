"""Where the two syntaxes put one term in another place than the norm's groups: moved here, so that the tables stay plain."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from exporters.profiles import conventions, tax_point_codes
from exporters.terms import Group


def _adapt_cii(invoice: Group) -> None:
    """Tax point (BT-7, BT-8) stands in every VAT breakdown; the price base (BT-149, BT-150) also at the gross price."""
    point, code = invoice.terms.get("BT-7"), invoice.terms.get("BT-8")
    for row in invoice.groups.get("BG-23", ()):
        if point is not None:
            row.terms["BT-7"] = point
        if code is not None:
            row.terms["BT-8"] = tax_point_codes().get(str(code), str(code))
    for line in invoice.groups.get("BG-25", ()):
        _drop_equal_gross_price(line)
        if "BT-148" not in line.terms:
            continue
        for term in ("BT-149", "BT-150"):
            if term in line.terms:
                line.terms[f"{term}.gross"] = line.terms[term]


def _adapt_ubl(invoice: Group) -> None:
    """Creditor id (BT-90) stands at the payee or seller, the tax totals (BT-110, BT-111) beside the VAT breakdown; one account
    element for IBANs and others; an order needs an ID.
    """
    totals = invoice.one("BG-22")
    for term in ("BT-110", "BT-111"):
        if totals is not None and term in totals.terms:
            invoice.terms[term] = totals.terms.pop(term)
    codes = {cii: ubl for ubl, cii in tax_point_codes().items()}
    if "BT-8" in invoice.terms:
        invoice.terms["BT-8"] = codes.get(str(invoice.terms["BT-8"]), invoice.terms["BT-8"])
    creditor = invoice.terms.get("BT-90")
    owner = invoice.one("BG-10") or invoice.one("BG-4")
    if creditor is not None and owner is not None:
        owner.terms["BT-90"] = creditor
    for means in invoice.groups.get("BG-16", ()):
        national = means.terms.pop("BT-84.national", None)
        if national is not None:
            means.terms["BT-84"] = national
    if "BT-14" in invoice.terms and "BT-13" not in invoice.terms:
        invoice.terms["BT-13"] = conventions()["no_order"]
    for line in invoice.groups.get("BG-25", ()):
        _drop_equal_gross_price(line)


def _drop_equal_gross_price(line: Group) -> None:
    """A gross price that equals the net price says nothing new, and its element needs a discount (PEPPOL-EN16931-R046)."""
    if "BT-147" not in line.terms and "BT-148" in line.terms and line.terms["BT-148"] == line.terms.get("BT-146"):
        del line.terms["BT-148"]


ADAPTATIONS: Mapping[str, Callable[[Group], None]] = MappingProxyType({"cii": _adapt_cii, "ubl": _adapt_ubl})
"""Changes the groups in place, by syntax."""
