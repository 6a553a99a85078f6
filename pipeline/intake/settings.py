"""Settings of the ways in and of the letters out."""

import ssl
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


Security = Literal["tls", "starttls", "none"]
LOOPBACK = frozenset({"", "localhost", "127.0.0.1", "::1"})


class Server(Section):
    """A mail server we call. Without encryption only on this machine: the password and the invoices would be readable on the way."""

    host: str = ""
    security: Security = "tls"
    user: str = ""
    password: SecretStr = SecretStr("")
    password_file: Path | None = Field(None, description="Instead of the password: a file with it")
    authorities: Path | None = Field(None, description="PEM of certificate authorities to trust; empty: those of the machine")
    timeout_seconds: float = Field(60.0, gt=0)

    @model_validator(mode="after")
    def _is_encrypted(self) -> Self:
        if self.security == "none" and self.host not in LOOPBACK:
            raise ValueError("security none is for servers on this machine only; use tls or starttls")
        return self

    def tls(self) -> ssl.SSLContext:
        """Certificates are checked, always. Raises ``OSError`` when the file of authorities cannot be read."""
        return ssl.create_default_context(cafile=self.authorities)

    def secret(self) -> str:
        """The password. Raises ``OSError`` when its file cannot be read."""
        if self.password_file:
            return self.password_file.read_text("utf-8").rstrip("\r\n")
        return self.password.get_secret_value()


class Folder(Section):
    """The watched folder. Polling is the truth: it works on network drives, where no file system events come."""

    watch: bool = True
    path: Path | None = Field(None, description="Empty: inbox in the home")
    poll_seconds: float = Field(5.0, gt=0)
    settle_seconds: float = Field(5.0, ge=0, description="A file is taken when nothing about it changed for so long")
    patience_seconds: float = Field(600.0, ge=0, description="A file that stays unfinished for so long is rejected")
    ignore: tuple[str, ...] = Field(
        (".*", "*~", "~$*", "*.tmp", "*.temp", "*.part", "*.partial", "*.filepart", "*.crdownload", "*.download", "*.swp"),
        description="Names of files that others are still writing, any case",
    )


class Imap(Server):
    """A mailbox that is read. Mails are never deleted, only moved."""

    port: int = Field(993, ge=1, le=65535)
    folders: tuple[str, ...] = ("INBOX",)
    done_folder: str = Field("Belegfluss-Done", description="Where received mails are moved; empty leaves them where they are")
    rejected_folder: str = Field("Belegfluss-Rejected", description="Where mails are moved that are too large to be taken")
    poll_seconds: float = Field(60.0, gt=0, description="Looked at so often also when the server announces nothing")
    census_seconds: float = Field(600.0, gt=0, description="How often all mails are counted against our rows")


class Receiver(Section):
    """The mail server inside: others deliver to it by SMTP or LMTP."""

    host: str = "127.0.0.1"
    smtp_port: int | None = Field(None, ge=0, le=65535, description="Empty: no SMTP")
    lmtp_port: int | None = Field(None, ge=0, le=65535, description="Empty: no LMTP")
    recipients: tuple[str, ...] = Field((), description="Addresses or @domains that are taken; needed beyond this machine")
    certificate: Path | None = Field(None, description="PEM, for STARTTLS")
    key: Path | None = Field(None, description="PEM, for STARTTLS")
    timeout_seconds: float = Field(120.0, gt=0)

    @model_validator(mode="after")
    def _knows_its_recipients(self) -> Self:
        if self.host not in LOOPBACK and not self.recipients and (self.smtp_port, self.lmtp_port) != (None, None):
            raise ValueError("recipients: name the addresses to take mail for when others than this machine may deliver")
        return self


class Intake(Section):
    open_jobs: int = Field(20_000, gt=0, description="With more work waiting nothing new is taken in; senders keep it")
    free_mib: int = Field(1024, ge=0, description="With less free disk nothing new is taken in")
    folder: Folder = Field(default_factory=Folder)
    imap: Imap = Field(default_factory=Imap)
    receiver: Receiver = Field(default_factory=Receiver)


class Smtp(Server):
    """The mail server through which letters to suppliers go out. Empty host: none are sent."""

    port: int = Field(587, ge=1, le=65535)
    security: Security = "starttls"
    sender: str = Field("", description="From address of letters")
    reply_to: str = ""
    attempts: int = Field(12, gt=0)

    @model_validator(mode="after")
    def _has_a_sender(self) -> Self:
        if self.host and "@" not in self.sender:
            raise ValueError("sender: name the address letters come from")
        return self
