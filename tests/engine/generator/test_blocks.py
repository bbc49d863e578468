"""Stream blocks: what they hold, and what they do while their gates are closed."""

import torch

from engine.generator.blocks import JointBlock, StreamBlock
from engine.nn.attention import rotary_table


def names(block: torch.nn.Module) -> set[str]:
    return {name.split(".")[0] for name, _ in block.named_parameters()}


def test_context_only_block_ends_at_the_attention() -> None:
    whole = StreamBlock(8, 2, multiple=8, convolutional=True)
    context = StreamBlock(8, 2, multiple=8, convolutional=True, context_only=True)
    assert names(whole) == {"attn", "adaLN_modulation", "linear1", "ffn"}
    assert names(context) == {"attn", "adaLN_modulation"}
    assert context.adaLN_modulation[1].weight.shape == (16, 8)


def test_text_does_not_mix_its_neighbours() -> None:
    block = StreamBlock(8, 2, multiple=8, convolutional=False)
    assert block.linear1.weight.shape == (8, 8)
    assert block.ffn.w1.weight.ndim == 2


def test_last_joint_block_keeps_only_the_latent() -> None:
    last = JointBlock(8, 2, multiple=8, last=True)
    assert (last.latent_block.context_only, last.clip_block.context_only, last.text_block.context_only) == (
        False,
        True,
        True,
    )


def test_block_with_closed_gates_is_the_identity() -> None:
    block = StreamBlock(8, 2, multiple=8, convolutional=True)
    torch.nn.init.zeros_(block.adaLN_modulation[1].weight)
    torch.nn.init.zeros_(block.adaLN_modulation[1].bias)
    x = torch.randn(2, 5, 8, generator=torch.Generator().manual_seed(0))
    assert torch.equal(block(x, torch.ones(2, 1, 8), rotary_table(5, 4)), x)


def test_modulation_chunks_are_attention_then_mlp() -> None:
    block = StreamBlock(4, 1, multiple=4, convolutional=True)
    torch.nn.init.zeros_(block.adaLN_modulation[1].weight)
    block.adaLN_modulation[1].bias.data = torch.arange(6.0).repeat_interleave(4)
    heads, rest = block.before_attention(torch.zeros(1, 2, 4), torch.zeros(1, 1, 4), None)
    assert [chunk.unique().item() for chunk in rest] == [
        2.0,
        3.0,
        4.0,
        5.0,
    ]  # gate_a, shift_m, scale_m, gate_m
    assert heads.value.shape == (1, 1, 2, 4)
