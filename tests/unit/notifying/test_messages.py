"""What a message says, and that nothing in it can be taken for markup."""

from __future__ import annotations

import json
from typing import Any

import pytest

from orchestration.errors import ConfigurationError
from orchestration.notifying import slack, teams, webhook
from orchestration.notifying.message import MOST_LINES, Line, compose


def lines(count: int, sentence: str = "Ann's agent wants to pay") -> list[Line]:
    return [Line("approval", sentence, f"https://box.example/{n}") for n in range(count)]


def test_one_piece_of_news_is_told_as_one() -> None:
    message = compose("m1", lines(1))
    assert message.title == "A request waits for approval"
    assert message.text() == "Ann's agent wants to pay\nhttps://box.example/0"


def test_a_flood_is_counted_and_not_told() -> None:
    message = compose("m1", [*lines(500), Line("parked", "A task is parked")])
    assert message.title == "500 requests wait for approval. A task is parked"
    assert len(message.lines) == MOST_LINES
    assert f"and {501 - MOST_LINES} more" in message.text()


def test_the_signature_is_the_one_of_the_specification() -> None:
    headers = webhook.signed(
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        b'{"test": 2432232314}',
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    )
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_broken_secret_is_no_secret() -> None:
    with pytest.raises(ConfigurationError, match="no base64"):
        webhook.signed("m", 0, b"", "whsec_!!!")


HOSTILE = "<!channel> <https://evil.example|Open> *bold* [x](https://evil.example) & more"


def test_slack_takes_nothing_in_a_sentence_for_a_mention_or_a_link() -> None:
    said = json.loads(slack.body(compose("m", lines(1, HOSTILE))))
    text = said["blocks"][1]["text"]["text"]
    assert "<!channel>" not in text
    assert text.count("<") == text.count(">") == 1
    assert "<https://box.example/0|Open>" in text


def test_teams_takes_nothing_in_a_sentence_for_markup() -> None:
    said = json.loads(teams.body(compose("m", lines(1, HOSTILE))))
    blocks: list[dict[str, Any]] = said["attachments"][0]["content"]["body"]
    assert blocks[1] == {
        "type": "RichTextBlock",
        "inlines": [{"type": "TextRun", "text": HOSTILE}],
    }
