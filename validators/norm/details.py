"""Rules of parties, periods, payment, lines and references that are more than presence: BR-17 to BR-65, BR-CO-03, 09, 19, 26."""

from collections.abc import Iterator
from decimal import Decimal

from validators.norm.code_lists import codes
from validators.norm.report import LegalClass
from validators.norm.rule import Hit, Rule, chain, rules_of
from validators.norm.view import Node, View, content

CREDIT_TRANSFER = frozenset({"30", "58"})  # UNTDID 4461: credit transfer, SEPA credit transfer
CARD_DIGITS = 10
ZERO = Decimal(0)


def br_17(view: View) -> Iterator[Hit]:
    """A payee (BG-10) is named, and is not the seller. In CII only the name is asked (table presence.csv)."""
    seller = view.root.group("BG-4")
    if view.syntax != "ubl":
        return
    for payee in view.root.groups("BG-10"):
        names = {value.text for value in payee.values("BT-59")}
        same_name = seller is not None and bool(names & {value.text for value in seller.values("BT-28")})
        same_id = seller is not None and bool(_identifiers(payee, "BT-60") & _identifiers(seller, "BT-29"))
        if not names or same_name or same_id:
            yield Hit(payee.place("BT-59"), "the payee must be named and differ from the seller")


def _identifiers(party: Node, term: str) -> set[str]:
    plain = {value.text for value in party.values(term)} | {value.text for value in party.values("BT-90")}
    return plain | {inner.text(term) for inner in party.groups(f"{party.key}-ID")}


def br_27(view: View) -> Iterator[Hit]:
    """The item net price (BT-146) is not negative; a missing one fails too, as in the official test."""
    for line in view.root.groups("BG-25"):
        price = line.number("BT-146")
        if price is None or price < ZERO:
            yield Hit(line.place("BT-146"), "BT-146 must be a number and not negative", (line.text("BT-146"),))


def br_28(view: View) -> Iterator[Hit]:
    """The item gross price (BT-148) is not negative."""
    for line in view.root.groups("BG-25"):
        price = line.number("BT-148")
        if line.has("BT-148") and (price is None or price < ZERO):
            yield Hit(line.place("BT-148"), "BT-148 must not be negative", (line.text("BT-148"),))


def _period(view: View, path: str, start: str, end: str) -> Iterator[Hit]:
    for period in chain(view, path):
        days = (_day(period, start), _day(period, end))
        if _is_given(period, start) and _is_given(period, end) and (None in days or str(days[1]) < str(days[0])):
            values = (period.text(start), period.text(end))
            yield Hit(period.place(end), f"the period ends ({values[1]}) before it starts ({values[0]})", values)


def _is_given(period: Node, term: str) -> bool:
    """CII: the element around the date counts, even where it holds none."""
    if period.view.syntax == "ubl":
        return period.has(term)
    name = "ram:StartDateTime" if term in ("BT-73", "BT-134") else "ram:EndDateTime"
    return any(period.view.name(child) == name for child in period.element)


def _day(period: Node, term: str) -> str | None:
    """The day as text that sorts. CII knows one format, 102; a day in another does not compare, as in the official test."""
    for value in period.values(term):
        if period.view.syntax == "ubl":
            return value.text
        if value.element.get("format") == "102":
            return value.element.text or ""
    return None


def br_29(view: View) -> Iterator[Hit]:
    """The invoicing period (BG-14) does not end before it starts."""
    yield from _period(view, "BG-14", "BT-73", "BT-74")


def br_30(view: View) -> Iterator[Hit]:
    """A line period (BG-26) does not end before it starts."""
    yield from _period(view, "BG-25/BG-26", "BT-134", "BT-135")


def br_48(view: View) -> Iterator[Hit]:
    """Each VAT breakdown has a rate (BT-119), except category O."""
    for row in view.root.groups("BG-23.all"):
        if not row.has("BT-119") and row.text("BT-118") != "O":
            yield Hit(row.place("BT-119"), "BT-119 must be given, except for category O")


def br_50(view: View) -> Iterator[Hit]:
    """A credit transfer account (BG-17) has its number (BT-84)."""
    for means in view.root.groups("BG-16"):
        if means.text("BT-81") not in CREDIT_TRANSFER or not _has_account(means):
            continue
        if not (means.text("BT-84") or means.text("BT-84.national")):
            yield Hit(means.place("BT-84"), "the account has no number (BT-84)")


def _has_account(means: Node) -> bool:
    tag = "PayeeFinancialAccount" if means.view.syntax == "ubl" else "PayeePartyCreditorFinancialAccount"
    return any(means.view.name(child).endswith(f":{tag}") for child in means.element if isinstance(child.tag, str))


def br_51(view: View) -> Iterator[Hit]:
    """A card number (BT-87) is shortened: at most ten characters."""
    for means in view.root.groups("BG-16"):
        for value in means.values("BT-87"):
            if len(value.text) > CARD_DIGITS:
                yield Hit(view.location(value.element), "a full card number must not be sent (BT-87)")


def br_52(view: View) -> Iterator[Hit]:
    """Every additional document reference has an identifier (BT-122)."""
    name, inner = (
        ("cac:AdditionalDocumentReference", "cbc:ID")
        if view.syntax == "ubl"
        else ("ram:AdditionalReferencedDocument", "ram:IssuerAssignedID")
    )
    for element in view.elements(name):
        names = [child for child in element if isinstance(child.tag, str) and view.name(child) == inner]
        if not any(content(child) if view.syntax == "ubl" else child.text for child in names):
            yield Hit(f"{view.location(element)}/{inner}", "the document reference has no identifier (BT-122)")


