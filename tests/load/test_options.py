import pytest

from locustfiles.load.options import MIX, PERSONAS, parse

RUN = ["http://127.0.0.1:1", "10", "2", "1m30s"]


def test_it_knows_each_persona_by_its_file() -> None:
    assert set(PERSONAS) == {
        "bad_client",
        "batch_producer",
        "cloudevents_producer",
        "noisy_tenant",
        "operators",
        "producer",
        "reader",
    }
    assert set(MIX) < set(PERSONAS)


def test_it_takes_personas_together() -> None:
    assert parse([*RUN, "--persona", "reader, bad_client,reader"]).personas == (
        "reader",
        "bad_client",
    )
    assert parse([*RUN, "--persona", "mix"]).personas == MIX
    assert parse([*RUN, "--persona", "all"]).personas == PERSONAS


def test_it_hands_the_rest_to_locust() -> None:
    assert parse([*RUN, "--persona", "mix", "--", "--master"]).locust == ["--master"]
    assert parse(RUN).locust == []
    assert parse(["http://127.0.0.1:1/", *RUN[1:]]).host == RUN[0]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["", *RUN[1:]], "HOST="),
        ([RUN[0], "0", "1", "1m"], "whole number from 1"),
        ([RUN[0], "-5", "1", "1m"], "whole number from 1"),
        ([RUN[0], "many", "1", "1m"], "whole number from 1"),
        ([RUN[0], "1", "1", "soon"], "such as 90s"),
        ([RUN[0], "1", "1", "0s"], "such as 90s"),
        ([RUN[0], "1", "1", "1m30"], "such as 90s"),
        ([RUN[0], "1000", "10", "1m30s"], "TIME must be 100s or more, not 90s, or SPAWN"),
        ([*RUN[:3], "5s", "--shape", "spike"], "TIME must be 20s or more, not 5s"),
        ([*RUN, "--persona", "nobody"], "no persona is named 'nobody'; there are bad_client"),
        ([*RUN, "--persona", ","], "at least one persona"),
        ([*RUN, "--shape", "round"], "'steady', 'ramp', 'spike'"),
        ([*RUN, "--rate", "0"], "above 0"),
        ([*RUN, "--rate", "2000"], "1000 or less"),
        ([*RUN, "--web", "0"], "port from 1"),
        (["verify", RUN[0], "/nonexistent"], "no accepted.csv"),
    ],
)
def test_it_says_what_is_wrong_with_a_run(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        parse(arguments)

    assert stopped.value.code == 2
    assert told in capsys.readouterr().err


def test_it_asks_for_a_noisy_tenant_of_its_own(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, missing in (("LOAD_KEY", "LOAD_NOISY_KEY"), ("LOAD_NOISY_KEY", "LOAD_KEY")):
        monkeypatch.setenv(name, "evp_one")
        monkeypatch.delenv(missing, raising=False)

        with pytest.raises(SystemExit):
            parse([*RUN, "--persona", "noisy_tenant"])

        assert f"{missing} is missing" in capsys.readouterr().err
