"""The tables. Portable SQL for SQLite and PostgreSQL; times are ISO text in UTC, records are JSON text.

received      one row per thing that came in, and per document unpacked from it
invoice       one row per document found by reading (invoices and other kinds), with what each stage said
job           the queue: one row per item and stage
export        files written for an invoice
audit         the log: exact bytes of each event, hash, chain
audit_head    size and frontier of the Merkle tree over the log;  audit_node  every 8th level of it, for proofs
checkpoint    signed heads of the log; copies of them lie outside the database
master_row    master data, one row per CSV row;  master_index  the values it is found by;  master_history  what rows said before
act           what people did about an invoice; what is undone stays, marked
confirmed_bank  accounts of vendors that people confirmed; two of them make it count
vendor_turn   one counter per vendor: two invoices that race for the same open quantity are told apart by it
supplier_profile      what corrections taught about a supplier;  supplier_profile_key  what a page is known by to be his
meta          schema version and counters
"""

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, MetaData, String, Table, Text, UniqueConstraint

SCHEMA_VERSION = 1

metadata = MetaData()

received = Table(
    "received",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),  # order of arrival
    Column("id", String(36), nullable=False, unique=True),
    Column("name", Text, nullable=False),  # for display, cleaned; mail parts as mail.eml#part.pdf
    Column("origin", String(20), nullable=False),  # cli, demo, upload, folder, mail, unpacked
    Column("origin_key", Text, unique=True),  # what makes a repeated delivery the same delivery
    Column("parent_id", ForeignKey("received.id")),
    Column("arrival", Integer, nullable=False),  # seq of the outermost parent: order of business
    Column("sha256", String(64), nullable=False, index=True),
    Column("size", Integer, nullable=False),
    Column("media", String(20)),
    Column("mail", Text),  # JSON facts of the mail it came in
    Column("state", String(20), nullable=False),  # received, unpacked, extracted, quarantined
    Column("findings", Text, nullable=False, default="[]"),
    Column("received_at", String(30), nullable=False),
)
Index("received_parent", received.c.parent_id)

invoice = Table(
    "invoice",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("received_id", ForeignKey("received.id"), nullable=False),
    Column("ordinal", Integer, nullable=False),  # which document of the file
    Column("arrival", Integer, nullable=False),
    Column("file", Text, nullable=False),
    Column("sha256", String(64), nullable=False, index=True),
    Column("kind", String(20), nullable=False),
    Column("state", String(20), nullable=False, index=True),
    Column("decision", String(20)),
    Column("number", Text),
    Column("number_key", Text),  # normalised for comparisons
    Column("type_code", String(10)),
    Column("issue_date", String(10)),
    Column("currency", String(3)),
    Column("grand_total", Text),
    Column("due_date", String(10)),
    Column("seller_name", Text),
    Column("seller_vat_id", Text),
    Column("iban", Text),
    Column("vendor_number", Text),
    Column("company_code", Text),
    Column("pages", Integer, nullable=False, default=0),
    Column("document", Text, nullable=False),  # schemas.Document as read
    Column("identity", Text),  # findings and keys of enrichers.identify
    Column("check_findings", Text),
    Column("match", Text),
    Column("match_findings", Text),
    Column("posting", Text),
    Column("posting_findings", Text),
    Column("verdict", Text),
    Column("export_findings", Text),
    Column("master_version", Integer, nullable=False, default=0),  # import of master data its judgement rests on
    Column("postponed_until", String(10)),
    Column("payable_key", Text, unique=True),  # the business duplicate lock, set while the invoice counts as payable
    Column("version", Integer, nullable=False, default=1),
    Column("created_at", String(30), nullable=False),
    Column("updated_at", String(30), nullable=False),
    UniqueConstraint("received_id", "ordinal"),
)
Index("invoice_vendor", invoice.c.vendor_number, invoice.c.number_key)
Index("invoice_iban", invoice.c.iban)
Index("invoice_vat", invoice.c.seller_vat_id)
Index("invoice_arrival", invoice.c.arrival, invoice.c.ordinal)

job = Table(
    "job",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("item", String(36), nullable=False, index=True),
    Column("stage", String(20), nullable=False),
    Column("version", Integer, nullable=False, default=1),
    Column("arrival", Integer, nullable=False),
    Column("vendor_number", Text),  # known from identify on: invoices of one vendor are taken in order of arrival
    Column("state", String(12), nullable=False),  # ready, run, done, quarantined
    Column("owner", Text),
    Column("lease_until", String(30)),
    Column("attempts", Integer, nullable=False, default=0),
    Column("not_before", String(30)),
    Column("rung_at", String(30)),
    Column("error", Text),
    Column("created_at", String(30), nullable=False),
    Column("finished_at", String(30)),
    UniqueConstraint("item", "stage", "version"),
)
Index("job_ready", job.c.state, job.c.arrival)
Index("job_stage", job.c.stage, job.c.state)

