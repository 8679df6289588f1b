"""``python -m bench NAME …``: runs the measurement of that name, a module here with ``main(arguments)``."""

import importlib
import pkgutil
import sys

import bench


def names() -> list[str]:
    """Every measurement: the public modules of this package that have a main."""
    found = (each.name for each in pkgutil.iter_modules(bench.__path__) if not each.name.startswith("_"))
    return sorted(name for name in found if hasattr(importlib.import_module(f"bench.{name}"), "main"))


def main(arguments: list[str]) -> int:
    """Run one measurement; its exit code."""
    if not arguments or arguments[0] not in names():
        sys.stderr.write(f"usage: python -m bench NAME [ARGUMENTS]\nNAME is one of: {', '.join(names())}\n")
        return 2
    result = importlib.import_module(f"bench.{arguments[0]}").main(arguments[1:])
    return int(result or 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
