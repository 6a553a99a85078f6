"""Where the two syntaxes put one term in another place than the norm's groups: moved here, so that the tables stay plain."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from types import MappingProxyType

from exporters.profiles import conventions, tax_point_codes
from exporters.terms import Group


def _adapt_cii(invoice: Group) -> list[str]:
    """The tax point date (BT-7) stands in the first VAT breakdown (CII-SR-461), its code (BT-8) in each, the price base (BT-149, BT-150)
    also at the gross price. Exemption codes are written in capitals, as the Factur-X list has them.
    """
    point, code = invoice.terms.get("BT-7"), invoice.terms.get("BT-8")
    for number, row in enumerate(invoice.groups.get("BG-23", ())):
        if "BT-121" in row.terms:
            row.terms["BT-121"] = str(row.terms["BT-121"]).upper()
        if point is not None and number == 0:
            row.terms["BT-7"] = point
        if code is not None:
            row.terms["BT-8"] = tax_point_codes().get(str(code), str(code))
    for line in invoice.groups.get("BG-25", ()):
        if "BT-148" not in line.terms:
            continue
        for term in ("BT-149", "BT-150"):
            if term in line.terms:
                line.terms[f"{term}.gross"] = line.terms[term]
    return _one_schemed_identifier(invoice)


def _adapt_ubl(invoice: Group) -> list[str]:
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
        if "BT-148" in line.terms and "BT-147" not in line.terms and line.terms["BT-148"] == line.terms.get("BT-146"):
            line.terms["BT-147"] = Decimal(0)  # the element of the gross price needs a discount
    return _one_schemed_identifier(invoice) + _one_identifier(invoice)


def _one_schemed_identifier(invoice: Group) -> list[str]:
    """Buyer, payee and deliver-to keep the first identifier with a scheme. Gives the paths of those left out."""
    lost = []
    for key, (field, _) in _SINGLE.items():
        party = invoice.one(key)
        ids = party.groups.get(f"{key}-ID", []) if party else []
        lost += [f"{field}.other_ids"] * bool(ids[1:])
        del ids[1:]
    return lost


def _one_identifier(invoice: Group) -> list[str]:
    """UBL has room for one identifier of these parties (UBL-SR-16, 20): the one with a scheme says more."""
    lost = []
    for key, (field, term) in _SINGLE.items():
        party = invoice.one(key)
        if party and party.groups.get(f"{key}-ID") and party.terms.pop(term, None) is not None:
            lost.append(f"{field}.id")
    return lost


_SINGLE: Mapping[str, tuple[str, str]] = MappingProxyType(
    {"BG-7": ("buyer", "BT-46"), "BG-10": ("payee", "BT-60"), "BG-13": ("deliver_to", "BT-71")}
)
"""Parties with one identifier in EN 16931: field of the invoice, term."""

ADAPTATIONS: Mapping[str, Callable[[Group], list[str]]] = MappingProxyType({"cii": _adapt_cii, "ubl": _adapt_ubl})
"""Changes the groups in place, by syntax; gives the paths of what there is no room for."""
