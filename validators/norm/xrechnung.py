"""National rules of XRechnung 3.0.2 (KoSIT, edition 2.5.0): BR-DE-1 to BR-DE-31, BR-TMP-2 and 3, and the Peppol rules it shares.

Skonto lines, IBAN, telephone and e-mail are tested by the forms KoSIT publishes. Source: XRechnung 3.0.2 and its schematron.
"""

import re
from collections.abc import Iterator

from lxml import etree

from validators.norm import peppol
from validators.norm.code_lists import codes
from validators.norm.presence import presence
from validators.norm.report import LegalClass
from validators.norm.rule import Check, Hit, Rule, chain
from validators.norm.view import Node, View, content

CIUS = "urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0"
KNOWN = frozenset(
    {
        CIUS,
        f"{CIUS}#conformant#urn:xeinkauf.de:kosit:extension:xrechnung_3.0",
        f"{CIUS}#compliant#urn:xeinkauf.de:kosit:xrechnung:cvd_0.9",
    }
)
SKONTO = re.compile(r"#SKONTO#TAGE=[0-9]+#PROZENT=[0-9]+\.[0-9]{2}(#BASISBETRAG=-?[0-9]+\.[0-9]{2})?#")
SEGMENTS = re.compile(r"#.+#")
EMAIL = re.compile(r"[^@\s]+@([^@.\s]+\.)+[^@.\s]+")
URL = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]+:.*", re.DOTALL)
IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[a-zA-Z0-9]{0,30}")
TRANSFER, CARD, DEBIT = frozenset({"30", "58"}), frozenset({"48", "54", "55"}), frozenset({"59"})
SEPA_TRANSFER, CORRECTION = "58", "384"
MIN_DIGITS = 3


def br_de_5(view: View) -> Iterator[Hit]:
    """Seller contact point (BT-41): in CII a department will do."""
    for contact in chain(view, "BG-4/BG-6"):
        names = ("cbc:Name",) if view.syntax == "ubl" else ("ram:PersonName", "ram:DepartmentName")
        texts = [(child.text or "").strip() for child in contact.element if view.name(child) in names]
        if not any(texts):
            yield Hit(contact.place("BT-41"), "BT-41 must be given and not blank")


def br_de_16(view: View) -> Iterator[Hit]:
    """With taxable categories the seller gives BT-31 or BT-32, or has a representative (BG-11)."""
    used = {value.text for line in view.root.groups("BG-25") for value in line.values("BT-151.any")}
    if view.syntax == "cii":
        used = used if any(line.has("BT-151") for line in view.root.groups("BG-25")) else set()  # some line tax must be VAT
    else:
        used |= {value.text for row in view.root.groups("BG-20") for value in row.values("BT-95.any")}
        used |= {value.text for row in view.root.groups("BG-21") for value in row.values("BT-102.any")}
    seller = view.root.group("BG-4")
    has_number = seller is not None and (seller.text("BT-31") or seller.text("BT-32"))
    if used & codes("xrechnung-vat") and not has_number and not view.root.groups("BG-11"):
        yield Hit((seller or view.root).location, "BT-31, BT-32 or a tax representative (BG-11) must be given")


def br_de_17(view: View) -> Iterator[Hit]:
    """Type codes XRechnung expects (BT-3)."""
    if view.root_text("BT-3") not in codes("xrechnung-type-codes"):
        yield Hit(view.root.place("BT-3"), "BT-3 should be one of the codes of XRechnung", (view.root_text("BT-3"),))


def br_de_18(view: View) -> Iterator[Hit]:
    """Lines of BT-20 that begin with # are Skonto in the agreed form, and the last is ended by a line break."""
    for value in view.root.values("BT-20")[:1]:
        text = value.element.text or ""
        marked = [line.strip() for line in re.split(r"\r?\n", text) if line.strip().startswith("#")]
        if not marked:
            continue
        is_ended = re.match(r"\s*\n", SEGMENTS.split(text)[-1]) is not None
        wrong = [line for line in marked if not SKONTO.fullmatch(" ".join(line.split()))]
        if wrong or not is_ended:
            reason = f"{wrong[0]!r} is not of the agreed form" if wrong else "the last line has no line break"
            yield Hit(view.location(value.element), f"Skonto in BT-20: {reason}", tuple(wrong[:1]))


def _is_iban(text: str) -> bool:
    compact = re.sub(r"\s", "", text)
    if not IBAN.fullmatch(compact):
        return False
    moved = compact[4:] + compact[:2].upper() + compact[2:4]
    return int("".join(str(ord(sign) - 55) if ord(sign) > 64 else sign for sign in moved)) % 97 == 1


def br_de_19(view: View) -> Iterator[Hit]:
    """A SEPA credit transfer names a right IBAN (BT-84)."""
    for means in view.root.groups("BG-16"):
        if means.text("BT-81") == SEPA_TRANSFER and not _is_iban(means.text("BT-84")):
            yield Hit(means.place("BT-84"), "BT-84 should be a right IBAN", (means.text("BT-84"),))


