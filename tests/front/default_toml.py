"""Writes configs/default.toml from the settings' own descriptions.

python tests/front/default_toml.py > configs/default.toml
"""

from pathlib import Path

from pydantic import BaseModel

from namelatch.config import Settings

HEAD = """\
# Every setting, its meaning and its default. Copy the lines that you change and leave out the rest.
# The environment overrides a file: NAMELATCH_DNS__PORT=53, NAMELATCH_ETCD__ENDPOINTS=10.0.0.1:2379,10.0.0.2:2379
# An empty text means "none". Secrets belong in the environment.
"""


def literal(value: object) -> str:
    """A value as TOML spells it."""
    match value:
        case None:
            return '""'
        case bool():
            return str(value).lower()
        case int() | float():
            return repr(value)
        case tuple():
            return "[" + ", ".join(literal(item) for item in value) + "]"
        case str() | Path():
            return f'"{value}"'
    raise AssertionError(f"{value!r} has no spelling yet")


def render() -> str:
    """The whole file."""
    parts = [HEAD]
    for name, field in Settings.model_fields.items():
        if isinstance(field.default, BaseModel):
            parts.append(f"\n# {type(field.default).__doc__}\n[{name}]\n")
            for key, inner in type(field.default).model_fields.items():
                parts.append(f"{key} = {literal(inner.default)}  # {inner.description}\n")
        else:
            parts.append(f"\n{name} = {literal(field.default)}  # {field.description}\n")
    return "".join(parts)


if __name__ == "__main__":
    print(render(), end="")
