"""What people do about an invoice: each act is one transaction with its entry in the trail, and can be undone.

    correcting      values of the reading corrected or confirmed
    clearing        findings set aside, variances taken, order lines and accounts chosen, bank accounts confirmed
    deciding        approved, rejected, postponed, the buyer asked
    acknowledging   the finance system says that it has booked
    undoing         the last act taken back

An act writes down what the person said and lets the stages judge again; it never sets a result itself.
"""

from pipeline.acts.acknowledging import acknowledge
from pipeline.acts.clearing import accept_variance, assign_accounts, assign_lines, confirm_bank, dismiss_finding
from pipeline.acts.correcting import correct
from pipeline.acts.deciding import approve, ask_buyer, postpone, reject
from pipeline.acts.errors import ActRefused, ChangedMeanwhile, NoSuchInvoice, NotHis, NotNow, Unusable
from pipeline.acts.person import MAX_REASON, Person
from pipeline.acts.undoing import undo

__all__ = [
    "MAX_REASON",
    "ActRefused",
    "ChangedMeanwhile",
    "NoSuchInvoice",
    "NotHis",
    "NotNow",
    "Person",
    "Unusable",
    "accept_variance",
    "acknowledge",
    "approve",
    "ask_buyer",
    "assign_accounts",
    "assign_lines",
    "confirm_bank",
    "correct",
    "dismiss_finding",
    "postpone",
    "reject",
    "undo",
]
