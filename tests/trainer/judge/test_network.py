import pytest
import torch

from tests.trainer.judge.flash_pool import small_judge
from trainer.judge.network import JudgeConfig, JudgeNetwork

CLASSES = ("FEET_gravel", "IMPT_metal", "AERO_jet")


def media(batch: int, steps: int, seed: int = 3) -> tuple[torch.Tensor, torch.Tensor]:
    chance = torch.Generator().manual_seed(seed)
    picture = torch.rand(batch, steps, 3, 24, 24, generator=chance) - 0.5
    return picture, -5.0 + torch.randn(batch, 4 * steps, 128, generator=chance)


def test_both_sides_answer_at_the_same_rates() -> None:
    picture, mel = media(2, 20)
    network = small_judge(CLASSES)
    for side in (network.see(picture), network.hear(mel)):
        assert side.fast.shape == (2, 20, 8)
        assert side.slow.shape == (2, 8)
        assert side.onset_logits.shape == (2, 20)
        assert side.class_logits.shape == (2, 3)
        assert torch.allclose(side.slow.norm(dim=-1), torch.ones(2), atol=1e-5)


def test_shipped_size_stays_below_a_million_parameters() -> None:
    network = JudgeNetwork(JudgeConfig(tuple(str(number) for number in range(151))))
    assert sum(value.numel() for value in network.parameters()) < 1_000_000


def test_every_weight_has_a_part_in_the_answers() -> None:
    picture, mel = media(3, 16)
    network = small_judge(CLASSES).train()
    seen, heard = network.see(picture), network.hear(mel)
    answers = [value for side in (seen, heard) for value in vars(side).values()]
    torch.stack([value.square().mean() + value.mean() for value in answers]).sum().backward()
    without = [
        name
        for name, value in network.named_parameters()
        if not name.endswith("_scale") and (value.grad is None or not bool(value.grad.any()))
    ]
    assert without == []


def test_a_flash_changes_its_own_step_most() -> None:
    network = small_judge(CLASSES)
    still = torch.full((1, 16, 3, 24, 24), 0.3)
    flash = still.clone()
    flash[:, 8] = -0.3
    with torch.no_grad():
        calm, moved = network.see(still).fast[0], network.see(flash).fast[0]
    change = (moved - calm).norm(dim=-1)
    assert int(change.argmax()) in (7, 8, 9)


def test_score_is_fast_agreement_and_slow_cosine_together() -> None:
    picture, mel = media(2, 16)
    network = small_judge(CLASSES)
    with torch.no_grad():
        seen, heard = network.see(picture), network.hear(mel)
        score = network.score(picture, mel)
    for row in range(2):
        a, b = (side.fast[row] - side.fast[row].mean(0) for side in (seen, heard))
        fast = float((a * b).sum() / (a.norm() * b.norm()))
        assert float(score[row]) == pytest.approx(fast + float(seen.slow[row] @ heard.slow[row]), abs=1e-4)


def test_slow_embeddings_of_a_batch_are_told_apart_from_the_start() -> None:
    picture, mel = media(12, 16)
    network = small_judge(CLASSES).train()
    with torch.no_grad():
        sides = network.see(picture), network.hear(mel)
    for side in sides:
        alike = (side.slow @ side.slow.T)[~torch.eye(12, dtype=torch.bool)]
        assert float(alike.mean()) < 0.3


def test_config_comes_back_from_plain_values() -> None:
    config = JudgeConfig(CLASSES, hidden=24)
    assert JudgeConfig.from_json(config.to_json()) == config


@pytest.mark.parametrize("shape", [(1, 16, 10, 8, 8), (1, 18, 3, 24, 24), (16, 3, 24, 24)])
def test_other_pictures_are_refused_with_their_shape(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=str(shape[-1])):
        small_judge(CLASSES).see(torch.zeros(shape))


@pytest.mark.parametrize("shape", [(1, 64, 64), (1, 60, 128), (64, 128)])
def test_other_mels_are_refused_with_their_shape(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=str(shape[-1])):
        small_judge(CLASSES).hear(torch.zeros(shape))
