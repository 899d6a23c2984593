"""`make invoke`: one function by hand, with a sample event."""

import json

from infra.local import invoke


def test_a_function_of_the_running_stage_answers_a_sample_event(stack, monkeypatch, capsys):
    monkeypatch.setenv("DATA_DIR", str(stack.data_dir))

    code = invoke.main(["sweep_exceptions", "events/schedule_sweep.json"])

    printed = capsys.readouterr()
    assert code == 0
    assert json.loads(printed.out)["requested_by"] == "schedule"
    assert "sweep-exceptions: its log's end" in printed.err


def test_without_a_function_it_tells_how_it_is_used(capsys):
    assert invoke.main(["", ""]) == 2
    assert "schedule_sweep.json" in capsys.readouterr().out


def test_without_a_running_stage_it_says_so(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("DATA_DIR", str(tmp_path))

    assert invoke.main(["sweep_exceptions", "events/schedule_sweep.json"]) == 1
    assert "make run" in capsys.readouterr().err
