from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from engine.adapter_cards import AdapterCard, write_adapter_card
from engine.adapter_file import save_adapter
from engine.clip import Clip
from engine.errors import Cancelled, CheckpointError, DeviceError, InputError
from engine.event_by_hand import event_by_hand
from engine.feature_cache import FeatureCache
from engine.nn.lora import LoraConfig, add_lora, lora_parameters
from engine.progress import CancelToken, Progress
from engine.project.take_files import sound_hash
from engine.records import Event, HitPoint, SyncMap
from engine.session import EngineSession
from engine.take_sound import event_class
from engine.takes import TakeOrder, laid_on_timeline
from engine.timing import TimeRange
from tests.coded_film import even_pts, make_film
from tests.engine.small_networks import CLASSES, small_clip, small_generator, write_small_model


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    write_small_model(folder)
    return folder


@pytest.fixture(scope="module")
def session(models: Path) -> EngineSession:
    return EngineSession(model="small", models_folder=models)


@pytest.fixture(scope="module")
def clip(session: EngineSession, tmp_path_factory: pytest.TempPathFactory) -> Clip:
    path = tmp_path_factory.mktemp("film") / "walk.mp4"
    return session.open(make_film(path, pts=even_pts(40, Fraction(25))))


def order(**changes: object) -> TakeOrder:
    event = Event("e001", "props", "METLImpt", TimeRange(28_800, 48_000), (HitPoint(36_000),), 1.0, "")
    wishes = {"takes": 2, "seed": 5, "steps": 2, **changes}
    return TakeOrder(event=wishes.pop("event", event), class_name="IMPT_metal", **wishes)


def test_clip_has_its_length_and_reading_is_reported(session: EngineSession, clip: Clip) -> None:
    seen: list[Progress] = []
    session.open(clip.info.path, listener=seen.append)
    assert [(step.stage, step.done, step.total) for step in seen] == [
        ("read picture", 0, 0),
        ("read picture", 0, 40),
        ("read picture", 40, 40),
    ]
    assert clip.info.duration_samples == 76_800
    assert clip.steps == 40


def test_picture_is_embedded_once_a_film(session: EngineSession, clip: Clip) -> None:
    assert session.embed(clip) is session.embed(clip)


def test_events_are_found_of_classes_the_model_knows(session: EngineSession, clip: Clip) -> None:
    found = session.detect_events(clip)
    assert found
    assert {finding.class_name for finding in found} <= set(CLASSES)


def test_takes_are_written_scored_and_come_best_first(
    session: EngineSession, clip: Clip, tmp_path: Path
) -> None:
    takes = session.generate(clip, order(takes=3), tmp_path)
    assert [take.score.reward for take in takes] == sorted((t.score.reward for t in takes), reverse=True)
    assert sorted((take.id, take.seed) for take in takes) == [("e001_t1", 5), ("e001_t2", 6), ("e001_t3", 7)]
    for take in takes:
        # Half a second of handles on both sides, cut at the clip's end.
        assert (take.range.start_samples, take.range.end_samples) == (4_800, 72_000)
        assert soundfile.info(take.path).frames == 67_200
        assert take.sha256 == sound_hash(take.path)
        assert (take.batch, take.threads, take.device) == (3, torch.get_num_threads(), "cpu")
        assert take.model_sha256 == session.model.generator_sha256


