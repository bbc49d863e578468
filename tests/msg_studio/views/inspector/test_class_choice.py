from engine.ucs import class_for, load_classes
from msg_studio.views.inspector.class_choice import class_label, prompt_for


def test_every_class_has_a_label_of_its_own() -> None:
    labels = [class_label(sound) for sound in load_classes()]
    assert len(set(labels)) == len(labels) == 151


def test_the_prompt_leads_to_the_class_that_was_picked() -> None:
    for sound in load_classes():
        assert class_for(sound.cat_id, prompt_for(sound, "")) == sound


def test_words_of_the_user_stay_where_they_lead_to_the_class() -> None:
    gravel = class_for("FEET_gravel")
    assert prompt_for(gravel, "slow boots on gravel") == "slow boots on gravel"
    assert prompt_for(gravel, "old man") == f"old man, {gravel.words[0]}"
