"""Logs are one line a decision, readable by machines, and pass no secret and no forged line."""

import io
import json
import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from pydantic import SecretStr

from coordination.plan import Generation
from coordination.ports import Report
from coordination.records import Endpoint
from namelatch.log import REDACTED, configure, decided, redactor
from namelatch.trouble import BadEnvironment


@pytest.fixture
def restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)


def clean(**fields: Any) -> dict[str, Any]:
    result: dict[str, Any] = redactor(("hunter22",))(None, "info", fields)
    return result


@pytest.mark.parametrize("name", ["password", "sasl_password", "client_secret", "token", "Authorization", "api_key"])
def test_values_under_telling_names_are_redacted(name: str) -> None:
    assert clean(**{name: "x"}) == {name: REDACTED}
    assert clean(settings={"kafka": [{name: "x"}]}) == {"settings": {"kafka": [{name: REDACTED}]}}


def test_configured_secrets_are_redacted_wherever_they_appear() -> None:
    assert clean(event="login as root/hunter22 failed", note=["hunter22"]) == {
        "event": f"login as root/{REDACTED} failed",
        "note": [REDACTED],
    }
    assert "hunter22" not in str(clean(error=ValueError("bad hunter22")))
    assert "hunter22" not in str(clean(exception="Traceback\n  hunter22"))


def test_secret_values_and_passwords_in_addresses_are_redacted() -> None:
    assert clean(value=SecretStr("x1")) == {"value": REDACTED}
    assert clean(url="kafka://bob:pw@host:9092") == {"url": f"kafka://bob:{REDACTED}@host:9092"}


def test_what_is_no_secret_stays() -> None:
    fields = {"event": "enacted", "generation": 7, "endpoint": "a.example.com", "fence": 41, "ok": True, "none": None}
    assert clean(**fields) == fields


def test_control_characters_can_not_forge_a_line() -> None:
    assert clean(endpoint="a\n2026 enacted\x1b[2J\u2028") == {"endpoint": "a\\n2026 enacted\\x1b[2J\\u2028"}


@pytest.mark.usefixtures("restored")
def test_a_decision_is_one_json_line(monkeypatch: pytest.MonkeyPatch) -> None:
    output = io.StringIO()
    monkeypatch.setattr(sys, "stderr", output)
    configure("info", "json")
    decided(
        Report("a", "refused", Generation(7), Endpoint("x.example.com"), 41, "older than the root", (("changes", 3),))
    )
    (line,) = output.getvalue().splitlines()
    fields = json.loads(line)
    assert fields.pop("timestamp")
    assert fields == {
        "event": "refused",
        "level": "info",
        "generation": 7,
        "endpoint": "x.example.com",
        "enactor": "a",
        "fence": 41,
        "detail": "older than the root",
        "changes": 3,
    }


@pytest.mark.usefixtures("restored")
def test_what_somebody_has_to_look_at_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    output = io.StringIO()
    monkeypatch.setattr(sys, "stderr", output)
    configure("warning", "json")
    reason = "generation 7 is not what was promised: unknown plan format 2; this reader knows 1"
    decided(Report("a", "finished", Generation(6)))
    decided(Report("a", "quarantined", Generation(7), detail=reason))
    (line,) = output.getvalue().splitlines()
    fields = json.loads(line)
    assert (fields["level"], fields["event"], fields["detail"]) == ("warning", "quarantined", reason)


@pytest.mark.usefixtures("restored")
def test_other_libraries_logs_pass_the_same_way(monkeypatch: pytest.MonkeyPatch) -> None:
    output = io.StringIO()
    monkeypatch.setattr(sys, "stderr", output)
    configure("info", "json", secrets=("hunter22",))
    logging.getLogger("aiokafka.conn").error("SASL with %s failed", "hunter22")
    logging.getLogger("aiokafka.conn").info("not worth a line")
    fields = json.loads(output.getvalue())
    assert (fields["event"], fields["logger"], fields["level"]) == (
        f"SASL with {REDACTED} failed",
        "aiokafka.conn",
        "error",
    )


@pytest.mark.usefixtures("restored")
def test_levels_and_files(tmp_path: Path) -> None:
    configure("warning", "console", tmp_path / "log")
    structlog.get_logger().info("unseen")
    structlog.get_logger().warning("seen", endpoint="x.example.com")
    text = (tmp_path / "log").read_text()
    assert "unseen" not in text
    assert "endpoint=x.example.com" in text
    with pytest.raises(BadEnvironment, match=r"log\.file: can't write to"):
        configure(file=tmp_path)
