"""Messages in a stream of bytes: each is 4 bytes of length, big-endian, and then so many bytes."""

from collections.abc import Iterator

from engine.errors import WorkError

LONGEST_FRAME = 64 << 20  # bytes; a project of 10,000 takes needs about 10 MiB

_HEAD = 4


def framed(text: bytes) -> bytes:
    """A message as one frame.

    Raises:
        WorkError: When it is empty or longer than LONGEST_FRAME.
    """
    _check_length(len(text))
    return len(text).to_bytes(_HEAD, "big") + text


class FrameReader:
    """Cuts a stream of bytes into messages, however the bytes arrive."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Take bytes in and give every message that is whole now.

        Raises:
            WorkError: When a length is absurd: the stream is not ours, or out of step.
        """
        self._bytes += data
        begin = 0
        try:
            while len(self._bytes) - begin >= _HEAD:
                length = int.from_bytes(self._bytes[begin : begin + _HEAD], "big")
                _check_length(length)
                end = begin + _HEAD + length
                if len(self._bytes) < end:
                    break
                text = bytes(self._bytes[begin + _HEAD : end])
                begin = end
                yield text
        finally:
            del self._bytes[:begin]


def _check_length(length: int) -> None:
    if not 0 < length <= LONGEST_FRAME:
        raise WorkError(
            f"A message of {length} bytes came between window and engine, wanted are 1 to "
            f"{LONGEST_FRAME}: restart the engine."
        )
