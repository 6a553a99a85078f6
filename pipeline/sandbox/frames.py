"""Messages on a stream socket: eight bytes of length, then the bytes. Bounded in length and time on the receiving side."""

import socket
import struct
import time

_LENGTH = struct.Struct("!Q")
_PIECE = 1 << 20


class TooLong(OSError):
    """The other side announces more than it may send."""


def send(pipe: socket.socket, data: bytes) -> None:
    pipe.sendall(_LENGTH.pack(len(data)))
    pipe.sendall(data)


def receive(pipe: socket.socket, longest: int, seconds: float | None) -> bytes:
    """One message of at most ``longest`` bytes, whole within ``seconds``.

    Raises ``TimeoutError``, ``TooLong``, or ``EOFError`` when the other side ends before.
    """
    until = None if seconds is None else time.monotonic() + seconds
    (length,) = _LENGTH.unpack(_exactly(pipe, _LENGTH.size, until))
    if length > longest:
        raise TooLong(f"a message of {length} bytes, more than {longest}")
    return _exactly(pipe, length, until)


def _exactly(pipe: socket.socket, size: int, until: float | None) -> bytes:
    data = bytearray()
    while len(data) < size:
        if until is not None:
            left = until - time.monotonic()
            if left <= 0:
                raise TimeoutError
            pipe.settimeout(left)
        try:
            piece = pipe.recv(min(_PIECE, size - len(data)))
        except ConnectionResetError as problem:
            raise EOFError from problem
        if not piece:
            raise EOFError
        data += piece
    return bytes(data)