export = Table(
    "export",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("invoice_id", ForeignKey("invoice.id"), nullable=False),
    Column("format", String(30), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("size", Integer, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("file_name", Text, nullable=False),
    Column("from_master", Text, nullable=False, default="[]"),
    Column("state", String(12), nullable=False),  # written, confirmed
    Column("fetched_at", String(30)),  # when the finance system first took it
    Column("created_at", String(30), nullable=False),
    UniqueConstraint("invoice_id", "format"),
)

audit = Table(
    "audit",
    metadata,
    Column("index", Integer, primary_key=True, autoincrement=False),
    Column("time", String(30), nullable=False),
    Column("item", String(36)),
    Column("sequence", Integer, nullable=False),  # position in the chain of its item
    Column("type", String(40), nullable=False),
    Column("actor", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),  # RFC 8785 bytes, exactly those hashed
    Column("hash", String(64), nullable=False),
    Column("previous", String(64)),
    UniqueConstraint("item", "sequence"),
)
Index("audit_type", audit.c.type)

audit_head = Table(
    "audit_head",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("size", Integer, nullable=False),
    Column("frontier", Text, nullable=False),  # JSON list of subtree hashes, largest first
    Column("root", String(64), nullable=False),
)

audit_node = Table(
    "audit_node",
    metadata,
    Column("level", Integer, primary_key=True, autoincrement=False),  # 1: over 256 leaves, 2: over 65,536 ...
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("hash", String(64), nullable=False),
)

checkpoint = Table(
    "checkpoint",
    metadata,
    Column("size", Integer, primary_key=True, autoincrement=False),
    Column("root", String(64), nullable=False),
    Column("note", Text, nullable=False),  # C2SP tlog-checkpoint, as signed
    Column("at", String(30), nullable=False),
)

master_row = Table(
    "master_row",
    metadata,
    Column("file", String(30), primary_key=True),
    Column("key", Text, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("data", Text, nullable=False),
    Column("since_version", Integer, nullable=False),  # the import that made it say so
)

master_history = Table(
    "master_history",
    metadata,
    Column("file", String(30), primary_key=True),
    Column("key", Text, primary_key=True),
    Column("from_version", Integer, primary_key=True),
    Column("to_version", Integer, nullable=False),  # the import that ended it
    Column("data", Text, nullable=False),
    Column("ended_at", String(30), nullable=False),
    Column("ended_by", Text, nullable=False),
)

master_index = Table(
    "master_index",
    metadata,
    Column("file", String(30), primary_key=True),
    Column("field", String(30), primary_key=True),
    Column("value", Text, primary_key=True),
    Column("key", Text, primary_key=True),
)

act = Table(
    "act",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("id", String(36), nullable=False, unique=True),
    Column("invoice_id", ForeignKey("invoice.id"), nullable=False, index=True),
    Column("kind", String(30), nullable=False),
    Column("actor", Text, nullable=False),
    Column("role", String(20), nullable=False),
    Column("reason", Text),
    Column("data", Text, nullable=False),  # JSON, what the act says; see pipeline.store.acts
    Column("sensitive", Integer, nullable=False, default=0),  # touches number, amounts, payee or account: four eyes
    Column("before", Text),  # the document before a correction
    Column("at", String(30), nullable=False),
    Column("undone_at", String(30)),
    Column("undone_by", Text),
)

confirmed_bank = Table(
    "confirmed_bank",
    metadata,
    Column("vendor_number", Text, primary_key=True),
    Column("iban", String(40), primary_key=True),
    Column("called", Text, nullable=False),  # whom the first person spoke to
    Column("first_by", Text, nullable=False),
    Column("first_at", String(30), nullable=False),
    Column("second_by", Text),
    Column("second_at", String(30)),  # counts from then on
)

vendor_turn = Table(
    "vendor_turn",
    metadata,
    Column("vendor_number", Text, primary_key=True),
    Column("turn", Integer, nullable=False),  # goes up whenever what is invoiced on his orders changes
)

supplier_profile = Table(
    "supplier_profile",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("name", Text),
    Column("data", Text, nullable=False),  # schemas.profile.SupplierProfile
    Column("documents", Integer, nullable=False, default=0),  # confirmed by a person
    Column("misfits", Integer, nullable=False, default=0),  # pages it no longer fitted
    Column("created_at", String(30), nullable=False),
    Column("updated_at", String(30), nullable=False),
)

supplier_profile_key = Table(
    "supplier_profile_key",
    metadata,
    Column("kind", String(10), primary_key=True),  # id (VAT id, IBAN, tax number in compact form) or head (of the item table)
    Column("value", String(200), primary_key=True),
    Column("profile_id", ForeignKey("supplier_profile.id"), primary_key=True),
)

meta = Table(
    "meta",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("value", Text, nullable=False),
)
