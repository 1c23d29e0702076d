"""The demo, as people see it and as programs read it."""

import json
import tempfile

from dm3.cli.demo import play
from tests.e2e.cli_scene import Person
from tests.kit.transcripts import Labels, compare


def test_the_demo_tells_the_whole_story_and_keeps_nothing(tmp_path, monkeypatch):
    reports = []

    async def noted(**options):
        reports.append(await played(**options))
        return reports[-1]

    played = play.play
    monkeypatch.setattr(play, "play", noted)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    viewer = Person(tmp_path / "viewer")
    answer = viewer.run_here("demo")
    assert (answer.code, answer.err) == (0, "")
    [report] = reports
    labels = Labels(spent=True)
    told = labels.put(answer.out)
    compare("demo", told + labels.put(json.dumps(report, indent=1, ensure_ascii=False, default=str)))
    assert all(step["seconds"] > 0 for step in report["steps"])
    assert report["seconds"] >= sum(step["seconds"] for step in report["steps"])
    assert [*tmp_path.iterdir(), *viewer.home.iterdir()] == [viewer.home, viewer.passphrase]