def test_a_take_that_was_scaled_is_scored_as_it_sounds(
    session: EngineSession, clip: Clip, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = np.random.default_rng(1)
    loud = (4.0 * chance.standard_normal((1, 67_200))).astype(np.float32)
    monkeypatch.setattr("engine.take_maker.generate_takes", lambda *_, **__: loud)
    (take,) = session.generate(clip, order(takes=1), tmp_path)
    written, _ = soundfile.read(take.path, dtype="float32")
    laid = laid_on_timeline(written, take.range, clip.info.duration_samples)
    judged = {"where": TimeRange(28_800, 48_000), "hits": (HitPoint(36_000),)}
    again = session.score(
        clip, sound=laid, class_name=event_class(order().event, order().prompt), **judged
    ).score
    assert float(np.abs(written).max()) == pytest.approx(0.98, abs=1e-4)
    assert take.score.reward == pytest.approx(again.reward, abs=1e-4)


def test_same_order_makes_the_same_files(session: EngineSession, clip: Clip, tmp_path: Path) -> None:
    (tmp_path / "again").mkdir()
    one = session.generate(clip, order(takes=1), tmp_path)
    again = session.generate(clip, order(takes=1), tmp_path / "again")
    assert one[0].sha256 == again[0].sha256


def test_cancelled_order_writes_nothing(session: EngineSession, clip: Clip, tmp_path: Path) -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        session.generate(clip, order(), tmp_path, cancel=token)
    assert not list(tmp_path.iterdir())


def test_silent_film_cannot_be_scored_without_a_sound(session: EngineSession, clip: Clip) -> None:
    with pytest.raises(InputError, match=r"walk\.mp4 has no sound of its own: .*--audio"):
        session.score(clip)


def test_given_sound_is_scored_over_the_whole_clip(session: EngineSession, clip: Clip) -> None:
    noise = np.random.default_rng(1).normal(0, 0.1, (2, 76_800)).astype(np.float32)
    found = session.score(clip, sound=noise)
    assert found.fast.shape == (40, 40)
    assert np.isfinite(found.score.reward)


def test_unknown_model_is_refused(models: Path) -> None:
    with pytest.raises(InputError, match="No model 'big'"):
        EngineSession(model="big", models_folder=models)


@pytest.mark.parametrize("device", ["cuda", "tpu"])
def test_device_that_is_not_there_is_refused(
    models: Path, monkeypatch: pytest.MonkeyPatch, device: str
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(DeviceError, match=device):
        EngineSession(model="small", models_folder=models, device=device)


def test_event_by_hand_has_its_hits_in_order() -> None:
    event = event_by_hand(
        small_clip(100), start_s=0.5, end_s=2.0, cat_id="FEETHmn", lane="feet", hits=(1.25, 0.5)
    )
    assert (event.range.start_samples, event.range.end_samples) == (24_000, 96_000)
    assert [hit.sample for hit in event.hit_points] == [24_000, 60_000]


@pytest.mark.parametrize(
    ("start_s", "end_s", "hits", "words"),
    [
        (-0.1, 1.0, (), "-0.100 to 1.000 s leaves the clip, which lasts 4.000 s"),
        (3.0, 4.1, (), "3.000 to 4.100 s leaves the clip"),
        (1.0, 1.0, (), "empty"),
        (1.0, 2.0, (1.5, 2.0), "2.000 s lies outside 1.000 to 2.000 s"),
        (1.0, 2.0, (0.999,), "0.999 s lies outside"),
    ],
)
def test_event_by_hand_outside_the_clip_is_refused(
    start_s: float, end_s: float, hits: tuple[float, ...], words: str
) -> None:
    with pytest.raises(InputError, match=words):
        event_by_hand(small_clip(100), start_s=start_s, end_s=end_s, cat_id="FEETHmn", lane="feet", hits=hits)


def test_takes_come_one_by_one_with_their_maps_and_every_stage_is_told(
    session: EngineSession, clip: Clip, tmp_path: Path
) -> None:
    seen: list[Progress] = []
    wanted = order(takes=2, named_by="seed", negative_prompt="music")
    made = list(session.make_takes(clip, wanted, tmp_path, listener=seen.append))
    assert [one.take.id for one in made] == ["e001_s5", "e001_s6"]
    assert [one.take.path.name for one in made] == ["e001_s5.wav", "e001_s6.wav"]
    assert all(one.take.score == one.sync_map.score for one in made)
    assert all(one.take.negative_prompt == "music" for one in made)
    assert list(dict.fromkeys(told.stage for told in seen)) == ["features", "generate", "decode", "score"]
    again = session.score_take(clip, made[0].take, wanted.event)
    assert again.score.reward == pytest.approx(made[0].take.score.reward, abs=1e-4)


def test_second_session_neither_decodes_nor_embeds_again(
    models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    film = make_film(tmp_path / "walk.mp4", pts=even_pts(40, Fraction(25)))
    sound = np.random.default_rng(1).normal(0, 0.1, (1, 76_800)).astype(np.float32)

    def scored() -> SyncMap:
        session = EngineSession(model="small", models_folder=models, cache=FeatureCache(tmp_path / "cache"))
        return session.score(session.open(film), sound=sound)

    first = scored()
    for place in ("engine.clip._picture_parts", "engine.cavp.model.SFCAVP.embed_video"):
        monkeypatch.setattr(place, None)
    monkeypatch.setattr("engine.cavp.model.SFCAVP.embed_audio", None)
    again = scored()
    assert again.score == first.score
    assert np.array_equal(again.fast, first.fast)


def test_damaged_features_are_made_anew_and_told(models: Path, tmp_path: Path) -> None:
    film = make_film(tmp_path / "walk.mp4", pts=even_pts(40, Fraction(25)))
    cache = tmp_path / "cache"
    whole = EngineSession(model="small", models_folder=models, cache=FeatureCache(cache)).open(film).grid
    for path in cache.glob("picture-*"):
        path.write_bytes(path.read_bytes()[:-7])
    told: list[Progress] = []
    session = EngineSession(model="small", models_folder=models, cache=FeatureCache(cache))
    assert torch.equal(session.open(film, listener=told.append).grid, whole)
    assert [one.note for one in told if "damaged" in one.note] == [
        "kept picture features are damaged (cut short) and are made anew"
    ]


def test_nearest_event_is_one_of_those_given(session: EngineSession, clip: Clip, tmp_path: Path) -> None:
    (take,) = session.generate(clip, order(takes=1), tmp_path)
    other = Event("e002", "props", "METLImpt", TimeRange(0, 20_000), (), 1.0, "")
    own = order().event
    assert session.nearest_event(clip, take, [own]) == own
    assert session.nearest_event(clip, take, [own, other]) in (own, other)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_take_with_samples_that_are_no_numbers_is_refused_by_its_file(
    session: EngineSession, clip: Clip, tmp_path: Path, bad: float
) -> None:
    (take,) = session.generate(clip, order(takes=1), tmp_path)
    sound, rate_hz = soundfile.read(take.path)
    sound[4_800] = bad
    soundfile.write(take.path, sound, rate_hz, subtype="FLOAT")
    with pytest.raises(InputError, match=r"e001_t1\.wav has a sample at 0\.100 s that is infinite"):
        session.score_take(clip, take, TimeRange(28_800, 48_000))


def small_adapter(folder: Path, base_sha256: str) -> AdapterCard:
    """An adapter of rank 2 with values that are heard, for the small generator."""
    network = small_generator()
    add_lora(network, LoraConfig(rank=2, alpha=4.0))
    chance = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for weight in lora_parameters(network):
            weight.copy_(0.5 * torch.randn(weight.shape, generator=chance))
    card = AdapterCard(
        name=folder.name,
        base_model="small",
        base_sha256=base_sha256,
        sha256="",
        rank=2,
        alpha=4.0,
        created="2026-11-30T08:00:00+01:00",
        trained_with="random numbers",
        pairs=3,
        agreement=None,
        licence="CC BY 4.0",
        folder=folder,
    )
    return save_adapter(folder, network, card)


def test_an_adapter_changes_takes_and_taken_off_leaves_the_base_bit_for_bit(
    models: Path, clip: Clip, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = EngineSession(model="small", models_folder=models)
    monkeypatch.setenv("MSG_ADAPTERS", str(tmp_path / "adapters"))
    card = small_adapter(tmp_path / "adapters" / "mine", session.model.generator_sha256)

    def generated(name: str) -> tuple[str, str]:
        folder = tmp_path / name
        folder.mkdir()
        (take,) = session.generate(clip, order(takes=1), folder)
        return sound_hash(take.path), take.adapter

    plain, none = generated("before")
    session.use_adapter("mine")
    tuned, noted = generated("with")
    session.use_adapter("")
    again, gone = generated("after")
    assert (none, noted, gone) == ("", card.sha256, "")
    assert tuned != plain
    assert again == plain


def test_an_adapter_of_another_base_is_refused_and_the_base_is_left(
    models: Path, clip: Clip, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = EngineSession(model="small", models_folder=models)
    monkeypatch.setenv("MSG_ADAPTERS", str(tmp_path))
    card = small_adapter(tmp_path / "mine", session.model.generator_sha256)
    foreign = small_adapter(tmp_path / "foreign", "e" * 64)
    session.use_adapter("mine")
    assert session.model.adapter == card
    with pytest.raises(CheckpointError, match="'foreign' was made for 'small'"):
        session.use_adapter(foreign.name)
    assert session.model.adapter is None
    with pytest.raises(InputError, match=r"No adapter 'none of ours' .* foreign, mine"):
        session.use_adapter("none of ours")


def test_an_adapter_trained_anew_under_its_name_is_put_on_anew(
    models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = EngineSession(model="small", models_folder=models)
    monkeypatch.setenv("MSG_ADAPTERS", str(tmp_path))
    card = small_adapter(tmp_path / "mine", session.model.generator_sha256)
    session.use_adapter("mine")
    write_adapter_card(replace(card, sha256="0" * 64))  # no longer what the file holds
    with pytest.raises(CheckpointError, match="the file was changed"):
        session.use_adapter("mine")
