"""Writes those files of ``samples/master`` that are computed: parties with check digits, and the posting history.

Orders, receipts, accounts, tax codes, rules, tolerances, limits and sanctions are written by hand in ``samples/master`` itself.
"""

import csv
from datetime import date
from pathlib import Path

from samples import parties, posting_history

NOW = date(2026, 11, 20)
"""The day on which the samples are processed (``process --now 2026-11-20``)."""

MASTER = Path(__file__).parent / "master"

HEADERS: dict[str, str] = {
    "companies": "company_code,name,vat_id,tax_number,street,postcode,city,country,gln,email,authserv_id,"
    "electronic_address,electronic_address_scheme,buyer_reference",
    "vendors": "vendor_number,name,vat_id,tax_number,street,postcode,city,country,gln,email_domains,payment_terms,blocked,"
    "electronic_address,electronic_address_scheme,contact,phone,email",
    "vendor_banks": "vendor_number,iban,bic",
    "posted_invoices": "vendor_number,company_code,number,issue_date,currency,type_code,grand_total,iban",
    "posted_lines": "vendor_number,number,line,po_number,po_line,delivery_note,quantity,unit,net_amount,description,gl_account,"
    "cost_center,internal_order,wbs_element,tax_code",
    "employees": "employee_number,name,iban,street,postcode,city",
}
"""File stem -> header of CONTRACT section 5."""


def computed_rows() -> dict[str, list[dict[str, str]]]:
    """File stem -> rows, for every file this module writes."""
    series_invoices, series_lines = posting_history.series_rows(NOW)
    order_invoices, order_lines = posting_history.order_rows()
    return {
        "companies": parties.companies(),
        "vendors": parties.vendors(),
        "vendor_banks": parties.vendor_banks(),
        "posted_invoices": sorted(series_invoices + order_invoices, key=lambda row: row["issue_date"]),
        "posted_lines": series_lines + order_lines,
        "employees": parties.employees(),
    }


def write_master(folder: Path = MASTER) -> None:
    """Write the computed files into ``folder``; same bytes every time."""
    folder.mkdir(parents=True, exist_ok=True)
    for stem, rows in computed_rows().items():
        with (folder / f"{stem}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, HEADERS[stem].split(","), restval="", lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)


if __name__ == "__main__":
    write_master()
