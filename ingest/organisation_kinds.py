"""The sort of an organisation, from its name and from what its publisher says."""

import re
from typing import Final

from graph_model.nodes import StakeholderKind

_RULES: Final[tuple[tuple[StakeholderKind, re.Pattern[str]], ...]] = tuple(
    (kind, re.compile(rf"\b(?:{words})", re.IGNORECASE))
    for kind, words in (
        (
            StakeholderKind.IP_OFFICE,
            r"intellectual property (?:office|organi[sz]ation|agency|authority|corporation)|patent office"
            r"|industrial property (?:office|institute)|patents and trade ?marks? office|copyright office",
        ),
        (
            StakeholderKind.MULTILATERAL,
            r"united nations|UN\b|UN[ -]?(?:women|habitat|aids)|european (?:union|commission)|world bank"
            r"|(?:african|asian|islamic|inter-american|caribbean|new) development bank|african union"
            r"|multi[- ]?(?:donor|partner) |commonwealth secretariat|(?:international|inter-?governmental) "
            r"(?:organi[sz]ation|agency|authority|commission|fund|monetary|labou?r)"
            r"|global (?:fund|environment)|ASEAN\b|CARICOM\b|ECOWAS\b|league of arab",
        ),
        (
            StakeholderKind.UNIVERSITY,
            r"universit|universidad|école|escuela superior|college\b|faculty|polytech|school of|academia\b"
            r"|institut[eo]? of technology|hochschule",
        ),
        (
            StakeholderKind.INNOVATION_HUB,
            r"innovation (?:hub|cent|lab)|incubator|accelerator\b|science park|techno(?:logy )?park"
            r"|technopole|start-?up (?:hub|cent)",
        ),
        (
            StakeholderKind.COMPANY,
            r"(?:ltd|limited|inc|llc|gmbh|plc|corp|corporation|jsc|s\.?a\.?r\.?l|pty|bv|ag|company"
            r"|companies)\b\.?$"
            r"|JSC\b|group$|holdings?\b|consult(?:ing|ants?)\b|enterprises?$|industries$",
        ),
        (
            StakeholderKind.GOVERNMENT,
            r"minist[eèé]r|government|parliament|department|secretariat|embassy|cabinet|presiden|treasury"
            r"|municipal|city of|district|provinc|authority|bureau|directorate|agency|agencia|agence"
            r"|commission|national (?:institute|bank|council|committee|cent|statistic|service)|central bank"
            r"|bank of|police|court|office of|electoral|customs|bundesminist|statistic"
            r"|council of ministers|state ",
        ),
        (
            StakeholderKind.NGO,
            r"foundation|association|network|society|forum|federation|ngo|trust\b|alliance|union\b|council"
            r"|fundaci|fondation|stiftung|initiative|institute|cent(?:er|re)\b|caritas|oxfam|chamber",
        ),
    )
)
_STATE_BODY: Final = re.compile(r"\b(?:minist[eèé]r|ministry|government|parliament|embassy)", re.IGNORECASE)
_IATI_KINDS: Final = {
    "10": StakeholderKind.GOVERNMENT,
    "11": StakeholderKind.GOVERNMENT,
    "15": StakeholderKind.GOVERNMENT,
    "21": StakeholderKind.NGO,
    "22": StakeholderKind.NGO,
    "23": StakeholderKind.NGO,
    "24": StakeholderKind.NGO,
    "40": StakeholderKind.MULTILATERAL,
    "60": StakeholderKind.NGO,
    "70": StakeholderKind.COMPANY,
    "71": StakeholderKind.COMPANY,
    "72": StakeholderKind.COMPANY,
    "73": StakeholderKind.COMPANY,
    "80": StakeholderKind.UNIVERSITY,
}
"""IATI codelist OrganisationType; 30 (public private partnership) and 90 (other) say nothing of the kind."""


def classify(name: str, iati_type: str | None = None) -> StakeholderKind:
    """The sort of organisation.

    An IP office and a ministry, government, parliament or embassy are told by their name. Else the
    publisher's IATI organisation type decides where it says something; then the words of the name, by rules
    in this order:
    IP office, multilateral, university, innovation hub, company, government, ngo. A name
    that says nothing is taken for an NGO, the widest kind.
    """
    by_words = next((kind for kind, pattern in _RULES if pattern.search(name)), None)
    if by_words is StakeholderKind.IP_OFFICE:
        return by_words
    if _STATE_BODY.search(name):
        return StakeholderKind.GOVERNMENT
    if iati_type in _IATI_KINDS:
        return _IATI_KINDS[iati_type]
    return by_words or StakeholderKind.NGO
