import threading

import pytest

from tasks.stop_signal import StopSignal


def test_it_may_be_set_while_it_is_being_set(monkeypatch: pytest.MonkeyPatch) -> None:
    stop = StopSignal()
    notify_all = stop._cond.notify_all  # type: ignore[attr-defined]  # noqa: SLF001  # in the midst

    def strike() -> None:
        stop.set()
        notify_all()

    monkeypatch.setattr(stop._cond, "notify_all", strike)  # type: ignore[attr-defined]  # noqa: SLF001
    setting = threading.Thread(target=stop.set, daemon=True)
    setting.start()
    setting.join(20)

    assert not setting.is_alive()
    assert stop.is_set()
