"""Why an act was refused, in the reader's language. The acts speak English; their sentences are the English texts ``refused.*``."""

import re
from functools import cache

from pipeline import acts
from pipeline.web.reasons import say_again
from pipeline.web.texts import Texts, catalogue

GROUP = "refused."


def said_in(refused: acts.ActRefused, t: Texts) -> list[tuple[str, bool]]:
    """Sentences, and whether each is in another language than the page."""
    if isinstance(refused, acts.NotNow) and refused.reasons:
        return [(t("alert.open"), False), *(_again(reason, t) for reason in refused.reasons)]
    if isinstance(refused, acts.Unusable):
        return [sentence(problem, t) for problem in refused.problems]
    return [sentence(str(refused), t)]


def _again(reason: str, t: Texts) -> tuple[str, bool]:
    said = say_again(reason, t)
    return said, said == reason and t.language != "en"


def sentence(text: str, t: Texts) -> tuple[str, bool]:
    """A sentence of the acts again in another language; one that is not known stays as it is."""
    if t.language == "en":
        return text, False
    for key, pattern in _patterns():
        if found := pattern.fullmatch(text):
            return t(key, **{name: _word(value, t) for name, value in found.groupdict().items()}), False
    return text, True


def _word(value: str, t: Texts) -> str:
    """States and roles in the reader's words, one or several; anything else as it is."""
    return f" {t('alert.or')} ".join(t.known(f"state.{one}", t.known(f"role.{one}", one)) for one in value.split(" or "))


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    known = [(key, text) for key, text in catalogue("en").items() if key.startswith(GROUP)]
    known.sort(key=lambda item: -len(item[1]))
    return tuple((key, re.compile(_as_pattern(text), re.DOTALL)) for key, text in known)


def _as_pattern(template: str) -> str:
    parts = re.split(r"\{(\w+)\}", template)
    return "".join(f"(?P<{part}>.+?)" if place % 2 else re.escape(part) for place, part in enumerate(parts))
