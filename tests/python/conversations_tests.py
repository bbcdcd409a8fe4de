"""The conversations that every host plays, through the binding."""

import pytest

import harness

ALL = sorted(harness.CONVERSATIONS.rglob("*.yaml"))


def conversations_are_found() -> None:
    assert len(ALL) > 80


@pytest.mark.parametrize("resumed", [False, True], ids=["straight", "resumed"])
@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def a_conversation_goes_as_written(path, resumed: bool) -> None:
    harness.Conversation(path).play(resumed)
