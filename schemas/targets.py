"""What an installation tells the writers of bookings: partner profile, qualifiers, numbers at the tax adviser's."""

from typing import Literal

from pydantic import ConfigDict, Field

from schemas.base import Word


class SapTarget(Word):
    """Partner profile (WE20), qualifiers and codes of one SAP system. A wrong partner profile gives IDoc status 56."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    client: str = Field("", description="MANDT; empty: the client the file port belongs to")
    sender_port: str = Field("BELEGFLUSS", description="SNDPOR")
    sender_type: str = Field("LI", description="SNDPRT: LI vendor or LS logical system")
    sender_function: str = Field("", description="SNDPFC")
    sender_partner: str = Field("", description="SNDPRN; empty: the vendor of the invoice")
    receiver_port: str = Field("SAP", description="RCVPOR")
    receiver_type: str = Field("LS", description="RCVPRT")
    receiver_partner: str = Field("SAP", description="RCVPRN")
    order_variant: str = Field("MM", description="MESCOD of invoices with order lines (process code INVL)")
    account_variant: str = Field("FI", description="MESCOD of invoices without (process code INVF)")
    order_partner_function: Literal["RS", "LF"] = Field("RS", description="PARVW of the vendor, invoices with order lines")
    account_partner_function: Literal["RS", "LF"] = Field("LF", description="PARVW of the vendor, invoices without")
    net_qualifier: str = Field("010", description="SUMID of the net total")
    gross_qualifier: str = Field(
        "011", description="SUMID of the gross total; to be tried out in WE19 with the customer's system"
    )
    tax_qualifier: str = Field("005", description="SUMID of the tax total")
    flat_encoding: Literal["iso-8859-1", "utf-8"] = Field(
        "iso-8859-1", description="Code page of the flat file: 1100, or UTF-8 where the port is a Unicode port"
    )
    payment_block: str = Field("R", description="ZLSPR where the match blocks the invoice or part of it was paid before")
    controlling_area: str = Field("", description="KOKRS of cost objects; empty: SAP takes that of the company code")
    status: Literal["A", "B", "5"] = Field("5", description="SupplierInvoiceStatus: A parked, B parked complete, 5 posted")


class DatevTarget(Word):
    """What the head of an EXTF file says. Consultant and client may stand in export_keys.csv by company instead."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    consultant: int | None = Field(None, ge=1001, le=9_999_999, description="Beraternummer")
    client: int | None = Field(None, ge=1, le=99_999, description="Mandantennummer")
    fiscal_year_month: int = Field(1, ge=1, le=12, description="Month in which the fiscal year begins")
    account_length: int = Field(4, ge=4, le=8, description="Digits of a G/L account; a creditor has one more")
    locked: bool = Field(False, description="Festschreibung: the batch cannot be changed after import")
    currency: str = Field("EUR", description="Currency of the books")


class Targets(Word):
    model_config = ConfigDict(extra="forbid", frozen=True)

    sap: SapTarget = Field(default_factory=SapTarget)
    datev: DatevTarget = Field(default_factory=DatevTarget)
