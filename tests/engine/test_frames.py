import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import WorkError
from engine.frames import LONGEST_FRAME, FrameReader, framed


@given(st.lists(st.binary(min_size=1, max_size=40), max_size=6), st.lists(st.integers(1, 9), min_size=1))
def test_messages_arrive_whole_however_the_stream_is_cut(texts: list[bytes], cuts: list[int]) -> None:
    stream = b"".join(framed(text) for text in texts)
    reader = FrameReader()
    arrived: list[bytes] = []
    while stream:
        for size in cuts:
            arrived += reader.feed(stream[:size])
            stream = stream[size:]
    assert arrived == texts


def test_length_stands_before_the_message_big_end_first() -> None:
    assert framed(b"\x00abc") == b"\x00\x00\x00\x04\x00abc"


@pytest.mark.parametrize("length", [0, LONGEST_FRAME + 1, 2**32 - 1])
def test_absurd_length_is_refused_before_its_bytes_arrive(length: int) -> None:
    with pytest.raises(WorkError, match=f"message of {length} bytes"):
        list(FrameReader().feed(length.to_bytes(4, "big")))


def test_frames_before_an_absurd_length_are_given() -> None:
    arrived = FrameReader().feed(framed(b"good") + b"\xff\xff\xff\xff")
    assert next(arrived) == b"good"
    with pytest.raises(WorkError):
        next(arrived)


def test_message_too_long_to_travel_is_refused() -> None:
    with pytest.raises(WorkError, match="0 bytes"):
        framed(b"")
