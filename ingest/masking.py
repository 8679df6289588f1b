"""Removes the names of countries from texts, so that a partner cannot be guessed from its own name."""

import re
from typing import Final

from ingest.countries import CountryResolver

_SHORTEST: Final = 3
_MASK: Final = " "


class CountryMask:
    """Masks names in every language, demonyms, capitals and other names of all countries of a resolver.

    Letters must match in case, or all be capitals: "turkey" the bird and "chad" of a ballot stay.
    """

    def __init__(self, resolver: CountryResolver, codes: list[str]) -> None:
        names = {name for code in codes for name in resolver.names_to_mask(code) if len(name) >= _SHORTEST}
        names |= {name.upper() for name in names}
        longest_first = sorted(names, key=lambda name: (-len(name), name))
        self._pattern = re.compile(
            r"(?<!\w)(?:" + "|".join(map(re.escape, longest_first)) + r")(?:['’]s)?(?!\w)"
        )

    def __call__(self, text: str) -> str:
        """The text without the names; runs of white space become one space."""
        return " ".join(self._pattern.sub(_MASK, text).split())
