"""What a copy says of itself, whatever its syntax: the copy note, the note on master data, and what it keeps out."""

from exporters.completion import Completed
from exporters.context import ExportContext
from exporters.notice import MARKER, copy_note, master_note
from exporters.profiles import Profile
from schemas import Invoice, Note


def keep_out_foreign_content(invoice: Invoice) -> list[str]:
    """Content of the source that no term has a place for is not written as a note of the supplier; it is reported."""
    lost = [f"notes[{index}]" for index, note in enumerate(invoice.notes) if note.path]
    invoice.notes = [note for note in invoice.notes if not note.path]
    return lost + [f"information_lines[{index}]" for index in range(len(invoice.information_lines))]


def add_notes(completed: Completed, profile: Profile, context: ExportContext) -> None:
    """The notes every copy carries: what it was made of, and what comes from master data."""
    notes = completed.invoice.notes
    if not any(note.text.startswith(MARKER) for note in notes):
        notes.append(Note(text=copy_note(context)))
    if completed.from_master:
        notes.append(Note(text=master_note(completed.from_master)))
    if profile.single_note and len(notes) > 1:
        codes = {note.subject_code for note in notes if note.subject_code}
        shared = codes.pop() if len(codes) == 1 else None  # several codes cannot share one note; they stay as text
        texts = [note.text if note.subject_code in (None, shared) else f"{note.subject_code}: {note.text}" for note in notes]
        completed.invoice.notes = [Note(text="\n".join(texts), subject_code=shared)]
