"""Putting values on paper and remembering which ones were printed, and how."""

from dataclasses import dataclass, field

from samples.canvas import BLACK, Align, Colour, Sheet, open_sheet
from samples.layout import Layout


@dataclass
class Press:
    """One document being written. ``y`` is where the next block starts; ``printed`` maps invoice paths to their characters."""

    layout: Layout
    title: str
    page_count: int = 1
    password: str | None = None
    page_number: int = 1
    y: float = 0.0
    printed: dict[str, str] = field(default_factory=dict)
    sheet: Sheet = field(init=False)

    def __post_init__(self) -> None:
        layout = self.layout
        self.sheet = open_sheet(layout.producer, layout.family, layout.page, self.title, self.password, layout.runs)

    @property
    def left(self) -> float:
        return self.layout.margin

    @property
    def right(self) -> float:
        return self.layout.page[0] - self.layout.margin

    @property
    def bottom(self) -> float:
        """Where the footer begins."""
        return self.layout.page[1] - 92

    @property
    def leading(self) -> float:
        return self.layout.size * 1.35

    def put(
        self,
        x: float,
        y: float,
        text: str,
        *,
        path: str | None = None,
        size: float | None = None,
        bold: bool = False,
        align: Align = "left",
        colour: Colour = BLACK,
    ) -> None:
        """Write ``text``; with ``path`` note that this invoice field is printed with these characters."""
        if text:
            self.sheet.text(x, y, text, size or self.layout.size, bold=bold, align=align, colour=colour)
        if path and text:
            self.printed.setdefault(path, text)

    def put_pair(self, x: float, y: float, label: str, value: str, path: str | None, *, gap: float = 4.0) -> None:
        """``label: value`` on one line, the value right behind its label."""
        shown = label + self.layout.colon
        self.put(x, y, shown)
        self.put(x + self.width(shown) + gap, y, value, path=path)

    def width(self, text: str, size: float | None = None, *, bold: bool = False) -> float:
        return self.sheet.width(text, size or self.layout.size, bold=bold)

    def wrap(self, text: str, width: float, size: float | None = None) -> list[str]:
        """Words into lines not wider than ``width``; a single longer word stays whole."""
        lines: list[str] = []
        for word in text.split():
            if lines and self.width(f"{lines[-1]} {word}", size) <= width:
                lines[-1] += f" {word}"
            else:
                lines.append(word)
        return lines

    def paragraph(self, text: str, *, width: float | None = None, size: float | None = None, path: str | None = None) -> None:
        """Wrapped text at ``y``, which moves on below it."""
        step = (size or self.layout.size) * 1.35
        for line in self.wrap(text, width or self.right - self.left, size):
            self.put(self.left, self.y, line, size=size)
            self.y += step
        if path and text:
            self.printed.setdefault(path, text)

    def rule(self, y: float, thickness: float = 0.5, colour: Colour = BLACK) -> None:
        self.sheet.line(self.left, y, self.right, y, thickness, colour)

    def frame(self, x0: float, y0: float, x1: float, y1: float, thickness: float = 0.4) -> None:
        """Four lines around a box."""
        for ax, ay, bx, by in ((x0, y0, x1, y0), (x0, y1, x1, y1), (x0, y0, x0, y1), (x1, y0, x1, y1)):
            self.sheet.line(ax, ay, bx, by, thickness)
