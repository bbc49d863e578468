import pytest
import torch

from engine.cavp.model import Embedded
from engine.event_detection import DetectionConfig, Finding, detect_events, find_contacts
from engine.ucs import SoundClass

STEP = 1920  # samples at 48 kHz
CLASSES = (
    SoundClass("FEET_gravel", "FEETHmn", "feet", ("steps",), "event"),
    SoundClass("IMPT_metal", "METLImpt", "props", ("clang",), "event"),
    SoundClass("AERO_jet", "AEROJet", "ambience", ("jet",), "ambience"),
)
FEET, METAL, JET = range(3)


def embedded(
    steps: int = 200,
    *,
    onsets: dict[int, float] | None = None,
    active: tuple[tuple[int, int], ...] = (),
    classes: dict[tuple[int, int], int] | None = None,
) -> Embedded:
    """Logits made by hand: contacts by step, active stretches, sure classes by stretch."""
    onset_logits = torch.full((1, steps), -8.0)
    for step, logit in (onsets or {}).items():
        onset_logits[0, step] = logit
    active_logits = torch.full((1, steps), -8.0)
    for start, end in active:
        active_logits[0, start:end] = 4.0
    frame_classes = torch.zeros(1, steps, 3)
    for (start, end), label in (classes or {}).items():
        frame_classes[0, start:end, label] = 6.0
    empty = torch.zeros(1, steps, 1)
    return Embedded(
        fast=empty,
        slow=empty[:, ::4],
        pooled=torch.zeros(1, 1),
        class_logits=torch.zeros(1, 3),
        onset_logits=onset_logits,
        active_logits=active_logits,
        frame_class_logits=frame_classes,
        where=None,
    )


def detect(made: Embedded, *, cuts: list[int] | None = None) -> list[Finding]:
    samples = made.onset_logits.shape[1] * STEP
    return detect_events(made, classes=CLASSES, cuts=cuts or [], duration_samples=samples)


def hits(finding: Finding) -> list[int]:
    return [hit.sample for hit in finding.event.hit_points]


def test_one_contact_is_one_event_with_lead_in_and_ring_out() -> None:
    (found,) = detect(embedded(onsets={100: 4.0}, classes={(0, 200): METAL}))
    # The middle of step 100 is (100 + 0.5) * 1920; 0.1 s before it, 0.8 s after it.
    assert hits(found) == [192_960]
    assert found.event.range.start_samples == 192_960 - 4800
    assert found.event.range.end_samples == 192_960 + 38_400
    assert (found.class_name, found.event.cat_id, found.event.lane) == ("IMPT_metal", "METLImpt", "props")
    assert found.event.id == "e001"
    probability = float(torch.sigmoid(torch.tensor(4.0)))
    assert found.event.confidence == pytest.approx(probability)
    assert found.event.hit_points[0].strength == pytest.approx(0.4 + 0.6 * probability, abs=1e-3)
    assert found.event.reason.startswith("1 contact seen (mean probability 0.98)")


def test_contact_between_two_steps_is_refined_by_the_parabola() -> None:
    made = embedded(onsets={50: 3.0, 51: 3.0})
    (contact,) = find_contacts(made, DetectionConfig(), classes=torch.tensor([True, True, False]))
    # Two equal steps: the top lies between their middles 50.5 and 51.5.
    assert contact.step == pytest.approx(51.0, abs=0.01)


def test_of_contacts_closer_than_the_separation_the_stronger_stays() -> None:
    assert [round(hit / STEP - 0.5) for hit in hits(detect(embedded(onsets={50: 2.0, 53: 4.0}))[0])] == [53]
    (both,) = detect(embedded(onsets={50: 2.0, 54: 4.0}))
    assert [round(hit / STEP - 0.5) for hit in hits(both)] == [50, 54]


def test_contacts_are_one_event_up_to_the_join_gap() -> None:
    assert len(detect(embedded(onsets={50: 4.0, 100: 4.0}))) == 1  # 2.00 s apart
    assert len(detect(embedded(onsets={50: 4.0, 101: 4.0}))) == 2  # 2.04 s apart


def test_a_cut_parts_contacts_and_belongs_to_the_later_shot() -> None:
    made = embedded(onsets={50: 4.0, 60: 4.0, 70: 4.0})
    first, second = detect(made, cuts=[60])
    assert (len(hits(first)), len(hits(second))) == (1, 2)
    assert len(detect(made, cuts=[50, 71])) == 1


def test_sure_classes_part_events_and_unsure_contacts_join_the_common_one() -> None:
    onsets = {40: 4.0, 50: 4.0, 60: 4.0, 70: 4.0}
    made = embedded(onsets=onsets, classes={(36, 55): FEET, (56, 64): METAL})
    by_class = {found.class_name: hits(found) for found in detect(made)}
    # Step 70 is of no sure class and follows the most voted class, feet.
    assert {name: [round(h / STEP - 0.5) for h in of] for name, of in by_class.items()} == {
        "FEET_gravel": [40, 50, 70],
        "IMPT_metal": [60],
    }


