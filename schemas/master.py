"""Master and movement data: one record per row of the CSV files of CONTRACT section 5, field names are the CSV headers."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field

from schemas.base import Word
from schemas.money import Money, Percent, Price, Quantity


class Row(Word):
    """A row of a CSV file. Further columns are allowed in the file; the importer keeps them beside the record."""

    model_config = ConfigDict(extra="ignore", frozen=True)


def optional_column() -> Any:
    """A column the file may leave out (in square brackets in CONTRACT section 5)."""
    return Field(None, json_schema_extra={"optional": True})


def _split(value: object) -> object:
    return [part.strip() for part in value.split(";") if part.strip()] if isinstance(value, str) else value


SemicolonList = Annotated[list[str], BeforeValidator(_split)]


class Company(Row):
    """companies.csv: one of our own company codes (SAP BUKRS)."""

    company_code: str
    name: str
    vat_id: str | None = None
    tax_number: str | None = None
    street: str | None = None
    postcode: str | None = None
    city: str | None = None
    country: str | None = None
    gln: str | None = None
    email: str | None = None
    authserv_id: str | None = None
    electronic_address: str | None = optional_column()
    electronic_address_scheme: str | None = optional_column()
    buyer_reference: str | None = optional_column()


class Vendor(Row):
    """vendors.csv (SAP LFA1; vendor_number is LIFNR)."""

    vendor_number: str
    name: str
    vat_id: str | None = None
    tax_number: str | None = None
    street: str | None = None
    postcode: str | None = None
    city: str | None = None
    country: str | None = None
    gln: str | None = None
    email_domains: SemicolonList = Field(default_factory=list)
    payment_terms: str | None = None
    blocked: bool = False
    electronic_address: str | None = optional_column()
    electronic_address_scheme: str | None = optional_column()
    contact: str | None = optional_column()
    phone: str | None = optional_column()
    email: str | None = optional_column()
    self_billing: bool | None = optional_column()
    """All his deliveries are settled by our own credit note (SAP LFM1-XERSY)."""


class VendorBank(Row):
    """vendor_banks.csv: an account of a vendor that somebody has confirmed."""

    vendor_number: str
    iban: str
    bic: str | None = None


class PurchaseOrderLine(Row):
    """purchase_orders.csv: one order line (SAP EKPO). Prices are per ``price_quantity`` ``price_unit``."""

    po_number: str
    po_line: str
    vendor_number: str
    company_code: str
    order_date: date | None = None
    delivery_date: date | None = None
    currency: str
    description: str = ""
    buyer_item_id: str | None = None
    seller_item_id: str | None = None
    gtin: str | None = None
    quantity: Quantity = Field(ge=0)
    unit: str
    net_price: Price = Field(ge=0)
    price_quantity: Quantity = Field(default=Decimal(1), gt=0)
    price_unit: str | None = None
    receipt_expected: bool = True
    receipt_based: bool = False
    value_limit: Money | None = None
    price_estimated: bool = False
    tax_code: str | None = None
    assignment: Literal["K", "F", "P", "A"] | None = None
    gl_account: str | None = None
    cost_center: str | None = None
    internal_order: str | None = None
    wbs_element: str | None = None
    asset: str | None = None
    planned_delivery_cost: Money | None = optional_column()
    planned_delivery_quantity: Quantity | None = optional_column()
    closed: bool | None = optional_column()
    """No further delivery or invoice is expected (SAP EKPO-ELIKZ, EREKZ)."""
    self_billing: bool | None = optional_column()
    """Settled by our own credit note (SAP ERS): an invoice for it would pay twice."""


class UnitConversion(Row):
    """unit_conversions.csv: 1 ``from_unit`` = ``factor`` ``to_unit``, for one order line or, with both keys empty, for all."""

    po_number: str | None = None
    po_line: str | None = None
    from_unit: str
    to_unit: str
    factor: Quantity = Field(gt=0)


class GoodsReceipt(Row):
    """goods_receipts.csv: one receipt line; a negative quantity is a return."""

    receipt_number: str
    receipt_line: str
    po_number: str
    po_line: str
    delivery_note: str | None = None
    posting_date: date | None = None
    quantity: Quantity
    unit: str
    quantity_in_price_unit: Quantity | None = optional_column()


class Stock(Row):
    """stock.csv, optional: valuated stock of a material (our item number) before the posting, for tolerance key VP."""

    material: str
    quantity: Quantity
    value: Money


class PostedInvoice(Row):
    """posted_invoices.csv: an invoice the finance system already holds."""

    vendor_number: str
    company_code: str
    number: str
    issue_date: date
    currency: str
    type_code: str = "380"
    grand_total: Money
    iban: str | None = None
    preceding_invoice_reference: str | None = optional_column()
    """BT-25, optional column: which invoice a correction (384) replaces."""


class PostedLine(Row):
    """posted_lines.csv. Quantities and amounts are positive; the type_code of the posted invoice says what they do."""

    vendor_number: str
    number: str
    line: str
    po_number: str | None = None
    po_line: str | None = None
    delivery_note: str | None = None
    quantity: Quantity | None = None
    unit: str | None = None
    net_amount: Money
    description: str | None = None
    gl_account: str | None = None
    cost_center: str | None = None
    internal_order: str | None = None
    wbs_element: str | None = None
    tax_code: str | None = None


class GlAccount(Row):
    """gl_accounts.csv (SAP SKB1)."""

    company_code: str
    gl_account: str
    name: str


CostObjectKind = Literal["cost_center", "internal_order", "wbs_element", "asset"]


class CostObject(Row):
    """cost_objects.csv; valid on both end dates."""

    company_code: str
    kind: CostObjectKind
    id: str
    name: str
    valid_from: date | None = None
    valid_to: date | None = None


class TaxCode(Row):
    """tax_codes.csv (SAP MWSKZ), customer-specific."""

    company_code: str
    tax_code: str
    category: str
    rate: Percent
    supplier_region: Literal["domestic", "eu", "third"]
    supply: Literal["goods", "services", "any"] = "any"
    name: str = ""


class AccountRule(Row):
    """account_rules.csv: the lowest ``priority`` wins; empty company, vendor or text means any."""

    priority: int
    company_code: str | None = None
    vendor_number: str | None = None
    text: str | None = None
    gl_account: str | None = None
    cost_center: str | None = None
    internal_order: str | None = None
    wbs_element: str | None = None
    tax_code: str | None = None


class Tolerance(Row):
    """tolerances.csv (SAP T169G): an empty limit is not checked."""

    company_code: str
    key: str
    lower_amount: Money | None = None
    lower_percent: Percent | None = None
    upper_amount: Money | None = None
    upper_percent: Percent | None = None


class ApprovalLimit(Row):
    """approval_limits.csv: what a role may approve, gross."""

    company_code: str
    role: str
    amount: Money
    currency: str


class Employee(Row):
    """employees.csv, only for conflict-of-interest checks."""

    employee_number: str
    name: str
    iban: str | None = None
    street: str | None = None
    postcode: str | None = None
    city: str | None = None


class Sanction(Row):
    """sanctions.csv: an entry of a sanctions list the operator supplies."""

    list_name: str = Field(alias="list", description="Column `list`")
    name: str
    aliases: SemicolonList = Field(default_factory=list)
    street: str | None = None
    city: str | None = None
    country: str | None = None
    birth_date: str | None = None


class ExportKey(Row):
    """export_keys.csv, optional: what a target calls what we call ``key``, by company code.

    ``target`` is sap or datev; ``kind`` tax_code, gl_account, vendor, cost_center, internal_order, unit, iso_unit or company (there
    ``key`` names a setting: consultant, client). An empty ``value`` says that the target needs none.
    """

    company_code: str
    target: Literal["sap", "datev"]
    kind: str
    key: str | None = None
    value: str | None = None


MASTER_FILES: dict[str, type[Row]] = {
    "companies": Company,
    "vendors": Vendor,
    "vendor_banks": VendorBank,
    "purchase_orders": PurchaseOrderLine,
    "unit_conversions": UnitConversion,
    "goods_receipts": GoodsReceipt,
    "stock": Stock,
    "posted_invoices": PostedInvoice,
    "posted_lines": PostedLine,
    "gl_accounts": GlAccount,
    "cost_objects": CostObject,
    "tax_codes": TaxCode,
    "account_rules": AccountRule,
    "tolerances": Tolerance,
    "approval_limits": ApprovalLimit,
    "employees": Employee,
    "sanctions": Sanction,
    "export_keys": ExportKey,
}
"""File stem -> record type, in the order in which references resolve."""

MASTER_KEYS: dict[str, tuple[str, ...]] = {
    "companies": ("company_code",),
    "vendors": ("vendor_number",),
    "vendor_banks": ("vendor_number", "iban"),
    "purchase_orders": ("po_number", "po_line"),
    "unit_conversions": ("po_number", "po_line", "from_unit", "to_unit"),
    "goods_receipts": ("receipt_number", "receipt_line"),
    "stock": ("material",),
    "posted_invoices": ("vendor_number", "company_code", "number", "issue_date", "type_code"),
    "posted_lines": ("vendor_number", "number", "line"),
    "gl_accounts": ("company_code", "gl_account"),
    "cost_objects": ("company_code", "kind", "id"),
    "tax_codes": ("company_code", "tax_code"),
    "account_rules": ("priority", "company_code", "vendor_number", "text"),
    "tolerances": ("company_code", "key"),
    "approval_limits": ("company_code", "role", "currency"),
    "employees": ("employee_number",),
    "sanctions": ("list", "name"),
    "export_keys": ("company_code", "target", "kind", "key"),
}
"""File stem -> columns that must be unique together."""

OPTIONAL_FILES = frozenset({"employees", "export_keys", "sanctions", "stock", "unit_conversions"})
