"""docs/adding.md runs as it stands."""

import re
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "adding.md"


def test_the_worked_example_runs() -> None:
    blocks = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(), re.M | re.S)
    assert len(blocks) == 4
    page: dict[str, object] = {"__name__": "adding"}
    exec(compile("\n".join(blocks), str(PAGE), "exec"), page)