def test_contacts_of_one_class_part_at_a_long_pause_though_another_class_fills_it() -> None:
    made = embedded(
        onsets={20: 4.0, 50: 4.0, 80: 4.0}, classes={(0, 40): FEET, (40, 70): METAL, (70, 99): FEET}
    )
    assert [(found.class_name, len(hits(found))) for found in detect(made)] == [
        ("FEET_gravel", 1),
        ("IMPT_metal", 1),
        ("FEET_gravel", 1),
    ]


def test_weak_clip_lowers_the_threshold_to_half_its_strongest_but_not_below_the_floor() -> None:
    def logit(probability: float) -> float:
        return float(torch.logit(torch.tensor(probability)))

    (found,) = detect(embedded(onsets={50: logit(0.9), 60: logit(0.46), 70: logit(0.44)}))
    assert len(hits(found)) == 2  # threshold 0.45
    (found,) = detect(embedded(onsets={50: logit(0.6), 60: logit(0.41), 70: logit(0.39)}))
    assert len(hits(found)) == 2  # threshold 0.4, not 0.3
    (found,) = detect(embedded(onsets={50: logit(0.99), 60: logit(0.45)}))
    assert len(hits(found)) == 1  # threshold 0.495


def test_contacts_near_a_heard_onset_move_onto_it() -> None:
    samples = 200 * STEP
    made = embedded(onsets={50: 4.0, 100: 4.0})
    (found,) = detect_events(made, classes=CLASSES, cuts=[], duration_samples=samples, heard_s=[2.05, 4.5])
    assert hits(found) == [round(2.05 * 48_000), 192_960]  # 4.02 s is too far from 4.5 s
    assert "1 of them heard in the production sound" in found.event.reason


def test_contacts_far_apart_in_the_picture_are_different_events() -> None:
    made = embedded(onsets={20: 4.0, 30: 4.0, 40: 4.0, 50: 4.0})
    places = torch.zeros(200, 2)
    for step, x in {20: 0.1, 30: 0.8, 40: 0.25, 50: 0.9}.items():  # two sources in turn, both wandering
        places[step] = torch.tensor([x, 0.5])
    found = detect_events(made, classes=CLASSES, cuts=[], duration_samples=200 * STEP, places=places)
    assert [[round(hit / STEP - 0.5) for hit in hits(finding)] for finding in found] == [[20, 40], [30, 50]]


def test_steady_sound_is_an_ambience_beside_the_contacts() -> None:
    made = embedded(onsets={50: 4.0})
    found = detect_events(made, classes=CLASSES, cuts=[], duration_samples=200 * STEP, steady_s=[(0.0, 9.0)])
    (ambience,) = [finding for finding in found if not finding.event.hit_points]
    assert ambience.class_name == "AERO_jet"
    assert ambience.event.range.end_samples == 200 * STEP  # not beyond the clip
    assert "steady sound" in ambience.event.reason


def test_contacts_never_get_the_class_of_an_ambience() -> None:
    (found,) = detect(embedded(onsets={50: 4.0}, classes={(0, 200): JET}))
    assert found.class_name in ("FEET_gravel", "IMPT_metal")


def test_steady_movement_is_a_continuous_event_of_a_continuous_class() -> None:
    (found,) = detect(embedded(active=((50, 80),), classes={(0, 200): METAL}))
    assert found.class_name == "AERO_jet"
    assert found.event.hit_points == ()
    assert (found.event.range.start_samples, found.event.range.end_samples) == (50 * STEP, 80 * STEP)
    assert "steady movement for 1.2 s" in found.event.reason


def test_gaps_of_eight_steps_are_bridged_and_of_nine_not() -> None:
    (found,) = detect(embedded(active=((50, 80), (88, 120))))
    assert found.event.range.end_samples == 120 * STEP
    assert len(detect(embedded(active=((50, 80), (89, 120))))) == 2


def test_short_movement_is_left_out() -> None:
    (found,) = detect(embedded(active=((50, 69),)))  # 0.76 s
    assert found.event.range.duration_samples == 200 * STEP
    (found,) = detect(embedded(active=((50, 70),)))  # 0.80 s
    assert found.event.range.duration_samples == 20 * STEP


def test_nothing_seen_gives_one_ambience_over_the_whole_clip_of_low_confidence() -> None:
    (found,) = detect(embedded())
    assert found.class_name == "AERO_jet"
    assert (found.event.range.start_samples, found.event.range.end_samples) == (0, 200 * STEP)
    assert found.event.confidence <= 0.3
    assert "one ambience over the whole clip" in found.event.reason


def test_events_come_in_time_order_with_running_ids() -> None:
    found = detect(embedded(onsets={190: 4.0, 10: 4.0}, active=((60, 100),)))
    starts = [finding.event.range.start_samples for finding in found]
    assert starts == sorted(starts)
    assert [finding.event.id for finding in found] == ["e001", "e002", "e003"]


def test_ranges_and_hits_stay_inside_the_clip() -> None:
    made = embedded(20, onsets={0: 4.0, 19: 4.0})
    (found,) = detect_events(made, classes=CLASSES, cuts=[], duration_samples=18 * STEP + 100)
    assert found.event.range.start_samples == 0
    assert found.event.range.end_samples == 18 * STEP + 100
    assert hits(found)[-1] == 18 * STEP + 99
