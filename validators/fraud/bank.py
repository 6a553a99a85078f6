"""Bank accounts: the check that stops the largest losses (DOMAIN section 4, B1 and B2)."""

from collections.abc import Iterator

from schemas.finding import Finding, error, warning
from schemas.identifiers import compact
from schemas.taxation import country_of_vat_id
from validators.case import Case, Rule

COLLECTED = frozenset({"49", "59"})
"""UNTDID 4461: direct debit. The supplier collects; nothing is paid to a printed account."""


def bank_changed(case: Case) -> Iterator[Finding]:
    """FRAUD-BANK-CHANGED (stop): an account to pay to that nobody has confirmed for this vendor. One finding per account."""
    vendor = case.facts.vendor
    if vendor is None or case.invoice.payment.means_code in COLLECTED:
        return
    confirmed = _confirmed(case, vendor.vendor_number)
    on_file = ", ".join(_masked(iban) for iban in sorted(confirmed)) or "none"
    for path, iban in case.accounts:
        if iban not in confirmed:
            yield error(
                "FRAUD-BANK-CHANGED",
                path,
                f"account {iban} is not confirmed for vendor {vendor.vendor_number} (on file: {on_file})",
                stated=iban,
                expected=", ".join(sorted(confirmed)) or None,
                clears="a call to the number on file, confirmed by a second person",
            )


def bank_shared(case: Case) -> Iterator[Finding]:
    """FRAUD-BANK-SHARED (error): an account to pay to belongs to another vendor, also where it is confirmed for this one."""
    vendor = case.facts.vendor
    for path, iban in case.accounts:
        others = sorted(
            {
                bank.vendor_number
                for bank in case.facts.banks
                if compact(bank.iban) == iban and (vendor is None or bank.vendor_number != vendor.vendor_number)
            }
        )
        if others:
            message = f"account {iban} belongs to vendor {', '.join(others)} as well"
            yield error("FRAUD-BANK-SHARED", path, message, stated=iban, clears="a person confirms the common account")


def bank_country(case: Case) -> Iterator[Finding]:
    """FRAUD-BANK-COUNTRY (warning): the account is neither in the country of the supplier nor in that of its VAT id.

    An account that is confirmed for the vendor has been looked at already.
    """
    vendor, seller = case.facts.vendor, case.invoice.seller
    confirmed = _confirmed(case, vendor.vendor_number) if vendor else set()
    countries = {
        (country or "").upper()
        for country in (
            *(seller.country, country_of_vat_id(seller.vat_id)),
            *((vendor.country, country_of_vat_id(vendor.vat_id)) if vendor else ()),
        )
    } - {""}
    for path, iban in case.accounts:
        if iban[2:4].isdigit() and countries and iban[:2] not in countries and iban not in confirmed:
            message = f"account {iban} is in {iban[:2]}, the supplier in {', '.join(sorted(countries))}"
            yield warning("FRAUD-BANK-COUNTRY", path, message, stated=iban[:2], expected=", ".join(sorted(countries)))


def _confirmed(case: Case, vendor_number: str) -> set[str]:
    return {compact(bank.iban) for bank in case.facts.banks if bank.vendor_number == vendor_number}


def _masked(iban: str) -> str:
    """Enough to recognise it: country, check digits and the last four."""
    return f"{iban[:4]}...{iban[-4:]}" if len(iban) > 10 else iban


RULES: tuple[Rule, ...] = (bank_changed, bank_shared, bank_country)
