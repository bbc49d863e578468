"""From the embedded picture to events: contacts gathered by shot and class, and ambiences.

What speaks for a contact is gathered in ``engine.contact_evidence``; here it becomes events.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from engine.cavp.model import Embedded
from engine.records import Event, HitPoint
from engine.timing import PROJECT_RATE_HZ, TOKEN_RATE_HZ, TimeRange
from engine.ucs import SoundClass

SAMPLES_PER_STEP = PROJECT_RATE_HZ // TOKEN_RATE_HZ
RING_OUT_S = 0.8
LEAD_IN_S = 0.1
SNAP_S = 0.08


@dataclass(frozen=True)
class DetectionConfig:
    """Thresholds of the detector.

    Attributes:
        onset_threshold: Least contact probability of a hit point.
        relative_threshold: Least share of the clip's strongest contact probability.
        floor_threshold: No hit point below this, however weak the clip.
        separation_steps: Least distance of two hit points.
        join_gap_s: Contacts further apart belong to different events.
        active_threshold: Least probability of continuous action.
        least_active_s: Shorter stretches of continuous action are left out.
        own_class_from: From this class probability a contact keeps its own class.
        same_place: Contacts of one event are about this near to each other, as a share of the
            picture; a source may wander that far from contact to contact.
    """

    onset_threshold: float = 0.5
    relative_threshold: float = 0.5
    floor_threshold: float = 0.4
    separation_steps: int = 3
    join_gap_s: float = 2.0
    active_threshold: float = 0.5
    least_active_s: float = 0.8
    own_class_from: float = 0.6
    same_place: float = 0.25


WITH_SOUND = DetectionConfig()
PICTURE_ALONE = DetectionConfig(onset_threshold=0.2, relative_threshold=0.6, floor_threshold=0.1)
"""What is only seen is found with less certainty: its probabilities are honest, and low."""


@dataclass(frozen=True)
class Finding:
    """A found event and the sound class it looks most like."""

    event: Event
    class_name: str


@dataclass(frozen=True)
class Contact:
    """One contact.

    Attributes:
        step: When, in steps and their fractions.
        probability: How sure it is.
        class_probabilities: (K,).
        heard: Whether the production sound has an onset there.
        place: Where in the picture, x and y from 0 to 1.
    """

    step: float
    probability: float
    class_probabilities: Tensor
    heard: bool = False
    place: tuple[float, float] = (0.5, 0.5)


def find_contacts(embedded: Embedded, config: DetectionConfig, *, classes: Tensor) -> list[Contact]:
    """Peaks of the contact probability.

    Args:
        embedded: The clip's picture, batch of one.
        config: Thresholds.
        classes: (K,) bool, classes that have contacts.
    """
    probability = torch.sigmoid(embedded.onset_logits[0])
    strongest = float(probability.max())
    threshold = max(
        config.floor_threshold, min(config.onset_threshold, config.relative_threshold * strongest)
    )
    allowed = embedded.frame_class_logits[0].masked_fill(~classes, -1e4).softmax(-1)  # (T, K)
    contacts: list[Contact] = []
    order = torch.argsort(probability, descending=True).tolist()
    taken = torch.zeros(len(probability), dtype=torch.bool)
    for step in order:
        if float(probability[step]) < threshold:
            break
        low, high = max(0, step - config.separation_steps), step + config.separation_steps + 1
        if not bool(taken[low:high].any()) and _is_crest(probability, step):
            taken[step] = True
            near = slice(max(0, step - 1), step + 2)
            contacts.append(
                Contact(_refined(probability, step), float(probability[step]), allowed[near].mean(0))
            )
    return sorted(contacts, key=lambda contact: contact.step)


def _is_crest(probability: Tensor, step: int) -> bool:
    near = probability[max(0, step - 1) : step + 2]
    return bool(probability[step] >= near.max())


def _refined(probability: Tensor, step: int) -> float:
    if not 0 < step < len(probability) - 1:
        return step + 0.5
    left, middle, right = (float(probability[step + shift]) for shift in (-1, 0, 1))
    bend = min(left - 2 * middle + right, -1e-6)
    return step + 0.5 + max(-0.5, min(0.5, 0.5 * (left - right) / bend))


def snapped(contacts: list[Contact], heard_s: Sequence[float]) -> list[Contact]:
    """Contacts moved onto the nearest onset of the production sound within SNAP_S.

    An onset takes one contact only: the first that comes near it.
    """
    moved: list[Contact] = []
    free = sorted(heard_s)
    for contact in contacts:
        near = min(free, key=lambda time: abs(time - contact.step / TOKEN_RATE_HZ), default=None)
        if near is not None and abs(near - contact.step / TOKEN_RATE_HZ) <= SNAP_S:
            free.remove(near)
            contact = replace(contact, step=near * TOKEN_RATE_HZ, heard=True)
        moved.append(contact)
    return sorted(moved, key=lambda contact: contact.step)


def group_contacts(contacts: list[Contact], cuts: list[int], config: DetectionConfig) -> list[list[Contact]]:
    """Contacts of one event: same shot, same class, near each other, no long pause."""
    return [
        unbroken
        for stretch in _stretches(contacts, cuts, config)
        for of_class in _by_class(stretch, config)
        for of_place in _by_place(of_class, config)
        for unbroken in _stretches(of_place, cuts, config)
    ]


def _stretches(contacts: list[Contact], cuts: list[int], config: DetectionConfig) -> list[list[Contact]]:
    """Contacts parted where a long pause or a cut lies between two of them."""
    stretches: list[list[Contact]] = []
    for contact in contacts:
        last = stretches[-1][-1] if stretches else None
        pause = None if last is None else (contact.step - last.step) / TOKEN_RATE_HZ
        cut_between = last is not None and any(last.step < cut <= contact.step for cut in cuts)
        if pause is None or pause > config.join_gap_s or cut_between:
            stretches.append([])
        stretches[-1].append(contact)
    return stretches


def _by_class(stretch: list[Contact], config: DetectionConfig) -> list[list[Contact]]:
    weights = torch.stack([contact.class_probabilities * contact.probability for contact in stretch])
    common = int(weights.sum(0).argmax())
    groups: dict[int, list[Contact]] = {}
    for contact in stretch:
        best = int(contact.class_probabilities.argmax())
        sure = float(contact.class_probabilities[best]) >= config.own_class_from
        groups.setdefault(best if sure else common, []).append(contact)
    return list(groups.values())


def _by_place(contacts: list[Contact], config: DetectionConfig) -> list[list[Contact]]:
    """Chains of contacts, each near the one before it; a source may wander, but does not jump."""
    chains: list[list[Contact]] = []
    for contact in contacts:
        nearest = min(chains, key=lambda chain: _unlikeness(chain[-1], contact, config), default=None)
        if nearest is not None and _unlikeness(nearest[-1], contact, config) <= 1.0:
            nearest.append(contact)
        else:
            chains.append([contact])
    return chains


def _unlikeness(one: Contact, other: Contact, config: DetectionConfig) -> float:
    """Above 1 for contacts of different sources: near and of unlike classes, or far and alike."""
    apart = math.dist(one.place, other.place) / config.same_place
    votes = torch.stack([one.class_probabilities, other.class_probabilities])
    alike = float(torch.cosine_similarity(votes[0], votes[1], dim=0))
    return apart * (0.4 + 1.6 * (1.0 - alike))


def detect_events(
    embedded: Embedded,
    *,
    classes: tuple[SoundClass, ...],
    cuts: list[int],
    duration_samples: int,
    heard_s: Sequence[float] = (),
    steady_s: Sequence[tuple[float, float]] = (),
    places: Tensor | None = None,
    config: DetectionConfig | None = None,
) -> list[Finding]:
    """Find the events of a clip; there is always at least one (an ambience if nothing else).

    Args:
        embedded: The clip's picture, batch of one.
        classes: The classes behind the network's class numbers.
        cuts: Steps at which a new shot starts.
        duration_samples: Length of the clip at 48 kHz.
        heard_s: Onsets of the production sound that contacts are moved onto.
        steady_s: Stretches of steady production sound, each an ambience of its own.
        places: (T, 2) centre of movement in each step; None where it is not known.
        config: Thresholds; WITH_SOUND when None.

    Returns:
        Findings in time order, with ids e001, e002 ...
    """
    settings = config or WITH_SOUND
    has_contacts = torch.tensor([sound.kind == "event" for sound in classes])
    contacts = find_contacts(embedded, settings, classes=has_contacts)
    if places is not None:
        contacts = [_placed(contact, places) for contact in contacts]
    contacts = snapped(contacts, heard_s)
    found = [
        _contact_event(group, classes, duration_samples) for group in group_contacts(contacts, cuts, settings)
    ]
    found += _continuous_events(embedded, classes, ~has_contacts, duration_samples, settings)
    found += _steady_events(embedded, classes, ~has_contacts, duration_samples, steady_s)
    if not found:
        found = [_ambience_of_all(embedded, classes, ~has_contacts, duration_samples)]
    found.sort(key=lambda finding: finding.event.range.start_samples)
    return [
        replace(finding, event=replace(finding.event, id=f"e{number:03d}"))
        for number, finding in enumerate(found, start=1)
    ]


def _placed(contact: Contact, places: Tensor) -> Contact:
    x, y = places[min(int(contact.step), len(places) - 1)].tolist()
    return replace(contact, place=(x, y))


def _contact_event(group: list[Contact], classes: tuple[SoundClass, ...], duration_samples: int) -> Finding:
    weights = torch.stack([contact.class_probabilities * contact.probability for contact in group]).sum(0)
    label = int(weights.argmax())
    share = float(weights[label] / weights.sum())
    hits = tuple(
        HitPoint(min(round(c.step * SAMPLES_PER_STEP), duration_samples - 1), round(_strength(c), 3))
        for c in group
    )
    start = max(0, hits[0].sample - round(LEAD_IN_S * PROJECT_RATE_HZ))
    end = min(duration_samples, hits[-1].sample + round(RING_OUT_S * PROJECT_RATE_HZ))
    mean = sum(contact.probability for contact in group) / len(group)
    word = "contact" if len(group) == 1 else "contacts"
    heard = sum(contact.heard for contact in group)
    also = f", {heard} of them heard in the production sound" if heard else ""
    reason = (
        f"{len(group)} {word} seen (mean probability {mean:.2f}){also}; "
        f"looks most like {classes[label].name} ({share:.0%} of the class votes)"
    )
    return _finding(classes[label], TimeRange(start, end), hits, mean, reason)


def _finding(
    sound: SoundClass, where: TimeRange, hits: tuple[HitPoint, ...], confidence: float, reason: str
) -> Finding:
    return Finding(Event("", sound.lane, sound.cat_id, where, hits, confidence, reason), sound.name)


def _strength(contact: Contact) -> float:
    return max(0.3, min(1.0, 0.4 + 0.6 * contact.probability))


def _continuous_events(
    embedded: Embedded,
    classes: tuple[SoundClass, ...],
    continuous: Tensor,
    duration_samples: int,
    config: DetectionConfig,
) -> list[Finding]:
    probability = torch.sigmoid(embedded.active_logits[0])
    events = []
    for start, end in _runs(probability > config.active_threshold):
        if (end - start) / TOKEN_RATE_HZ < config.least_active_s:
            continue
        label, share = _vote(embedded, continuous, start, end)
        last = min(duration_samples, end * SAMPLES_PER_STEP)
        mean = float(probability[start:end].mean())
        reason = (
            f"steady movement for {(end - start) / TOKEN_RATE_HZ:.1f} s (mean probability {mean:.2f}); "
            f"looks most like {classes[label].name} ({share:.0%} of the class votes)"
        )
        where = TimeRange(start * SAMPLES_PER_STEP, last)
        events.append(_finding(classes[label], where, (), mean, reason))
    return events


def _steady_events(
    embedded: Embedded,
    classes: tuple[SoundClass, ...],
    continuous: Tensor,
    duration_samples: int,
    steady_s: Sequence[tuple[float, float]],
) -> list[Finding]:
    events = []
    for start_s, end_s in steady_s:
        start, end = round(start_s * TOKEN_RATE_HZ), round(end_s * TOKEN_RATE_HZ)
        label, share = _vote(embedded, continuous, start, end)
        last = min(duration_samples, end * SAMPLES_PER_STEP)
        reason = (
            f"steady sound in the production track for {end_s - start_s:.1f} s; "
            f"the picture looks most like {classes[label].name} ({share:.0%} of the class votes)"
        )
        where = TimeRange(start * SAMPLES_PER_STEP, last)
        events.append(_finding(classes[label], where, (), max(0.3, share), reason))
    return events


def _ambience_of_all(
    embedded: Embedded, classes: tuple[SoundClass, ...], continuous: Tensor, duration_samples: int
) -> Finding:
    label, share = _vote(embedded, continuous, 0, embedded.frame_class_logits.shape[1])
    reason = (
        "no contact and no steady movement found; one ambience over the whole clip, "
        f"nearest class {classes[label].name} ({share:.0%} of the class votes)"
    )
    where = TimeRange(0, duration_samples)
    return _finding(classes[label], where, (), min(0.3, share), reason)


def _vote(embedded: Embedded, allowed: Tensor, start: int, end: int) -> tuple[int, float]:
    logits = embedded.frame_class_logits[0, start:end].masked_fill(~allowed, -1e4)
    votes = logits.softmax(-1).mean(0)
    label = int(votes.argmax())
    return label, float(votes[label])


def _runs(active: Tensor) -> list[tuple[int, int]]:
    """Stretches of True in a bool (T,), end excluded; gaps of up to 8 steps are bridged."""
    runs: list[tuple[int, int]] = []
    for step in torch.nonzero(active)[:, 0].tolist():
        if runs and step - runs[-1][1] <= 8:
            runs[-1] = (runs[-1][0], step + 1)
        else:
            runs.append((step, step + 1))
    return runs
