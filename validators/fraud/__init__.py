"""Checks against fraud and mistakes that cost money twice. One module per family (DOMAIN section 4).

Checks of the page (hidden text, revisions, glyphs) are made while reading; their findings come with the document.
"""

from validators.case import Rule
from validators.fraud import amounts, bank, calendar, duplicates, mail, vendor

RULES: tuple[Rule, ...] = (*duplicates.RULES, *bank.RULES, *vendor.RULES, *mail.RULES, *amounts.RULES, *calendar.RULES)
