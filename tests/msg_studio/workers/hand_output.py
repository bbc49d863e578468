"""A sound device turned by hand: it consumes exactly what the test says."""

import numpy as np

from msg_studio.workers.stream_clock import Fill, StereoBlock, StreamFeed


class HandOutput:
    """Hears what it asked for at once, or after a delay in frames.

    Attributes:
        heard: All that was asked for, as blocks.
        stopped: Whether it was closed.
    """

    def __init__(self, words: str = "Sound: by hand", *, audible: bool = True, delay_frames: int = 0) -> None:
        self.name = "hand"
        self.words = words
        self.reasons: tuple[str, ...] = ()
        self.audible = audible
        self.delay_frames = delay_frames
        self.heard: list[StereoBlock] = []
        self.stopped = False
        self.now_s = 0.0
        self.feed = self._feed(lambda block: block.fill(0))

    @property
    def latency_s(self) -> float:
        """As set."""
        return self.delay_frames / 48_000

    def start(self, fill: Fill) -> None:
        """Take the filler."""
        self.feed = self._feed(fill)

    def stop(self) -> None:
        """Note it."""
        self.stopped = True

    def play(self, frames: int, *, block_frames: int = 480) -> StereoBlock:
        """Ask for frames in blocks and let their time pass; gives them, (F, 2)."""
        blocks = []
        for begin in range(0, frames, block_frames):
            block = np.full((min(block_frames, frames - begin), 2), np.nan, dtype=np.float32)
            self.feed.ask(block, delay_s=self.latency_s)
            blocks.append(block)
            self.now_s += len(block) / 48_000
        self.heard += blocks
        return np.concatenate(blocks)

    def _feed(self, fill: Fill) -> StreamFeed:
        return StreamFeed(fill, timer=lambda: self.now_s)
