"""`ritorno playbook preview` and `texts`, as people and machines read them."""

from pathlib import Path

from tests.cli.conftest import Run, Told

STAR = "052-1234562"


def test_eng_13_a_step_is_seen_as_one_customer_would_read_it(run: Run, told: Told, tmp_path: Path) -> None:
    said = run("playbook", "preview", "PB2", "rescue", STAR)
    assert "sms · he, 3 parts, 0.36 ILS" in said
    assert "פרסומת אלמוג: היי, חסרת לנו. 50 ₪ מתנה בקנייה מעל 150 ₪" in said
    page = tmp_path / "page.html"
    (sms, email) = told("playbook", "preview", "PB2", "rescue", STAR, "--html", str(page))["messages"]
    assert (sms["channel"], sms["parts"], sms["cost"], sms["lacks"]) == ("sms", 3, "0.36", "")
    assert email["subject"].startswith("פרסומת")
    assert '<html lang="he" dir="rtl"' in page.read_text("utf-8")


def test_seg_20_every_variant_can_be_seen(told: Told) -> None:
    rows = told("playbook", "preview", "PB2", "rescue", STAR, "--every")["messages"]
    assert [(row["channel"], row["language"]) for row in rows] == [
        ("sms", "he"), ("sms", "he"), ("sms", "en"), ("email", "he"), ("email", "he"), ("email", "en"),
    ]  # fmt: skip
    assert rows[1]["reader"] == {"language": "he", "gender": "neutral", "tone": ""}


def test_eng_14_what_a_customer_lacks_is_said(run: Run, told: Told) -> None:
    said = run("playbook", "preview", "renewal", "renew", STAR)
    assert said.splitlines()[0] == "sms: not sent, this customer has no product.safe_name"
    row = told("playbook", "preview", "renewal", "renew", STAR)["messages"][0]
    assert (row["lacks"], "text" in row) == ("product.safe_name", False)


def test_what_cannot_be_shown_is_said(run: Run, tmp_path: Path) -> None:
    assert "sends nothing named 'nothing'" in run("playbook", "preview", "PB2", "nothing", STAR, code=1)
    assert "nobody" in run("playbook", "preview", "PB2", "rescue", "nobody@shop.co.il", code=1).casefold()
    refused = run("playbook", "preview", "renewal", "renew", STAR, "--html", str(tmp_path / "x"), code=1)
    assert "none of these messages is an e-mail" in refused


def test_what_is_unwise_in_texts_is_said(run: Run, told: Told) -> None:
    assert "Nothing to say about these texts." in run("playbook", "texts", "counters")
    plain = told("playbook", "texts", "PB2")
    assert any("an e-mail says where to answer" in each for each in plain["cautions"])
    assert (plain["missed"], plain["subjects"]) == ([], {})
