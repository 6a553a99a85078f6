"""The tables. Portable SQL for SQLite and PostgreSQL; times are ISO text in UTC, records are JSON text.

Texts have no length: what a stranger writes must not end a stage on one database and pass on the other.

received      one row per thing that came in, and per document unpacked from it
invoice       one row per document found by reading (invoices and other kinds), with what each stage said
job           the queue: one row per item and stage
export        files written for an invoice
export_effect what was handed over to whom, once per key; kept as long as the invoices
audit         the log: exact bytes of each event, hash, chain
audit_head    size and frontier of the Merkle tree over the log;  audit_node  every 8th level of it, for proofs
checkpoint    signed heads of the log; copies of them lie outside the database
master_row    master data, one row per CSV row;  master_index  the values it is found by;  master_history  what rows said before
act           what people did about an invoice; what is undone stays, marked
confirmed_bank  accounts of vendors that people confirmed; two of them make it count
vendor_turn   one counter per vendor: two invoices that race for the same open quantity are told apart by it
supplier_profile      what corrections taught about a supplier;  supplier_profile_key  what a page is known by to be his
letter        mails to suppliers, written down with the decision they tell of
mailbox_mail  every mail seen in a mailbox, by folder, UIDVALIDITY, UID and hash
meta          schema version and counters
"""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, MetaData, Table, Text, UniqueConstraint

SCHEMA_VERSION = 1

metadata = MetaData()

received = Table(
    "received",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),  # order of arrival
    Column("id", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),  # for display, cleaned; mail parts as mail.eml#part.pdf
    Column("origin", Text, nullable=False),  # cli, demo, upload, folder, mail, unpacked
    Column("origin_key", Text, unique=True),  # what makes a repeated delivery the same delivery
    Column("parent_id", ForeignKey("received.id")),
    Column("arrival", Integer, nullable=False),  # seq of the outermost parent: order of business
    Column("sha256", Text, nullable=False, index=True),
    Column("size", Integer, nullable=False),
    Column("media", Text),
    Column("mail", Text),  # JSON facts of the mail it came in
    Column("state", Text, nullable=False),  # received, unpacked, extracted, quarantined
    Column("findings", Text, nullable=False, default="[]"),
    Column("received_at", Text, nullable=False),
)
Index("received_parent", received.c.parent_id)

invoice = Table(
    "invoice",
    metadata,
    Column("id", Text, primary_key=True),
    Column("received_id", ForeignKey("received.id"), nullable=False),
    Column("ordinal", Integer, nullable=False),  # which document of the file
    Column("arrival", Integer, nullable=False),
    Column("file", Text, nullable=False),
    Column("sha256", Text, nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False, index=True),
    Column("decision", Text),
    Column("number", Text),
    Column("number_key", Text),  # normalised for comparisons
    Column("type_code", Text),
    Column("issue_date", Text),
    Column("currency", Text),
    Column("grand_total", Text),
    Column("due_date", Text),
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
    Column("postponed_until", Text),
    Column("payable_key", Text, unique=True),  # the business duplicate lock, set while the invoice counts as payable
    Column("version", Integer, nullable=False, default=1),
    Column("created_at", Text, nullable=False),
    Column("updated_at", Text, nullable=False),
    UniqueConstraint("received_id", "ordinal"),
)
Index("invoice_vendor", invoice.c.vendor_number, invoice.c.number_key)
Index("invoice_iban", invoice.c.iban)
Index("invoice_vat", invoice.c.seller_vat_id)
Index("invoice_arrival", invoice.c.arrival, invoice.c.ordinal)

job = Table(
    "job",
    metadata,
    Column("id", Text, primary_key=True),
    Column("item", Text, nullable=False, index=True),
    Column("stage", Text, nullable=False),
    Column("version", Integer, nullable=False, default=1),
    Column("arrival", Integer, nullable=False),
    Column("vendor_number", Text),  # known from identify on: invoices of one vendor are taken in order of arrival
    Column("state", Text, nullable=False),  # ready, run, done, quarantined
    Column("owner", Text),
    Column("lease_until", Text),
    Column("attempts", Integer, nullable=False, default=0),
    Column("not_before", Text),
    Column("rung_at", Text),
    Column("error", Text),
    Column("created_at", Text, nullable=False),
    Column("finished_at", Text),
    UniqueConstraint("item", "stage", "version"),
)
Index("job_ready", job.c.state, job.c.arrival)
Index("job_stage", job.c.stage, job.c.state)

