"""The sample master data load, and what they refer to is there."""

import csv
from collections import Counter
from pathlib import Path

import pytest
from stdnum import ean, iban
from stdnum.ch import uid
from stdnum.eu import vat
from stdnum.gb import vat as gb_vat

from samples.check_digits import iban_of, vat_id
from samples.master_data import HEADERS, MASTER, write_master
from samples.truth import load_rows
from schemas.master import MASTER_FILES, MASTER_KEYS


def key_set(stem: str) -> set[tuple[str, ...]]:
    return {tuple(getattr(row, key) for key in MASTER_KEYS[stem]) for row in load_rows(stem)}


@pytest.mark.parametrize("stem", MASTER_FILES)
def test_every_row_loads_and_keys_are_unique(stem: str) -> None:
    with (MASTER / f"{stem}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(load_rows(stem)) == len(rows) > 0
    assert not [key for key, count in Counter(tuple(row[k] for k in MASTER_KEYS[stem]) for row in rows).items() if count > 1]


@pytest.mark.parametrize("stem", HEADERS)
def test_computed_files_are_what_the_seeds_give(stem: str, tmp_path: Path) -> None:
    write_master(tmp_path)
    assert (tmp_path / f"{stem}.csv").read_bytes() == (MASTER / f"{stem}.csv").read_bytes()


def test_the_world_is_large_enough() -> None:
    assert len(load_rows("companies")) == 2
    assert len(load_rows("vendors")) >= 25
    assert len(load_rows("purchase_orders")) >= 60
    assert {vendor.country for vendor in load_rows("vendors")} >= {"DE", "AT", "CH", "FR", "GB", "IE", "NL", "PL"}
    assert {line.assignment for line in load_rows("purchase_orders")} == {None, "K", "F", "P", "A"}


def test_references_resolve() -> None:
    vendors = {vendor.vendor_number for vendor in load_rows("vendors")}
    companies = {company.company_code for company in load_rows("companies")}
    orders, objects = key_set("purchase_orders"), key_set("cost_objects")
    accounts, tax_codes = key_set("gl_accounts"), key_set("tax_codes")
    assert {bank.vendor_number for bank in load_rows("vendor_banks")} == vendors
    assert {(receipt.po_number, receipt.po_line) for receipt in load_rows("goods_receipts")} <= orders
    for invoice in load_rows("posted_invoices"):
        assert invoice.vendor_number in vendors
        assert invoice.company_code in companies
    posted = {(invoice.vendor_number, invoice.number) for invoice in load_rows("posted_invoices")}
    assert {(line.vendor_number, line.number) for line in load_rows("posted_lines")} == posted
    for line in load_rows("purchase_orders"):
        assert line.vendor_number in vendors
        assert (line.company_code, line.tax_code) in tax_codes
        assert line.gl_account is None or (line.company_code, line.gl_account) in accounts
        for kind in ("cost_center", "internal_order", "wbs_element", "asset"):
            assert getattr(line, kind) is None or (line.company_code, kind, getattr(line, kind)) in objects
        assert (line.assignment is None) == (line.gl_account is None), "only stock lines have no account"
    for rule in load_rows("account_rules"):
        assert rule.vendor_number is None or rule.vendor_number in vendors
        for company in [rule.company_code] if rule.company_code else companies:
            assert (company, rule.gl_account) in accounts
            assert rule.tax_code is None or (company, rule.tax_code) in tax_codes


def test_identifiers_have_right_check_digits() -> None:
    for party in (*load_rows("vendors"), *load_rows("companies")):
        checked = {"CH": uid.is_valid, "GB": lambda text: gb_vat.is_valid(text.removeprefix("GB"))}.get(
            party.country, vat.is_valid
        )
        assert checked(party.vat_id.removesuffix(" MWST")), party.name
        assert party.gln is None or ean.is_valid(party.gln), party.name
    for bank in load_rows("vendor_banks"):
        assert iban.is_valid(bank.iban), bank.vendor_number
    for line in load_rows("purchase_orders"):
        assert line.gtin is None or ean.is_valid(line.gtin), line


def test_no_account_belongs_to_two() -> None:
    owners = Counter(row.iban for row in (*load_rows("vendor_banks"), *load_rows("employees")))
    assert max(owners.values()) == 1


def test_posted_totals_follow_their_lines() -> None:
    """Gross is net plus 19 %, 7 %, 20 % or no tax: nothing else is in the history."""
    nets: dict[tuple[str, str], object] = {}
    for line in load_rows("posted_lines"):
        nets[line.vendor_number, line.number] = nets.get((line.vendor_number, line.number), 0) + line.net_amount  # type: ignore[operator]
    for invoice in load_rows("posted_invoices"):
        ratio = round(float(invoice.grand_total) / float(nets[invoice.vendor_number, invoice.number]), 3)  # type: ignore[arg-type]
        assert ratio in (1.19, 1.07, 1.2, 1.0), invoice.number


@pytest.mark.parametrize(
    ("country", "stem", "expected"),
    [
        pytest.param("DE", "31456782?", "DE314567827", id="german mod 11,10"),
        pytest.param("CH", "31245678?", "CHE-312.456.785 MWST", id="swiss as printed"),
        pytest.param("FR", "??51234567?", "FR75512345679", id="french key and Luhn"),
    ],
)
def test_vat_id_finds_the_check_digits(country: str, stem: str, expected: str) -> None:
    assert vat_id(country, stem) == expected


def test_impossible_stems_are_refused() -> None:
    with pytest.raises(ValueError, match="no check digits"):
        vat_id("DE", "314567820")
    with pytest.raises(ValueError, match="no check digits"):
        iban_of("FR", "30003012340001234567899")
