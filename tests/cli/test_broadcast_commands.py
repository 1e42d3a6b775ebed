"""`ritorno broadcast …`: nothing goes to everyone, or past its subject, without a word of the operator."""

from pathlib import Path

import pytest

from ritorno.core.events import Channel, ConsentTold, Event, happened
from ritorno.core.identifiers import Kind, normalise
from ritorno.core.plan import Plan
from ritorno.store.connection import connect
from ritorno.testing import at
from ritorno.work.accept import accept
from ritorno.work.react import react_to_inbox
from tests.cli.conftest import NOW, Run, Told

TEXT = ("--sms-he", "מבצע: {{ link }}", "--sms-en", "Sale: {{ link }}")
BUYERS = ("--segment", "ever >= 1")


@pytest.fixture
def permitted(plan: Plan, database: str) -> None:
    """The three who bought may be sent SMS; the prospect may not."""
    told: list[Event] = []
    for phone in ("052-1234561", "052-1234562", "052-1234563"):
        body = ConsentTold(Channel.SMS, True, source="form", wording="כן")
        who = (normalise(Kind.PHONE, phone),)
        when = at("2026-02-27T10:00")
        told.append(happened("shop", phone, body, occurred_at=when, received_at=when, identifiers=who))
    with connect(database, autocommit=True) as connection:
        accept(connection, plan.brand.id, told)
        while react_to_inbox(connection, plan, NOW).events:
            pass


@pytest.mark.usefixtures("permitted")
def test_orc_06_it_goes_to_a_segment_or_to_everyone_with_a_word_of_its_own(run: Run, told: Told) -> None:
    assert "--segment SEGMENT, or --everyone" in run("broadcast", "send", "sale", *TEXT, code=1)
    refused = run("broadcast", "send", "sale", "--everyone", *TEXT, code=1)
    assert "4 recipients" in refused
    assert "(50%) inactive 180 d" in refused
    assert "a narrower segment holds 2: --segment 'bought within 180d or did message_clicked within 180d'" in refused
    assert "add --yes" in refused
    assert told("broadcast", "list") == {"broadcasts": []}
    sent = told("broadcast", "send", "sale", "--everyone", *TEXT, "--yes", "--holdout", "0")
    assert (sent["key"], sent["recipients"], sent["preview"]["wasted"]) == ("broadcast-sale", 4, 0.5)
    assert sent["first"][:16] == "2026-03-01T10:00"


@pytest.mark.usefixtures("permitted")
def test_eng_07_what_concerns_few_is_warned_of_before_it_is_sent(run: Run, told: Told) -> None:
    about = ("--about", "category:נעליים")
    found = told("broadcast", "preview", "sale", *BUYERS, *TEXT, *about, "--holdout", "0")
    assert (found["channels"], found["relevance"], found["cost"]) == ({"sms": 3}, 0.0, "0.72")
    assert found["narrower"]["recipients"] == 0
    assert "warning: only 0% are concerned" in run("broadcast", "preview", "sale", *BUYERS, *TEXT, *about)
    assert "nothing was sent" in run("broadcast", "send", "sale", *BUYERS, *TEXT, *about, code=1)
    assert "broadcast-sale" in run("broadcast", "send", "sale", *BUYERS, *TEXT, *about, "--yes")


@pytest.mark.usefixtures("permitted")
def test_com_28_an_early_notice_is_sent_listed_and_stopped(run: Run, told: Told) -> None:
    late = ("--at", "2026-03-17T09:00", "--early", "spend >= 300000", "--early-by", "24h")
    sent = told("broadcast", "send", "sale", *BUYERS, *TEXT, *late)
    assert (sent["early"], sent["first"][:16], sent["last"][:16]) == (1, "2026-03-16T09:00", "2026-03-17T09:00")
    (row,) = told("broadcast", "list")["broadcasts"]
    assert (row["name"], row["state"], row["waiting"], row["until"][:16]) == ("sale", "waiting", 3, "2026-03-17T09:00")
    assert "3 wait until 2026-03-17T09:00" in run("broadcast", "list")
    assert told("broadcast", "stop", "sale") == {"key": "broadcast-sale", "not_invited": 3, "dropped": 0}
    assert "stopped already" in run("broadcast", "stop", "sale", code=1)
    assert "1 get it early" in run("broadcast", "preview", "next", *BUYERS, *TEXT, "--early", "spend >= 300000")


@pytest.mark.usefixtures("permitted")
def test_it_is_no_playbook_that_could_be_activated_again_and_has_its_results(run: Run, told: Told) -> None:
    run("broadcast", "send", "sale", *BUYERS, *TEXT)
    listed = [row["key"] for row in told("playbook", "list")["playbooks"]]
    assert "PB2" in listed
    assert "broadcast-sale" not in listed
    assert "is a broadcast, which is sent once" in run("playbook", "activate", "broadcast-sale", code=1)
    assert told("playbook", "results", "broadcast-sale")["playbook"] == "broadcast-sale"
    assert "there was a broadcast 'sale' already" in run("broadcast", "send", "sale", *BUYERS, *TEXT, code=1)


def test_seg_20_ways_of_a_file_with_their_variants(told: Told, run: Run, tmp_path: Path) -> None:
    good, bad = tmp_path / "spring.yaml", tmp_path / "bad.yaml"
    good.write_text(
        "ways:\n- channel: sms\n  text:\n    he: '[AD] שלום [OUT]'\n    en: '[AD] hello [OUT]'\n"
        "    ar: '[AD] مرحبا [OUT]'\n"
        "    variants:\n    - {language: he, tone: formal, text: '[AD] שלום רב [OUT]'}\n",
        encoding="utf-8",
    )
    bad.write_text("steps: []", encoding="utf-8")
    assert told("broadcast", "preview", "sale", *BUYERS, "--file", str(good))["recipients"] == 3
    assert "has no ways" in run("broadcast", "preview", "sale", *BUYERS, "--file", str(bad), code=1)
    bad.write_text("a: [", encoding="utf-8")
    assert "is no YAML" in run("broadcast", "preview", "sale", *BUYERS, "--file", str(bad), code=1)
    assert "cannot be read" in run("broadcast", "preview", "sale", *BUYERS, "--file", "nowhere.yaml", code=1)


def test_what_cannot_be_meant_is_refused_by_what_would_be_right(run: Run) -> None:
    def refused(*arguments: str) -> str:
        return " ".join(run("broadcast", *arguments, code=1).split())

    assert "say what to send" in refused("send", "sale", *BUYERS)
    assert "is neither a segment nor a rule" in refused("send", "sale", "--segment", "loyals", *TEXT)
    assert "write small letters" in refused("send", "Sale!", *BUYERS, *TEXT)
    assert "an e-mail has a subject" not in refused("send", "sale", *BUYERS, "--sms-he", "{{ nothing }}")
    assert "is over" in refused("send", "sale", *BUYERS, *TEXT, "--at", "2026-02-01T10:00")
    assert "say who as well" in refused("send", "sale", *BUYERS, *TEXT, "--early-by", "24h")
    early = ("--early", "spend >= 300000", "--at", "2026-03-01T20:00")
    assert "would have left" in refused("send", "sale", *BUYERS, *TEXT, *early)
    assert "is not a span of time" in refused("send", "sale", *BUYERS, *TEXT, "--lasts", "soon")
    assert "there is no broadcast 'sale'; there are: none" in refused("stop", "sale")
    assert "No broadcast was ever sent." in run("broadcast", "list")
