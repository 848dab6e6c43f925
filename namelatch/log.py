"""Logs: one line a decision, for people or for machines, and never a secret.

Everything passes the same processors, other libraries' standard logging too. Redacted are: values under
telling names, pydantic secrets, passwords in addresses, and the configured secrets wherever they appear.
Control characters are escaped, so that what came off the network can't forge a line.
"""

import logging
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal, TextIO

import structlog
from pydantic import SecretBytes, SecretStr

from coordination.ports import Report
from namelatch.trouble import BadEnvironment

REDACTED = "[redacted]"
_TELLING = re.compile(r"passw|passphrase|secret|token|credential|authori[sz]ation|api_?key|private_?key", re.IGNORECASE)
_IN_ADDRESS = re.compile(r"(\w://[^/\s:@]*:)[^/\s@]+@")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_SHORTEST_SECRET = 4  # replacing shorter ones everywhere would hide the log, not the secret
_DEPTH = 6  # of nested values looked into
_OWN_LINES = {"exception", "stack"}  # multi-line on purpose, rendered below the line

# What a role reports that does not mend itself: somebody has to look. They are warnings, all else is information.
ALARMS = frozenset({"broken chain", "lag alarm", "lag-stop", "plan lost", "quarantined", "unplannable", "wedged"})

Format = Literal["console", "json"]


def configure(
    level: str = "info", form: Format = "console", file: Path | None = None, secrets: tuple[str, ...] = ()
) -> None:
    """Set up structlog and the standard library's logging. Raises BadEnvironment when `file` can't be written."""
    output = _opened(file) if file else sys.stderr
    renderer: Any = (
        structlog.processors.JSONRenderer(default=str, ensure_ascii=False)
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=output.isatty(), pad_event_to=40)
    )
    number = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            redactor(secrets),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(output),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(level=max(number, logging.WARNING), handlers=[_Forward()], force=True)


def redactor(secrets: tuple[str, ...] = ()) -> Callable[[Any, str, Any], Any]:
    """A structlog processor that lets no secret pass; `secrets` are hidden wherever they appear."""
    hidden = sorted((secret for secret in secrets if len(secret) >= _SHORTEST_SECRET), key=len, reverse=True)

    def plain(text: str) -> str:
        for secret in hidden:
            text = text.replace(secret, REDACTED)
        return _IN_ADDRESS.sub(rf"\1{REDACTED}@", text)

    def clean(value: Any, depth: int = 0) -> Any:
        match value:
            case None | bool() | int() | float():
                return value
            case str():
                return _CONTROL.sub(lambda found: repr(found[0])[1:-1], plain(value))
            case SecretStr() | SecretBytes():
                return REDACTED
            case Mapping() if depth < _DEPTH:
                return {
                    str(key): REDACTED if _TELLING.search(str(key)) else clean(v, depth + 1) for key, v in value.items()
                }
            case list() | tuple() if depth < _DEPTH:
                return [clean(item, depth + 1) for item in value]
            case _:
                return clean(str(value))

    def redact(_logger: Any, _method: str, event: Any) -> Any:
        return {
            key: REDACTED
            if _TELLING.search(key) and value is not None
            else plain(str(value))
            if key in _OWN_LINES
            else clean(value)
            for key, value in event.items()
        }

    return redact


def decided(report: Report) -> None:
    """One line for one decision; a warning where it is one of ALARMS."""
    fields = {
        "generation": report.generation,
        "endpoint": report.endpoint,
        "enactor": report.who,
        "fence": report.fence,
        "detail": report.detail or None,
        **dict(report.counts),
    }
    logger = structlog.get_logger("namelatch")
    (logger.warning if report.event in ALARMS else logger.info)(
        report.event, **{key: value for key, value in fields.items() if value is not None}
    )


def _opened(file: Path) -> TextIO:
    try:
        return file.open("a", encoding="utf-8", buffering=1)
    except OSError as error:
        raise BadEnvironment(f"log.file: can't write to {file}: {error.strerror}") from None


class _Forward(logging.Handler):
    """The standard library's records, through our processors."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            logger = structlog.get_logger(record.name)
            logger.log(record.levelno, record.getMessage(), logger=record.name, exc_info=record.exc_info)
        except Exception:
            self.handleError(record)
