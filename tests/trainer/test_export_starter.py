"""Trained parts gathered into a model folder."""

from dataclasses import replace
from pathlib import Path

import pytest

from engine.cavp.model import SFCAVP, CavpConfig
from engine.checkpoint import save_checkpoint
from engine.codec.decoder import DECODER_FAMILY, DecoderConfig, NoiseBranchDecoder
from engine.codec.mel_codec import CodecConfig, MelCodec
from engine.errors import CheckpointError
from engine.generator.starter import StarterConfig, StarterGenerator
from engine.model_store import StarterModel, read_card
from trainer.export_starter import StarterExport, export_starter

CLASSES = ("DOOR_close", "FEET_gravel")


@pytest.fixture
def parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StarterExport:
    """Small parts, and a sound bank that is a manifest alone."""
    cavp = CavpConfig(classes=CLASSES, fast_width=8, slow_width=8, fast_size=4, slow_size=4)
    flow = StarterConfig(
        classes=CLASSES, latent_channels=4, hidden=16, heads=2, depth=2, fused_depth=1,
        video_width=8, control_width=8, text_tokens=2, text_dim=8,
    )  # fmt: skip
    codec = CodecConfig(latent_channels=4)
    save_checkpoint(tmp_path / "a", SFCAVP(cavp), family="sf_cavp", config=cavp.to_json(), half=True)
    save_checkpoint(tmp_path / "b", MelCodec(codec), family="codec", config=codec.to_json())
    save_checkpoint(tmp_path / "c", StarterGenerator(flow), family="starter_flow", config=flow.to_json())
    bank = tmp_path / "bank"
    bank.mkdir()
    (bank / "manifest.csv").write_text("file,author,licence\n", encoding="utf-8")
    monkeypatch.setenv("MSG_SOUND_BANK", str(bank))
    return StarterExport(
        sf_cavp=str(tmp_path / "a"), codec=str(tmp_path / "b"), generator=str(tmp_path / "c"),
        folder=str(tmp_path / "models" / "starter"), trained_with="nothing",
    )  # fmt: skip


def test_the_exported_folder_loads_and_names_its_sounds(parts: StarterExport) -> None:
    card = read_card(export_starter(parts).parent)
    model = StarterModel(card)
    assert model.cavp.config.classes == CLASSES
    assert model.generator.config.latent_channels == model.codec.config.latent_channels == 4
    assert (card.folder / "sound_bank.csv").read_text(encoding="utf-8").startswith("file,author")
    assert card.bytes_total == sum((card.folder / part.file).stat().st_size for part in card.parts)


def test_the_decoder_goes_along_only_when_it_is_given(parts: StarterExport, tmp_path: Path) -> None:
    assert StarterModel(read_card(export_starter(parts).parent)).decoder is None
    network = NoiseBranchDecoder(DecoderConfig(width=4, depth=1, rounds=1))
    path = tmp_path / "d"
    save_checkpoint(path, network, family=DECODER_FAMILY, config=network.config.to_json())
    given = replace(parts, decoder=str(path), folder=str(tmp_path / "models" / "with_decoder"))
    card = read_card(export_starter(given).parent)
    loaded = StarterModel(card).decoder
    assert loaded is not None
    assert loaded.config == network.config
    assert card.part("decoder").parameters == sum(value.numel() for value in network.parameters())


def test_a_part_changed_after_the_export_is_refused(parts: StarterExport) -> None:
    card = read_card(export_starter(parts).parent)
    path = card.folder / card.part("codec").file
    other = MelCodec(CodecConfig(latent_channels=5))
    save_checkpoint(path, other, family="codec", config=other.config.to_json())
    with pytest.raises(CheckpointError, match="SHA-256"):
        _ = StarterModel(card).codec


def test_a_part_of_another_family_is_refused(parts: StarterExport) -> None:
    swapped = StarterExport(
        sf_cavp=parts.codec, codec=parts.codec, generator=parts.generator, folder=parts.folder
    )
    with pytest.raises(CheckpointError, match="family 'codec', wanted 'sf_cavp'"):
        export_starter(swapped)
