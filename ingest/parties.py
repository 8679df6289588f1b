"""The parties of a partnership from names and codes: countries, governments, organisations."""

import re
from dataclasses import dataclass, field
from typing import Final

from graph_model.errors import FieldProblem
from graph_model.nodes import StakeholderKind
from graph_model.relationships import Participation, Role
from ingest.cleaning import one_line
from ingest.knowledge import Knowledge
from ingest.organisation_names import LEADING_WORDS
from ingest.organisations import Origin

LONGEST_NAME: Final = 300
_VAGUE: Final = re.compile(
    r"""^(?:the\s+|and\s+|other\s+|others?\b|various\s+|several\s+|respective\s+|regional\s+|local\s+|national\s+
          |international\s+|all\s+|relevant\s+|small\s+and\s+medium[-\s]size[d]?\s+|african\s+|asian\s+|caribbean\s+
          |pacific\s+|arab\s+|participating\s+|private\s+|public\s+|developing\s+|partner\s+|member\s+|technical\s+)*
        (?:governments?|authorities|countries|states|ngos?|csos?|companies|company|private\s+sector|public\s+sector
          |(?:private|public)?\s*institutions?|academia|partners?|donors?|organi[sz]ations?|agencies|ministries
          |universities|enterprises|businesses|communities|stakeholders|experts|programmes?|projects?|offices?|etc
          |development\s+partners|finance\s+institutions|civil\s+society|civil\s+society\s+organi[sz]ations?|others
          |banks?|actors|institutes?|districts?|sector|multilateral|private|unknown|none|n/?a|tbd|not\s+applicable
          |not\s+specified|foundations?|associations?|think\s+tanks?|media|youth|women|farmers|water|energy)
        (?:\s+(?:in|from|across|within)\s.*)?[.]?$""",
    re.IGNORECASE | re.VERBOSE,
)
_WITHHELD: Final = re.compile(
    r"^[\W_]+$|withheld|not published|redacted|anonym|confidential|^donor country based|^private sector in"
    r"|^kein\b|^multi-?donor$|^individual donors?$|unspecified|^undefined"
    r"|^other public entities|^expenditure|^regular (?:programme|resources)",
    re.IGNORECASE,
)
_DIGIT: Final = re.compile(r"\d")
_COUNTRIES: Final = re.compile(r"\bcountries\b|\bgovernments of\b|\brespective\b", re.IGNORECASE)


def is_vague(text: str) -> bool:
    """Whether a text names no organisation in particular, or says that it will not."""
    text = text.strip(" .;,")
    if len(text) < 2 or (text.islower() and not _DIGIT.search(text)):
        return True
    return bool(_VAGUE.match(text) or _WITHHELD.search(text) or _COUNTRIES.search(text))


@dataclass(slots=True)
class Parties:
    """Collects the parties of one partnership, each once a role."""

    knowledge: Knowledge
    origin: Origin
    found: dict[tuple[str, Role], Participation] = field(default_factory=dict)
    notes: list[FieldProblem] = field(default_factory=list)

    def add(self, ref: str, role: Role) -> None:
        """A party by its reference."""
        self.found.setdefault((ref, role), Participation(party=ref, role=role))

    def has(self, ref: str) -> bool:
        """Whether it is a party already, in whatever role."""
        return any(party == ref for party, _ in self.found)

    def is_northern(self, iso3: str) -> bool:
        """Whether the country is known and not a developing one."""
        return self.knowledge.developing.get(iso3) is False

    def resolve(
        self,
        text: str,
        country: str | None = None,
        iati_type: str | None = None,
        home: str | None = None,
    ) -> str | None:
        """Reference of the country or stakeholder that a text names, None where it is vague.

        A country stands for its government. country, iati_type, home: see OrganisationResolver.resolve.
        """
        text = LEADING_WORDS.sub("", one_line(text)).strip(" .;,")
        iso3 = self.knowledge.organisations.reader.government_of(text)
        if iso3 is not None and iso3 in self.knowledge.developing:
            return f"country/{iso3}"
        if is_vague(text) or len(text) > LONGEST_NAME:
            return None
        return self.knowledge.organisations.resolve(text, self.origin, country, iati_type, home)

    def supports(self, ref: str) -> bool:
        """Whether the party is one that facilitates: a multilateral, or a Northern government or its

        agency.
        """
        type_name, _, identifier = ref.partition("/")
        if type_name == "country":
            return self.is_northern(identifier)
        organisations = self.knowledge.organisations
        if organisations.kind_of(ref) is StakeholderKind.MULTILATERAL:
            return True
        home = organisations.country_of(ref)
        return home is not None and self.is_northern(home)

    def listed(self) -> list[Participation]:
        """The parties."""
        return list(self.found.values())
