"""The key that signs heads of the log. It lies in a file of its own, outside the database, and is made once.

audit.key   name and Ed25519 seed, one line, mode 0600; nobody but the service needs to read it
audit.pub   public keys, the present one last; give it to the auditor at set-up

Who can write the database but not these files can change the log, but cannot sign what he made of it.
"""

import base64
import os
import secrets
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pipeline.errors import EnvironmentProblem
from pipeline.trail.notes import BadNote, Signer, Verifier, parse_verifier

PREFIX = "PRIVATE+KEY+"


class KeyFile:
    """The private key and the list of public ones."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.public_file = file.with_suffix(".pub")

    def signer(self) -> Signer:
        """The present key; a first one is made where there is none. Raises ``EnvironmentProblem`` for a file that holds none."""
        try:
            text = self.file.read_text("ascii")
        except FileNotFoundError:
            self._keep(_new_key(f"belegfluss/{secrets.token_hex(8)}"))
            text = self.file.read_text("ascii")
        signer = self._parse(text)
        if signer.verifier not in self.trusted():
            self._publish(signer.verifier)
        return signer

    def rotate(self) -> tuple[Signer, Signer]:
        """The key before, and a new one that signs from now on. The old private key is gone; its public key stays known."""
        old = self.signer()
        new = _new_key(old.name)
        temporary = self._write(new)
        self._publish(new.verifier)
        temporary.replace(self.file)
        _sync(self.file.parent)
        return old, new

    def trusted(self) -> list[Verifier]:
        """All public keys this installation has ever signed with, oldest first. Raises ``EnvironmentProblem``."""
        try:
            lines = self.public_file.read_text("ascii").splitlines()
        except FileNotFoundError:
            return []
        try:
            return [parse_verifier(line) for line in lines if line.strip()]
        except BadNote as problem:
            raise EnvironmentProblem(f"{self.public_file}: {problem}") from problem

    def _parse(self, text: str) -> Signer:
        try:
            name, _key_id, data = text.strip().removeprefix(PREFIX).split("+", 2)
            return Signer(name, Ed25519PrivateKey.from_private_bytes(base64.b64decode(data)[1:]))
        except ValueError as problem:
            raise EnvironmentProblem(f"{self.file} holds no signing key; restore it from its copy") from problem

    def _keep(self, signer: Signer) -> None:
        """The first key. Where two processes make one at the same time, the one that comes first counts."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        temporary = self._write(signer)
        try:
            os.link(temporary, self.file)
        except FileExistsError:
            return
        finally:
            temporary.unlink()
        _sync(self.file.parent)

    def _write(self, signer: Signer) -> Path:
        temporary = self.file.with_name(f".{self.file.name}-{secrets.token_hex(4)}")
        data = base64.b64encode(b"\x01" + signer.private.private_bytes_raw()).decode()
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(f"{PREFIX}{signer.name}+{signer.verifier.key_id.hex()}+{data}\n")
            file.flush()
            os.fsync(file.fileno())
        return temporary

    def _publish(self, verifier: Verifier) -> None:
        with self.public_file.open("a", encoding="ascii") as file:
            file.write(f"{verifier}\n")
            file.flush()
            os.fsync(file.fileno())


def _new_key(name: str) -> Signer:
    return Signer(name, Ed25519PrivateKey.generate())


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
