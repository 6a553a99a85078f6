"""Letters to suppliers: written down with the decision they tell of, sent by mail afterwards, told in the trail.

Only a person sends a letter, to an address that person saw: an answer to whatever address a mail names would help forgers.
"""

from pipeline.letters.composing import Letter, LetterUnusable, rejection
from pipeline.letters.sending import send_due

__all__ = ["Letter", "LetterUnusable", "rejection", "send_due"]
