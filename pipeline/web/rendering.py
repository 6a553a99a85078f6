"""HTML from templates: everything escaped, nothing undefined, the language of the person."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from pipeline.web import formatting
from pipeline.web.access import session_of
from pipeline.web.sessions import Session
from pipeline.web.texts import LANGUAGES, Language, Texts, as_language, preferred

MEDIA_TYPES = {".css": "text/css; charset=utf-8", ".svg": "image/svg+xml", ".js": "text/javascript; charset=utf-8"}


@dataclass(frozen=True)
class StaticFile:
    """A file of the pages. Its address holds a piece of its hash, so browsers may keep it for ever."""

    data: bytes
    media_type: str
    tag: str


@cache
def static_files() -> Mapping[str, StaticFile]:
    found: dict[str, StaticFile] = {}
    for entry in (files("pipeline.web") / "static").iterdir():
        suffix = "." + entry.name.rpartition(".")[2]
        if suffix in MEDIA_TYPES:
            data = entry.read_bytes()
            found[entry.name] = StaticFile(data, MEDIA_TYPES[suffix], hashlib.sha256(data).hexdigest()[:12])
    return found


def static_address(name: str) -> str:
    return f"/static/{static_files()[name].tag}/{name}"


@cache
def environment() -> Environment:
    made = Environment(
        loader=PackageLoader("pipeline.web", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["static"] = static_address
    return made


def language_of(request: Request, session: Session | None) -> Language:
    """``?lang=``, which a session remembers; else the session's; else the browser's wish; else the setting."""
    asked = as_language(request.query_params.get("lang", ""))
    if asked and session:
        session.language = asked
    default: Language = request.app.state.desk.settings.language
    chosen = asked or (as_language(session.language) if session else None)
    return chosen or preferred(request.headers.get("accept-language", ""), default)


class Words:
    """What a template says and how it writes numbers, in one language."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self.t = Texts(language)

    def amount(self, value: Any) -> str:
        return formatting.amount(value, self.language)

    def quantity(self, value: Any) -> str:
        return formatting.quantity(value, self.language)

    def day(self, value: Any) -> str:
        return formatting.day(value, self.language)

    def moment(self, value: Any) -> str:
        return formatting.moment(value, self.language)

    def size(self, value: int) -> str:
        return formatting.size(value, self.language)


def page(request: Request, template: str, *, status: int = 200, session: Session | None = None, **values: Any) -> HTMLResponse:
    """One page. ``session`` is looked up where the caller has none (login and error pages)."""
    session = session or session_of(request)
    words = Words(language_of(request, session))
    # Relative to the page: a path such as //other.example would else become a link to another site.
    query = request.url.remove_query_params("token")
    languages = [(language, f"?{query.include_query_params(lang=language).query}") for language in LANGUAGES]
    html = (
        environment()
        .get_template(template)
        .render(
            w=words,
            t=words.t,
            language=words.language,
            languages=languages,
            session=session,
            path=request.url.path,
            **values,
        )
    )
    return HTMLResponse(html, status, {"Content-Language": words.language, "Vary": "Accept-Language, Cookie"})
