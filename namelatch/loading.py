"""Reading the settings, and saying in one line what is wrong with them.

The line names the file or the variable, the key, the rule and the value: unless the value may be a secret.
"""

import os
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import SecretStr, ValidationError
from pydantic_core import ErrorDetails

from namelatch.config import PREFIX, Settings
from namelatch.trouble import Misuse

FILE_VARIABLE = "NAMELATCH_CONFIG"
# No settings, yet ours: where the jars of the backend `local` lie and come from, which images `docker` takes.
_OTHERS = frozenset(
    {FILE_VARIABLE, "NAMELATCH_CACHE", "NAMELATCH_MAVEN", "NAMELATCH_ETCD_IMAGE", "NAMELATCH_KAFKA_IMAGE"}
)
_ERRORS_SHOWN = 3  # of one file; the rest is counted
_VALUE_SHOWN = 60  # characters
_FILE_BYTES = 1_000_000  # a configuration is some kilobytes: anything larger is the wrong file


def load(path: Path | None = None) -> Settings:
    """The settings from `path`, else from the file that NAMELATCH_CONFIG names, else the defaults. Raises Misuse."""
    named = os.environ.get(FILE_VARIABLE)
    path = path or (Path(named) if named else None)
    _refuse_unknown_variables()
    content = _read(path) if path else {}
    try:
        return Settings(**content)
    except ValidationError as error:
        raise Misuse(_told(error.errors(include_url=False), path)) from None


def secrets(settings: Settings) -> tuple[str, ...]:
    """The values that must never be printed."""
    found = []
    for section in type(settings).model_fields:
        table = getattr(settings, section)
        for key in getattr(type(table), "model_fields", {}):
            value = getattr(table, key)
            if isinstance(value, SecretStr):
                found.append(value.get_secret_value())
    return tuple(found)


def as_environment(settings: Settings) -> dict[str, str]:
    """The variables that make `load` in another process, elsewhere, return these settings: secrets stay out of argv."""
    variables = {}
    for section in type(settings).model_fields:
        table = getattr(settings, section)
        if isinstance(table, str):
            variables[f"{PREFIX}{section}".upper()] = table
        else:
            for key in type(table).model_fields:
                variables[f"{PREFIX}{section}__{key}".upper()] = _as_text(getattr(table, key))
    return variables


def _as_text(value: object) -> str:
    match value:
        case None:
            return ""
        case SecretStr():
            return value.get_secret_value()
        case Path():
            return str(value.absolute())
        case tuple():
            return ",".join(value)
        case _:
            return str(value)


def _read(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            text = file.read(_FILE_BYTES + 1)
        if len(text) > _FILE_BYTES:
            raise Misuse(f"{path}: larger than {_FILE_BYTES} bytes, this is no configuration")
        return tomllib.loads(text.decode("utf-8"))
    except OSError as error:
        raise Misuse(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise Misuse(f"{path}: broken TOML: not UTF-8 (at line {line})") from None
    except (ValueError, RecursionError) as error:
        raise Misuse(f"{path}: broken TOML: {' '.join(str(error).split())}") from None


def _refuse_unknown_variables() -> None:
    for name in sorted(os.environ):
        if name.upper().startswith(PREFIX) and name.upper() not in _OTHERS:
            section = name.upper().removeprefix(PREFIX).split("__")[0].lower()
            if section not in Settings.model_fields:
                raise Misuse(f"environment {name}: there is no section {section!r}")


def _told(errors: Sequence[ErrorDetails], path: Path | None) -> str:
    lines = [_line(error, path) for error in errors[:_ERRORS_SHOWN]]
    if len(errors) > _ERRORS_SHOWN:
        lines.append(f"and {len(errors) - _ERRORS_SHOWN} more")
    return "; ".join(lines)


def _line(error: ErrorDetails, path: Path | None) -> str:
    where = error["loc"]
    key = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in where).removeprefix(".")
    variable = PREFIX + "__".join(str(part) for part in where[:2]).upper()
    set_here = [name for name in os.environ if name.upper() == variable or name.upper().startswith(f"{variable}__")]
    source = f"environment {sorted(set_here)[0]}" if set_here else str(path or "settings")
    if error["type"] == "extra_forbidden":
        return f"{source}: {key}: there is no such key"
    text = error["msg"].removeprefix("Value error, ")
    return f"{source}: {key}: {text}{_got(where, error.get('input'))}"


def _got(where: tuple[int | str, ...], value: object) -> str:
    """The offending value, if it is a plain one of a key that holds no secret."""
    if not isinstance(value, str | int | float) or _is_secret(where):
        return ""
    return f" (got {repr(value)[:_VALUE_SHOWN]})"


def _is_secret(where: tuple[int | str, ...]) -> bool:
    """Whether the key holds a secret; a whole section might."""
    if len(where) < 2:
        return where[0] != "posture"
    section = Settings.model_fields[str(where[0])].annotation
    field = getattr(section, "model_fields", {}).get(str(where[1]))
    return field is None or "SecretStr" in repr(field.annotation)
