"""A party as it is put together: its values, where each was seen, and a doubt."""

from dataclasses import dataclass, field

from extractors.text_layer.sightings import Sighting
from schemas import Party


@dataclass
class ReadParty:
    party: Party = field(default_factory=Party)
    seen: dict[str, Sighting] = field(default_factory=dict)
    doubts: list[tuple[str, str]] = field(default_factory=list)
    """(attribute, reason): what keeps the document from acceptance."""

    def put(self, name: str, sighting: Sighting) -> None:
        setattr(self.party, name, sighting.value)
        self.seen[name] = sighting