def br_61(view: View) -> Iterator[Hit]:
    """A credit transfer (BT-81 30 or 58) names an account (BT-84). CII asks only where the account element is there."""
    for means in view.root.groups("BG-16"):
        if means.text("BT-81") not in CREDIT_TRANSFER and not (view.syntax == "ubl" and not means.has("BT-81")):
            continue
        is_asked = view.syntax == "ubl" or _has_account(means)
        if is_asked and means.has("BT-81") and not (means.has("BT-84") or means.has("BT-84.national")):
            yield Hit(means.place("BT-84"), "a credit transfer needs an account (BT-84)")


def _scheme(view: View, owner: str, term: str) -> Iterator[Hit]:
    for node in chain(view, owner):
        for value in node.values(term):
            scheme = "listID" if term == "BT-158" else "schemeID"
            stated = value.element.get(scheme)
            if stated is None or (view.syntax == "cii" and not stated.strip()):
                yield Hit(view.location(value.element), f"{term} needs a scheme ({scheme})")


def _address_scheme(view: View, owner: str, term: str) -> Iterator[Hit]:
    """CII: an electronic address element needs a scheme even where it holds no address."""
    for party in chain(view, owner):
        elements = [child for child in party.element if view.name(child) == "ram:URIUniversalCommunication"]
        if elements and not party.text(f"{term}-1"):
            yield Hit(view.location(elements[0]), f"{term} needs a scheme (schemeID)")


def br_62(view: View) -> Iterator[Hit]:
    """The seller's electronic address (BT-34) has a scheme."""
    yield from _scheme(view, "BG-4", "BT-34") if view.syntax == "ubl" else _address_scheme(view, "BG-4", "BT-34")


def br_63(view: View) -> Iterator[Hit]:
    """The buyer's electronic address (BT-49) has a scheme."""
    yield from _scheme(view, "BG-7", "BT-49") if view.syntax == "ubl" else _address_scheme(view, "BG-7", "BT-49")


def br_64(view: View) -> Iterator[Hit]:
    """The item standard identifier (BT-157) has a scheme."""
    yield from _scheme(view, "BG-25", "BT-157")


def br_65(view: View) -> Iterator[Hit]:
    """The item classification (BT-158) has a list."""
    if view.syntax == "cii":
        yield from _any_classification_has_list(view)
        return
    yield from _scheme(view, "BG-25/BT-158", "BT-158")


def _any_classification_has_list(view: View) -> Iterator[Hit]:
    """CII: one classification with a list is enough for the line, as in the official test."""
    for line in view.root.groups("BG-25"):
        rows = line.groups("BT-158")
        if rows and not any(row.text("BT-158-1") for row in rows):
            yield Hit(rows[0].place("BT-158-1"), "BT-158 needs a list (listID)")


def br_co_03(view: View) -> Iterator[Hit]:
    """VAT point date (BT-7) and its code (BT-8) exclude each other."""
    owners = [view.root] if view.syntax == "ubl" else view.root.groups("BG-23.all")
    for owner in owners:
        if owner.has("BT-7") and owner.has("BT-8"):
            yield Hit(owner.place("BT-8"), "BT-7 and BT-8 exclude each other")


def br_co_09(view: View) -> Iterator[Hit]:
    """VAT identifiers (BT-31, BT-48, BT-63) start with a country code."""
    for path, term in (("BG-4", "BT-31"), ("BG-7", "BT-48"), ("BG-11", "BT-63")):
        for party in chain(view, path):
            for value in party.values(term):
                if not _starts_with_country(view, value.element.text or ""):
                    yield Hit(
                        view.location(value.element), f"{term} {value.text} does not start with a country code", (value.text,)
                    )


def _starts_with_country(view: View, text: str) -> bool:
    """UBL looks for the first two characters anywhere in its list, so that a blank before the code does no harm."""
    known = codes("vat-prefix")
    return text[:2] in f" {' '.join(sorted(known))} " if view.syntax == "ubl" else text[:2] in known


def br_co_19(view: View) -> Iterator[Hit]:
    """An invoicing period (BG-14) has a start or an end. In UBL it may hold the VAT point code (BT-8) alone."""
    for period in view.root.groups("BG-14"):
        if not (period.has("BT-73") or period.has("BT-74")) and not (view.syntax == "ubl" and view.root.has("BT-8")):
            yield Hit(period.location, "the period has neither start (BT-73) nor end (BT-74)")


def br_co_26(view: View) -> Iterator[Hit]:
    """The seller can be identified: BT-29, BT-30 or BT-31."""
    for element in view.elements("cac:AccountingSupplierParty"):
        if not len(element):
            yield Hit(view.location(element), "the seller has no identifier: BT-29, BT-30 or BT-31")
    for seller in view.root.groups("BG-4"):
        has_id = seller.has("BT-29") or any(inner.text("BT-29-1") != "SEPA" for inner in seller.groups("BG-4-ID"))
        if not (has_id or seller.has("BT-30") or seller.has("BT-31")):
            yield Hit(seller.location, "the seller has no identifier: BT-29, BT-30 or BT-31")


RULES: tuple[Rule, ...] = (
    *rules_of(
        br_17, br_27, br_28, br_29, br_30, br_48, br_50, br_52, br_61, br_62, br_63, br_64, br_65, br_co_03, br_co_19, br_co_26
    ),
    *rules_of(br_co_09, legal_class=LegalClass.CONTENT),
    *rules_of(br_51, severity="warning"),
)