def br_de_20(view: View) -> Iterator[Hit]:
    """A SEPA direct debit names a right IBAN (BT-91)."""
    for means in view.root.groups("BG-16"):
        if means.text("BT-81") in DEBIT and not _is_iban(means.text("BT-91")):
            yield Hit(means.place("BT-91"), "BT-91 should be a right IBAN", (means.text("BT-91"),))


def br_de_21(view: View) -> Iterator[Hit]:
    """The specification (BT-24) is one of XRechnung."""
    if view.root_text("BT-24") not in KNOWN:
        yield Hit(view.root.place("BT-24"), f"BT-24 should be {CIUS}", (view.root_text("BT-24"),))


def br_de_22(view: View) -> Iterator[Hit]:
    """File names of attached documents (BT-125) are unique."""
    names = ("cbc:EmbeddedDocumentBinaryObject", "ram:AttachmentBinaryObject")
    seen: set[str] = set()
    for element in [each for name in names for each in view.elements(name)]:
        owners = {view.name(each) for each in element.iterancestors()}
        name = element.get("filename")
        if name is None or not owners & {"cac:AdditionalDocumentReference", "ram:AdditionalReferencedDocument"}:
            continue
        if name in seen:
            yield Hit(f"{view.location(element)}/@filename", f"the file name {name!r} stands twice", (name,))
        seen.add(name)


def _has_transfer(means: Node) -> bool:
    return means.has("BT-84") or means.has("BT-84.national") or _has_child(means, "Payee", "FinancialAccount")


def _has_transfer_or_bank(means: Node) -> bool:
    """CII: the bank of a transfer, or of the payer, counts too where a direct debit excludes transfers."""
    return _has_transfer(means) or _has_child(means, "Pay", "FinancialInstitution")


def _has_child(means: Node, start: str, end: str) -> bool:
    local = (means.view.name(child).partition(":")[2] for child in means.element)
    return any(name.startswith(start) and name.endswith(end) for name in local)


def _has_card(means: Node) -> bool:
    return _has_child(means, "CardAccount", "") or _has_child(means, "ApplicableTradeSettlementFinancialCard", "")


def _has_debit(means: Node) -> bool:
    """CII has no element of its own for BG-19: one of its three terms stands for it."""
    if means.view.syntax == "ubl":
        return _has_child(means, "PaymentMandate", "")
    return means.view.root.has("BT-89") or means.view.root.has("BT-90") or means.has("BT-91")


_KINDS = (
    ("23", TRANSFER, "BG-17", _has_transfer, (_has_card, _has_debit), "BG-18 and BG-19"),
    ("24", CARD, "BG-18", _has_card, (_has_transfer, _has_debit), "BG-17 and BG-19"),
    ("25", DEBIT, "BG-19", _has_debit, (_has_transfer_or_bank, _has_card), "BG-17 and BG-18"),
)


def _means_rules() -> Iterator[Rule]:
    """BR-DE-23 to 25, a and b: the code of the means of payment, and the one group that goes with it."""
    for number, kind, group, own, others, excluded in _KINDS:

        def needs(view: View, kind=kind, group=group, own=own) -> Iterator[Hit]:  # type: ignore[no-untyped-def]
            for means in view.root.groups("BG-16"):
                if means.text("BT-81") in kind and not own(means):
                    yield Hit(means.location, f"BT-81 {means.text('BT-81')} needs {group}")

        def excludes(view: View, kind=kind, others=others, excluded=excluded) -> Iterator[Hit]:  # type: ignore[no-untyped-def]
            for means in view.root.groups("BG-16"):
                if means.text("BT-81") in kind and any(other(means) for other in others):
                    yield Hit(means.location, f"BT-81 {means.text('BT-81')} excludes {excluded}")

        yield Rule(f"BR-DE-{number}-a", needs)
        yield Rule(f"BR-DE-{number}-b", excludes)


def br_de_26(view: View) -> Iterator[Hit]:
    """A corrected invoice (384) names the invoice it corrects (BG-3)."""
    if view.root_text("BT-3") == CORRECTION and not view.root.groups("BG-3"):
        yield Hit(view.root.place("BT-3"), "a corrected invoice should name the preceding invoice (BG-3)")


def br_de_27(view: View) -> Iterator[Hit]:
    """A telephone number (BT-42) has at least three digits."""
    for contact in chain(view, "BG-4/BG-6"):
        if sum(sign in "0123456789" for sign in contact.text("BT-42")) < MIN_DIGITS:
            yield Hit(contact.place("BT-42"), "BT-42 should have at least three digits", (contact.text("BT-42"),))


def br_de_28(view: View) -> Iterator[Hit]:
    """An e-mail address (BT-43) looks like one."""
    for contact in chain(view, "BG-4/BG-6"):
        if not EMAIL.fullmatch(contact.text("BT-43")):
            yield Hit(contact.place("BT-43"), "BT-43 should be an e-mail address", (contact.text("BT-43"),))