export = Table(
    "export",
    metadata,
    Column("id", Text, primary_key=True),
    Column("invoice_id", ForeignKey("invoice.id"), nullable=False),
    Column("format", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("file_name", Text, nullable=False),
    Column("from_master", Text, nullable=False, default="[]"),
    Column("state", Text, nullable=False),  # written, handed-over, unknown, confirmed
    Column("fetched_at", Text),  # when the finance system first took it
    Column("created_at", Text, nullable=False),
    UniqueConstraint("invoice_id", "format"),
)

export_effect = Table(
    "export_effect",
    metadata,
    Column("key", Text, primary_key=True),  # exporters.booking.key_of: the same invoice to the same target, for ever
    Column("invoice_id", ForeignKey("invoice.id"), nullable=False, index=True),
    Column("target", Text, nullable=False),  # folder/FORMAT, http/FORMAT
    Column("sha256", Text, nullable=False),  # of what is handed over; other content under a key in use is an error
    Column("state", Text, nullable=False),  # prepared, handed-over, unknown, confirmed, rejected
    Column("attempts", Integer, nullable=False, default=0),
    Column("begun_at", Text),  # the last attempt, by the time of the queue
    Column("busy_until", Text),  # an attempt is under way: nobody else may begin one
    Column("receipt", Text),  # JSON, what the target answered: number and year of the booking
    Column("error", Text),
    Column("created_at", Text, nullable=False),
    Column("updated_at", Text, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("index", Integer, primary_key=True, autoincrement=False),
    Column("time", Text, nullable=False),
    Column("item", Text),
    Column("sequence", Integer, nullable=False),  # position in the chain of its item
    Column("type", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),  # RFC 8785 bytes, exactly those hashed
    Column("hash", Text, nullable=False),
    Column("previous", Text),
    UniqueConstraint("item", "sequence"),
)
Index("audit_type", audit.c.type)

audit_head = Table(
    "audit_head",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("size", Integer, nullable=False),
    Column("frontier", Text, nullable=False),  # JSON list of subtree hashes, largest first
    Column("root", Text, nullable=False),
)

audit_node = Table(
    "audit_node",
    metadata,
    Column("level", Integer, primary_key=True, autoincrement=False),  # 1: over 256 leaves, 2: over 65,536 ...
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("hash", Text, nullable=False),
)

checkpoint = Table(
    "checkpoint",
    metadata,
    Column("size", Integer, primary_key=True, autoincrement=False),
    Column("root", Text, nullable=False),
    Column("note", Text, nullable=False),  # C2SP tlog-checkpoint, as signed
    Column("at", Text, nullable=False),
)

master_row = Table(
    "master_row",
    metadata,
    Column("file", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("data", Text, nullable=False),
    Column("since_version", Integer, nullable=False),  # the import that made it say so
)

master_history = Table(
    "master_history",
    metadata,
    Column("file", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("from_version", Integer, primary_key=True),
    Column("to_version", Integer, nullable=False),  # the import that ended it
    Column("data", Text, nullable=False),
    Column("ended_at", Text, nullable=False),
    Column("ended_by", Text, nullable=False),
)

master_index = Table(
    "master_index",
    metadata,
    Column("file", Text, primary_key=True),
    Column("field", Text, primary_key=True),
    Column("value", Text, primary_key=True),
    Column("key", Text, primary_key=True),
)

act = Table(
    "act",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("id", Text, nullable=False, unique=True),
    Column("invoice_id", ForeignKey("invoice.id"), nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("reason", Text),
    Column("data", Text, nullable=False),  # JSON, what the act says; see pipeline.store.acts
    Column("sensitive", Integer, nullable=False, default=0),  # touches number, amounts, payee or account: four eyes
    Column("before", Text),  # the document before a correction
    Column("at", Text, nullable=False),
    Column("undone_at", Text),
    Column("undone_by", Text),
)

confirmed_bank = Table(
    "confirmed_bank",
    metadata,
    Column("vendor_number", Text, primary_key=True),
    Column("iban", Text, primary_key=True),
    Column("called", Text, nullable=False),  # whom the first person spoke to
    Column("first_by", Text, nullable=False),
    Column("first_at", Text, nullable=False),
    Column("second_by", Text),
    Column("second_at", Text),  # counts from then on
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
    Column("id", Text, primary_key=True),
    Column("name", Text),
    Column("data", Text, nullable=False),  # schemas.profile.SupplierProfile
    Column("documents", Integer, nullable=False, default=0),  # confirmed by a person
    Column("misfits", Integer, nullable=False, default=0),  # pages it no longer fitted
    Column("created_at", Text, nullable=False),
    Column("updated_at", Text, nullable=False),
)

supplier_profile_key = Table(
    "supplier_profile_key",
    metadata,
    Column("kind", Text, primary_key=True),  # id (VAT id, IBAN, tax number in compact form) or head (of the item table)
    Column("value", Text, primary_key=True),
    Column("profile_id", ForeignKey("supplier_profile.id"), primary_key=True),
)

letter = Table(
    "letter",
    metadata,
    Column("id", Text, primary_key=True),
    Column("invoice_id", ForeignKey("invoice.id"), nullable=False, index=True),
    Column("recipient", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("answers", Text),  # Message-ID of the mail the invoice came in
    Column("message_id", Text, nullable=False),  # the same at every attempt
    Column("state", Text, nullable=False),  # waiting, sent, failed, withdrawn
    Column("attempts", Integer, nullable=False, default=0),
    Column("not_before", Text, nullable=False),
    Column("error", Text),
    Column("created_at", Text, nullable=False),
    Column("ended_at", Text),
)
Index("letter_due", letter.c.state, letter.c.not_before)

mailbox_mail = Table(
    "mailbox_mail",
    metadata,
    Column("account", Text, primary_key=True),  # user@host
    Column("folder", Text, primary_key=True),
    Column("uidvalidity", BigInteger, primary_key=True, autoincrement=False),
    Column("uid", BigInteger, primary_key=True, autoincrement=False),
    Column("sha256", Text, primary_key=True),  # a server that gives a UID to another mail is noticed
    Column("size", Integer, nullable=False),  # as the server says
    Column("received_id", ForeignKey("received.id"), nullable=False),
    Column("at", Text, nullable=False),
)

meta = Table(
    "meta",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
