import json
from pathlib import Path

import numpy as np
import pytest

from engine.media.audio_file import read_clip_audio
from engine.media.video_reader import VideoReader
from tests.trainer.scenes.small_bank import usual_recordings, write_bank
from trainer.scenes.bank import load_bank
from trainer.scenes.plan import Cast, draw_scene
from trainer.scenes.pool import cast_of
from trainer.scenes.preview import truth_of, write_previews
from trainer.scenes.render import render
from trainer.scenes.sound import perform


def test_films_show_and_sound_the_scene_and_their_truth_lies_beside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_bank(tmp_path / "bank", usual_recordings())
    monkeypatch.setenv("MSG_SOUND_BANK", str(folder))
    films = write_previews(tmp_path / "films", seed=3, count=2, duration_s=1.6)
    assert [film.name for film in films] == ["scene_000003.mp4", "scene_000004.mp4"]
    bank = load_bank("train", folder=folder)
    plan = draw_scene(3, cast_of(bank), duration_s=1.6)
    assert json.loads(films[0].with_suffix(".json").read_text(encoding="utf-8")) == truth_of(plan)
    with VideoReader(films[0]) as reader:
        assert (reader.info.width, reader.info.height, reader.info.frame_count) == (384, 288, 40)
        shown = reader.resampled(rate_hz=25, width=96, height=72)
    drawn = render([plan])[0].numpy()
    assert np.abs(shown[20].astype(int) - drawn[20].astype(int)).mean() < 8
    heard = read_clip_audio(films[0], rate_hz=44_100).mean(axis=0)
    mix = np.clip(perform(plan, bank).mix, -1, 1)
    length = min(len(heard), len(mix)) - 200
    alike = [
        np.corrcoef(heard[shift : shift + length], mix[100 : 100 + length])[0, 1] for shift in range(200)
    ]
    assert int(np.argmax(alike)) == 100  # neither early nor late
    assert max(alike) > 0.6  # AAC keeps noise only roughly


def test_truth_names_actors_contacts_and_cut() -> None:
    for seed in range(30):
        plan = draw_scene(seed, Cast(("FEET_gravel",), ("AERO_jet",)), duration_s=2.0)
        truth = truth_of(plan)
        assert truth["seed"] == seed
        assert truth["cut_frame"] == (None if plan.cut_frame == 50 else plan.cut_frame)
        for told, actor in zip(truth["actors"], plan.actors, strict=True):
            assert (told["class"], told["kind"]) == (actor.class_name, actor.kind)
            times = [] if actor.beats is None else actor.beats.times_s.tolist()
            assert told["contacts_s"] == pytest.approx(times, abs=1e-4)
            assert len(told["strengths"]) == len(times)
            assert told["place"] == (pytest.approx(actor.place, abs=1e-3) if actor.on_screen else None)
            steps = sum(round(25 * (end - start)) for start, end in told["runs_s"])
            assert steps == (0 if actor.activity is None else int((actor.activity > 0.1).sum()))
        silent = [beats.times_s.tolist() for beats in plan.silent_beats]
        assert truth["silent_contacts_s"] == [pytest.approx(times, abs=1e-4) for times in silent]
