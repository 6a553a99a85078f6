"""Bytes of a mail, an archive or a document -> parts, and what each document says and where it says it.

Entry points: ``sniff`` (kind of file), ``unpack`` (mails and archives into parts), ``read`` (a document into an ``Extraction``).
None of them raises for what the bytes hold. Heavy packages are imported when first needed.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from extractors.media import Media, sniff

if TYPE_CHECKING:
    from extractors.containers.parts import Unpacked
    from schemas import Extraction
    from schemas.master import Company, Vendor
    from schemas.profile import SupplierProfile

__all__ = ["Media", "read", "sniff", "unpack"]


def unpack(data: bytes, name: str) -> "Unpacked":
    """Parts, mail facts and findings; see ``extractors.containers.unpack``."""
    from extractors.containers.unpacking import unpack as work

    return work(data, name)


def read(
    data: bytes,
    name: str,
    *,
    source: Literal["auto", "embedded", "text-layer"] = "auto",
    companies: "Sequence[Company]" = (),
    vendors: "Sequence[Vendor]" = (),
    second_reader: bool = True,
    visibility: bool = True,
    profiles: "Sequence[SupplierProfile]" = (),
) -> "Extraction":
    """Everything one document file says; see ``extractors.hybrid.read``."""
    from extractors.hybrid import read as work

    return work(
        data,
        name,
        source=source,
        companies=companies,
        vendors=vendors,
        second_reader=second_reader,
        visibility=visibility,
        profiles=profiles,
    )
