"""What is known of a supplier before his page is read. Empty guidance changes nothing.

The reader asks at four points; what guides it (``extractors.profiles``) knows what a person confirmed on earlier documents.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from extractors.text_layer.fields import Candidate
from extractors.text_layer.items import Table
from extractors.text_layer.lines import ReadLine
from extractors.text_layer.scene import Scene
from schemas.master import Vendor

if TYPE_CHECKING:
    from extractors.text_layer.reading import Reading


@dataclass(frozen=True)
class Guidance:
    """``supplier``: who the page is from, as a record that helps to tell the parties apart; it never replaces what is printed.

    ``fields`` gets the labelled values and returns those to go by, the closest first. ``lines`` may read the item table in another
    way; ``None`` leaves it to the reader. ``finish`` sees the whole reading before it is judged.
    """

    supplier: Vendor | None = None
    fields: Callable[[Scene, list[Candidate]], list[Candidate]] | None = None
    lines: Callable[[Scene], "tuple[Table, list[ReadLine]] | None"] | None = None
    finish: "Callable[[Reading], None] | None" = None


NONE = Guidance()
