"""The table of settings in docs/settings.md: ``python -m api.settings_reference > docs/settings.md``."""

import sys
from typing import Any

from pydantic.fields import FieldInfo

from graph_model.settings import Settings

_HEAD = """# Settings

Every setting is an environment variable; no configuration file is read. This table is
written by `make docs` from `graph_model/settings.py`.

| variable | default | meaning |
| --- | --- | --- |
"""
_COMPUTED = {"home": "the platform's user data folder", "cache": "the platform's user cache folder"}


def markdown() -> str:
    """The page as Markdown."""
    return _HEAD + "".join(_row(name, field) for name, field in Settings.model_fields.items())


def _row(name: str, field: FieldInfo) -> str:
    return f"| `TRIMATCH_{name.upper()}` | {_default(name, field)} | {field.description} |\n"


def _default(name: str, field: FieldInfo) -> str:
    value: Any = field.default
    if name in _COMPUTED:
        return _COMPUTED[name]
    return "none" if value in (None, ()) else f"`{value}`"


if __name__ == "__main__":
    sys.stdout.write(markdown())
