"""kill -9 of the worker, 200 times at random points: nothing lost, nothing twice, equal to the undisturbed run."""

from collections import Counter
from pathlib import Path

import pytest

from ritorno.settings import Settings
from ritorno.wiring import open_app
from tests.faults import story
from tests.faults.crew import Crew, Shop, copied, live
from tests.faults.hands import Postman, postman_of
from tests.faults.standing import records

ROUNDS = 200


@pytest.mark.slow
def test_a_worker_killed_200_times_loses_nothing_and_sends_nothing_twice(
    postgres_url: str, database: str, tmp_path: Path
) -> None:
    """Documents, events, decisions, messages and every list are those of the undisturbed run."""
    with open_app(Settings(tmp_path, database)) as app:
        story.open_shop(app)
    template = database.rsplit("/", 1)[-1].split("?", maxsplit=1)[0]
    with copied(postgres_url, template, f"{template}_calm") as calm:
        undisturbed = Crew(calm)
        live(calm, undisturbed, story.steps(), story.END)
        expected = records(calm.app.connection())
        sent = {row[0] for row in expected["message"] if row[9] == "sent"}
        assert len(sent) > 500
        assert_the_provider_agrees(calm, sent)
    with copied(postgres_url, template, f"{template}_hard") as hard:
        crew = Crew(hard, ROUNDS, undisturbed.took)
        live(hard, crew, story.steps(), story.END)
        assert crew.killed == ROUNDS
        for table, rows in records(hard.app.connection()).items():
            assert rows == expected[table], table
        postman = assert_the_provider_agrees(hard, sent)
        assert postman.calls("look_up"), "no worker was killed while a message was under way"


def assert_the_provider_agrees(shop: Shop, sent: set[int]) -> Postman:
    """Its own records: every message once, with the codes and links that the shop knows."""
    postman = postman_of(shop.home)
    kept = {int(key): text for key, _, text in postman.sent()}
    assert set(kept) == sent
    assert not [key for key, times in Counter(postman.calls("send")).items() if times > 1]
    connection = shop.app.connection()
    texts: dict[int, str] = dict(
        connection.execute("SELECT id, content ->> 'text' FROM message WHERE state = 'sent'").fetchall()
    )
    assert kept == texts
    links = connection.execute(
        "SELECT message_id, token FROM link JOIN message ON id = message_id WHERE state = 'sent'"
    )
    tokens = Counter(message for message, token in links if token in texts[message])
    assert tokens == dict.fromkeys(texts, 2)
    return postman
