"""docs/scenes.md is what the product says today where something is at stake, word for word."""

import re

from docs import scenes


def test_scenes_document_matches_what_happens() -> None:
    assert scenes.FILE.read_text("utf-8") == scenes.write(), "run: make docs"


def test_scenes_are_twenty_short_stories() -> None:
    stories = re.split(r"(?m)^## ", scenes.FILE.read_text("utf-8"))[1:]
    assert len(stories) == len(scenes.SCENES) == 20
    steps = [len(re.findall(r"(?m)^\$ host |^- \*\d", story)) for story in stories]
    assert all(2 <= count <= 6 for count in steps), steps
