"""The invented parties of the sample master data, from ``samples/seeds``, with their check digits found.

Every name, street and number is made up; VAT ids, IBANs and GLNs carry right check digits so that form checks have
something to agree with. Mail domains use the reserved top-level domain ``example``. In a seed, ``?`` in ``vat`` and
``account`` is a digit to be found.
"""

import csv
from functools import cache
from pathlib import Path

from samples.check_digits import gln, iban_of, vat_id

Row = dict[str, str]
SEEDS = Path(__file__).parent / "seeds"
SECOND_ACCOUNTS = {"100005": ("290400900433110900", "COBADEFFXXX"), "100020": ("230400220720055301", "COBADEFFXXX")}
"""Vendor number -> a further confirmed German account and its BIC: large vendors have several."""


@cache
def seed_rows(stem: str) -> tuple[Row, ...]:
    """Rows of ``samples/seeds/<stem>.csv``."""
    with (SEEDS / f"{stem}.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


@cache
def main_account(vendor_number: str) -> str:
    """IBAN of a vendor's first account."""
    seed = next(row for row in seed_rows("vendors") if row["vendor_number"] == vendor_number)
    return iban_of(seed["country"], seed["account"])


def companies() -> list[Row]:
    return [
        {
            **{key: value for key, value in seed.items() if key != "vat"},
            "vat_id": vat_id(seed["country"], seed["vat"]),
            "gln": gln(seed["gln"]),
            "electronic_address": seed["email"],
            "electronic_address_scheme": "EM",
        }
        for seed in seed_rows("companies")
    ]


def vendors() -> list[Row]:
    kept = ("vendor_number", "name", "tax_number", "street", "postcode", "city", "country", "blocked", "contact", "phone")
    return [
        {
            **{key: seed[key] for key in kept},
            "vat_id": vat_id(seed["country"], seed["vat"]),
            "gln": gln(f"4099{seed['vendor_number']}00") if seed["country"] in ("DE", "AT") else "",
            "email_domains": seed["domain"],
            "payment_terms": seed["terms"],
            "electronic_address": f"invoice@{seed['domain']}",
            "electronic_address_scheme": "EM",
            "email": f"invoice@{seed['domain']}",
        }
        for seed in seed_rows("vendors")
    ]


def vendor_banks() -> list[Row]:
    rows = [
        {"vendor_number": seed["vendor_number"], "iban": main_account(seed["vendor_number"]), "bic": seed["bic"]}
        for seed in seed_rows("vendors")
    ]
    further = SECOND_ACCOUNTS.items()
    return rows + [{"vendor_number": number, "iban": iban_of("DE", bban), "bic": bic} for number, (bban, bic) in further]


def employees() -> list[Row]:
    return [
        {**{key: value for key, value in seed.items() if key != "account"}, "iban": iban_of("DE", seed["account"])}
        for seed in seed_rows("employees")
    ]
