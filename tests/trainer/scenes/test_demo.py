import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.assets import asset_path
from engine.errors import OutputLocationError
from engine.media.video_reader import VideoReader
from engine.ucs import class_for
from trainer.scenes import demo
from trainer.scenes.demo import DURATION_S, FRAME_RATE_HZ, TRUTH_NAME, demo_frame, demo_truth, render_demo
from trainer.scenes.demo_actors import BALL, DOOR, STEPS, ball_height, door_gap, foot_at
from trainer.scenes.garden import HEIGHT, WIDTH, draw_garden

FRAME_S = 1 / FRAME_RATE_HZ


@pytest.fixture(scope="module")
def garden() -> NDArray[np.float32]:
    return draw_garden()


def test_truth_is_consistent() -> None:
    truth = demo_truth()
    assert truth.duration_samples == 528_000  # 11 s at 48 kHz
    assert len(truth.events) == 5
    for event in truth.events:
        assert class_for(event.class_name).kind == "event"
        assert list(event.contacts_s) == sorted(event.contacts_s)
        assert event.contacts_s[0] > 0
        assert event.contacts_s[-1] < DURATION_S - 0.5
        assert [round(48_000 * time) for time in event.contacts_s] == list(event.contacts_samples)
        assert len(event.strengths) == len(event.contacts_s)
        assert all(0 < strength <= 1 for strength in event.strengths)


def test_events_overlap_partly_and_follow_each_other() -> None:
    events = demo_truth().events
    spans = [(event.contacts_s[0], event.contacts_s[-1]) for event in events]
    assert [start for start, _ in spans] == sorted(start for start, _ in spans)
    assert any(later[0] < earlier[1] for earlier, later in zip(spans[:-1], spans[1:], strict=True))


def test_ball_touches_the_deck_at_its_contacts_only() -> None:
    for time in map(float, BALL.times_s):
        assert ball_height(time) == pytest.approx(0, abs=1e-2)
        assert ball_height(time - FRAME_S) > 4
    assert ball_height(4.0) == 0


def test_foot_comes_down_at_each_step_and_stays() -> None:
    for number, time in enumerate(map(float, STEPS.times_s)):
        before_x, before_height = foot_at(time - 0.5 * FRAME_S, number % 2)
        x, height = foot_at(time + 1e-3, number % 2)
        assert height == 0
        assert before_height > 2
        assert before_x < x
        assert foot_at(time + 0.3, number % 2) == (x, 0)


def test_door_shuts_fast_and_stays_shut() -> None:
    slam = float(DOOR.times_s[0])
    assert door_gap(slam - FRAME_S) > 0.15
    assert door_gap(slam) == 0
    assert door_gap(DURATION_S) == 0


def test_light_of_the_doorway_goes_out_when_the_door_shuts(garden: NDArray[np.float32]) -> None:
    # the door is wide open at picture 223 (8.92 s) and shut at picture 240; its contact is at 9.27 s
    dark, lit = demo_frame(240, garden), demo_frame(223, garden)
    assert dark.shape == (HEIGHT, WIDTH, 3)
    assert lit[100:230, 90:114, 0].mean() - dark[100:230, 90:114, 0].mean() > 100
    assert (dark[:60, 200:] == lit[:60, 200:]).all()


def test_written_film_has_every_picture_and_no_sound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, garden: NDArray[np.float32]
) -> None:
    frames = [demo_frame(number, garden) for number in (0, 24, 130)]
    monkeypatch.setattr(demo, "demo_frames", lambda: iter(frames))
    truth = render_demo(tmp_path / "demo.mp4")
    assert json.loads((tmp_path / TRUTH_NAME).read_text())["events"][0]["contacts_samples"][0] == 44_640
    assert truth == demo_truth()
    with VideoReader(tmp_path / "demo.mp4") as reader:
        assert (reader.info.frame_count, reader.info.fps, reader.info.audio) == (3, 25, None)
        assert np.abs(reader.frame(1).astype(float) - frames[1]).mean() < 4
    assert sorted(path.name for path in tmp_path.iterdir()) == ["demo.mp4", TRUTH_NAME]


def test_shipped_clip_is_the_one_the_truth_is_of() -> None:
    path = asset_path("demo", "demo.mp4")
    written = json.loads(path.with_name(TRUTH_NAME).read_text(encoding="utf-8"))
    assert written == json.loads(json.dumps({"schema": 1, **asdict(demo_truth())}))
    assert path.stat().st_size < 1_500_000
    with VideoReader(path) as reader:
        assert reader.info.duration_samples == demo_truth().duration_samples
        assert (reader.info.width, reader.info.height, reader.info.fps) == (WIDTH, HEIGHT, 25)
        assert reader.info.audio is None


def test_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(OutputLocationError, match="nowhere"):
        render_demo(tmp_path / "nowhere" / "demo.mp4")
