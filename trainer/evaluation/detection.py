"""Contacts found on held-out scenes, with the sound and on picture alone, against their exact times.

Letters: B scenes, T fast steps at 25 Hz, F = 4T mel frames at 100 Hz.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.cavp.model import SFCAVP
from engine.contact_evidence import movement, places_of_movement, with_evidence
from engine.embedding import frames_of
from engine.event_detection import PICTURE_ALONE, WITH_SOUND, Finding, detect_events
from engine.generator.control import hits_of_track
from engine.onsets import onsets_of_mel
from engine.steady_sound import steady_stretches
from engine.timing import PROJECT_RATE_HZ, TOKEN_RATE_HZ
from engine.ucs import class_for
from trainer.evaluation.embedding import embed_pictures, embed_sounds
from trainer.evaluation.figures import Figure
from trainer.evaluation.hit_matching import MatchCount, match_moments
from trainer.scenes.pool import ScenePool

WITHIN_S = 0.05
_NOTHING = MatchCount(0, 0, 0)


@dataclass(frozen=True)
class SceneContacts:
    """True contacts of a scene in seconds, those closer than WITHIN_S taken together.

    Attributes:
        seen: Visible and heard.
        heard: Heard, on screen or off.
        silent: Of silent copies: seen, and nothing is heard.
    """

    seen: list[float]
    heard: list[float]
    silent: list[float]


@dataclass(frozen=True)
class DetectionStudy:
    """Counts over all scenes.

    Attributes:
        guided: With the sound, against all that is heard.
        guided_seen: With the sound, against what is seen and heard.
        sound_alone: The rival of both: onsets of the sound, against all that is heard.
        picture: On picture alone, against visible contacts; hits on silent copies are left out.
        movement: The rival: as many peaks of the frame difference.
        silent_hit: Contacts of silent copies, and how many of them were taken for sounding ones.
        false_hits: Hits on picture alone that agree with no visible sounding contact.
    """

    guided: MatchCount
    guided_seen: MatchCount
    sound_alone: MatchCount
    picture: MatchCount
    movement: MatchCount
    silent_hit: MatchCount
    false_hits: int


def true_contacts(pool: ScenePool, scene: int) -> SceneContacts:
    """The contacts of a scene."""
    seen: list[float] = []
    heard: list[float] = []
    for row in pool.stem_rows[scene]:
        times = [time for time, _ in hits_of_track(pool.stem_control[row].float().numpy())]
        heard += times
        seen += times if bool(pool.stem_seen[row]) else []
    frames = torch.nonzero(pool.silent_onsets[scene].float())[:, 0].tolist()
    silent = [(frame + 0.5) / TOKEN_RATE_HZ for frame in frames]
    return SceneContacts(merged(seen), merged(heard), merged(silent))


def merged(times_s: Sequence[float]) -> list[float]:
    """Times in order, those within WITHIN_S of the one before left out."""
    kept: list[float] = []
    for time_s in sorted(times_s):
        if not kept or time_s - kept[-1] > WITHIN_S:
            kept.append(time_s)
    return kept


def apart_from(found_s: Sequence[float], true_s: Sequence[float], silent_s: Sequence[float]) -> list[float]:
    """Hits without those that lie on a contact of a silent copy and on no true one."""

    def near(time_s: float, others: Sequence[float]) -> bool:
        return any(abs(time_s - other) <= WITHIN_S for other in others)

    return [time_s for time_s in found_s if near(time_s, true_s) or not near(time_s, silent_s)]


def study_detection(network: SFCAVP, pool: ScenePool) -> DetectionStudy:
    """Find the contacts of every scene."""
    guided = guided_seen = alone = picture = rival = silent = _NOTHING
    false_hits = 0
    for scene in range(pool.scenes):
        true, mel = true_contacts(pool, scene), pool.mix_mel[scene].float()
        grid = pool.grid[scene].float()
        with_sound = find_moments(network, grid, mel)
        without = find_moments(network, grid, None)
        guided += match_moments(with_sound, true.heard, within_s=WITHIN_S)
        guided_seen += match_moments(with_sound, true.seen, within_s=WITHIN_S)
        alone += match_moments(onsets_of_mel(mel), true.heard, within_s=WITHIN_S)
        kept = apart_from(without, true.seen, true.silent)
        found = match_moments(kept, true.seen, within_s=WITHIN_S)
        picture += found
        false_hits += len(without) - found.agreed
        rival += match_moments(movement_peaks(grid, len(without)), true.seen, within_s=WITHIN_S)
        silent += match_moments(without, true.silent, within_s=WITHIN_S)
    return DetectionStudy(guided, guided_seen, alone, picture, rival, silent, false_hits)


def find_moments(network: SFCAVP, grid: Tensor, mel: Tensor | None) -> list[float]:
    """Seconds of all hit points that the product would set, with a sound (F, M) or on picture alone."""
    found = find_events(network, grid, mel)
    return sorted(hit.sample / PROJECT_RATE_HZ for finding in found for hit in finding.event.hit_points)


def find_events(network: SFCAVP, grid: Tensor, mel: Tensor | None) -> list[Finding]:
    """The events that the product would find, with a sound (F, M) or on picture alone."""
    heard_s = None if mel is None else onsets_of_mel(mel)
    heard = None if mel is None else frames_of(embed_sounds(network, mel[None]))
    return detect_events(
        with_evidence(embed_pictures(network, grid[None]), grid, heard=heard),
        heard_s=heard_s or (),
        steady_s=() if mel is None else steady_stretches(mel),
        places=places_of_movement(grid),
        classes=tuple(class_for(name) for name in network.config.classes),
        cuts=[],
        duration_samples=len(grid) * PROJECT_RATE_HZ // TOKEN_RATE_HZ,
        config=PICTURE_ALONE if heard is None else WITH_SOUND,
    )


def movement_peaks(grid: Tensor, count: int, *, separation: int = 3) -> list[float]:
    """Seconds of the ``count`` largest frame differences above their trend, at least so many steps apart."""
    left = movement(grid).clone()
    found: list[float] = []
    for _ in range(count):
        best = int(left.argmax())
        if not torch.isfinite(left[best]):
            break
        found.append((best + 0.5) / TOKEN_RATE_HZ)
        left[max(0, best - separation) : best + separation + 1] = -torch.inf
    return sorted(found)


def detection_figures(study: DetectionStudy) -> list[Figure]:
    """The rows of the table."""
    silent = study.silent_hit
    on_silent = silent.agreed / study.false_hits if study.false_hits else 0.0
    return [
        Figure(
            "scenes: onset F1 within 50 ms, sound and picture",
            study.guided.f1,
            wanted=0.80,
            baseline=study.sound_alone.f1,
            remark=f"{_of(study.guided)}; against visible contacts alone {study.guided_seen.f1:.2f}; "
            "baseline: onsets of the sound",
        ),
        Figure(
            "scenes: onset F1 within 50 ms, picture alone, visible contacts",
            study.picture.f1,
            wanted=0.60,
            baseline=study.movement.f1,
            remark=f"{_of(study.picture)}; baseline: as many peaks of the frame difference",
        ),
        Figure(
            "scenes: contacts of silent copies taken for sounding ones",
            silent.recall if silent.true else None,
            sense="note",
            remark=f"of {silent.true}; {on_silent:.0%} of {study.false_hits} false hits lie on them",
        ),
    ]


def _of(count: MatchCount) -> str:
    return f"precision {count.precision:.2f}, recall {count.recall:.2f} of {count.true}"