def _debit_part(term: str, place: str) -> Check:
    def check(view: View) -> Iterator[Hit]:
        if view.syntax == "cii":
            terms = ("BT-89", "BT-90", "BT-91")
            given = {each for each in terms if view.root.has(each) or any(means.has(each) for means in view.root.groups("BG-16"))}
            if given and (term not in given or len(given) == 1):
                yield Hit(view.root.location, f"a direct debit (BG-19) needs {term}")
            return
        owners = view.root.groups("BG-16") if place == "means" else view.root.groups("BG-4") + view.root.groups("BG-10")
        mandates = [means for means in view.root.groups("BG-16") if _has_debit(means)]
        if mandates and not any(owner.has(term) for owner in owners):
            yield Hit(mandates[0].location, f"a direct debit (BG-19) needs {term}")

    return check


def br_de_tmp_32(view: View) -> Iterator[Hit]:
    """A delivery date (BT-72) or a period (BG-14, or BG-26 in every line)."""
    lines = view.root.groups("BG-25")
    if not (view.root.has("BT-72") or view.root.groups("BG-14") or all(line.groups("BG-26") for line in lines)):
        yield Hit(view.root.place("BT-72"), "a date or period of supply should be given (BT-72, BG-14 or BG-26)")


def br_tmp_2(view: View) -> Iterator[Hit]:
    """The location of an external document (BT-124) is an absolute URL."""
    for element in view.elements("cac:ExternalReference") + view.elements("ram:AdditionalReferencedDocument"):
        name = "cbc:URI" if view.syntax == "ubl" else "ram:URIID"
        texts = [content(child) for child in element.iterchildren(etree.Element) if view.name(child) == name]
        is_asked = bool(texts) or view.syntax == "ubl"
        if is_asked and not any(URL.match(text) for text in texts):
            yield Hit(view.location(element), "BT-124 should be an absolute URL", tuple(texts[:1]))


def br_tmp_3(view: View) -> Iterator[Hit]:
    """CII: where both prices of a line have a base quantity (BT-149), it is the same, and so is its unit (BT-150)."""
    for line in view.root.groups("BG-25"):
        if not (line.has("BT-149") and line.has("BT-149.gross")):
            continue
        net, gross = line.text("BT-149"), line.text("BT-149.gross")
        units = (line.text("BT-150"), line.text("BT-150.gross"))
        if net != gross or (all(units) and units[0] != units[1]):
            yield Hit(line.place("BT-149"), "BT-149 differs between net and gross price", (net, gross))


_FILLED: tuple[tuple[str, str, str], ...] = (
    ("BR-DE-15", "", "BT-10"),
    ("BR-DE-3", "BG-4/BG-5", "BT-37"),
    ("BR-DE-4", "BG-4/BG-5", "BT-38"),
    ("BR-DE-6", "BG-4/BG-6", "BT-42"),
    ("BR-DE-7", "BG-4/BG-6", "BT-43"),
    ("BR-DE-8", "BG-7/BG-8", "BT-52"),
    ("BR-DE-9", "BG-7/BG-8", "BT-53"),
    ("BR-DE-10", "BG-13/BG-15", "BT-77"),
    ("BR-DE-11", "BG-13/BG-15", "BT-78"),
    ("BR-DE-14", "BG-23.all", "BT-119"),
)

_CONTENT = LegalClass.CONTENT


def _shared() -> Iterator[Rule]:
    """Peppol's rules; the calculation of lines is only a warning in CII."""
    for rule in peppol.SHARED:
        if rule.id == "PEPPOL-EN16931-R120":
            yield rule._replace(syntax="ubl")
            yield rule._replace(syntax="cii", severity="warning")
        else:
            yield rule


RULES: tuple[Rule, ...] = (
    Rule("BR-DE-1", presence("", "BG-16", False)),
    Rule("BR-DE-2", presence("BG-4", "BG-6", False)),
    *(Rule(rule, presence(owner, term, True)) for rule, owner, term in _FILLED),
    Rule("BR-DE-5", br_de_5),
    Rule("BR-DE-16", br_de_16, legal_class=_CONTENT),
    Rule("BR-DE-17", br_de_17, "warning"),
    Rule("BR-DE-18", br_de_18),
    Rule("BR-DE-19", br_de_19, "warning"),
    Rule("BR-DE-20", br_de_20, "warning"),
    Rule("BR-DE-21", br_de_21, "warning"),
    Rule("BR-DE-22", br_de_22),
    *_means_rules(),
    Rule("BR-DE-26", br_de_26, "warning"),
    Rule("BR-DE-27", br_de_27, "warning"),
    Rule("BR-DE-28", br_de_28, "warning"),
    Rule("BR-DE-30", _debit_part("BT-90", "party")),
    Rule("BR-DE-31", _debit_part("BT-91", "means")),
    Rule("BR-DE-TMP-32", br_de_tmp_32, "warning"),
    Rule("BR-TMP-2", br_tmp_2, "warning"),
    Rule("BR-TMP-3", br_tmp_3, syntax="cii"),
    *_shared(),
)
