"""Evidence in words, in the six UN languages. Placeholders: {party}, {other}, {title}, {years},
{percent}, {rank}."""

from typing import Final

from graph_model.direction import harmless, isolated, runs_right_to_left

_RIGHT_TO_LEFT: Final = "ar"
SENTENCES: Final[dict[str, dict[str, str]]] = {
    "solved": {
        "en": "{party} was pivotal partner in “{title}”{years}, {percent} close to this need.",
        "fr": "{party} était partenaire pivot de « {title} »{years}, proche à {percent} de ce besoin.",
        "es": "{party} fue socio pivote en «{title}»{years}, cercano en un {percent} a esta necesidad.",
        "ar": "كانت {party} الشريك المحوري في «{title}»{years}، بدرجة قرب {percent} من هذه الحاجة.",
        "ru": "{party}: опорный партнёр в «{title}»{years}; близость к этой потребности {percent}.",
        "zh": "{party}曾是“{title}”{years}的枢纽伙伴，与本需求的接近度为{percent}。",
    },
    "supported": {
        "en": "{party} supported “{title}”{years}, {percent} close to this need.",
        "fr": "{party} a soutenu « {title} »{years}, proche à {percent} de ce besoin.",
        "es": "{party} apoyó «{title}»{years}, cercano en un {percent} a esta necesidad.",
        "ar": "دعمت {party} «{title}»{years}، بدرجة قرب {percent} من هذه الحاجة.",
        "ru": "{party}: поддержка «{title}»{years}; близость к этой потребности {percent}.",
        "zh": "{party}曾支持“{title}”{years}，与本需求的接近度为{percent}。",
    },
    "offers": {
        "en": "{party} offers “{title}”, {percent} close to this need.",
        "fr": "{party} offre « {title} », proche à {percent} de ce besoin.",
        "es": "{party} ofrece «{title}», cercano en un {percent} a esta necesidad.",
        "ar": "تعرض {party} «{title}»، بدرجة قرب {percent} من هذه الحاجة.",
        "ru": "{party} предлагает «{title}»; близость к этой потребности {percent}.",
        "zh": "{party}提供“{title}”，与本需求的接近度为{percent}。",
    },
    "shares": {
        "en": "{party} shares the practice “{title}”, {percent} close to this need.",
        "fr": "{party} partage la pratique « {title} », proche à {percent} de ce besoin.",
        "es": "{party} comparte la práctica «{title}», cercano en un {percent} a esta necesidad.",
        "ar": "تشارك {party} الممارسة «{title}»، بدرجة قرب {percent} من هذه الحاجة.",
        "ru": "{party} делится практикой «{title}»; близость к этой потребности {percent}.",
        "zh": "{party}分享实践“{title}”，与本需求的接近度为{percent}。",
    },
    "together": {
        "en": "{other} and {party} took part in “{title}”{years} together.",
        "fr": "{other} et {party} ont participé ensemble à « {title} »{years}.",
        "es": "{other} y {party} participaron juntos en «{title}»{years}.",
        "ar": "شاركت {other} و{party} معا في «{title}»{years}.",
        "ru": "{other} и {party} вместе участвовали в «{title}»{years}.",
        "zh": "{other}与{party}共同参与了“{title}”{years}。",
    },
    "same-cluster": {
        "en": "{party} is active in the same field: “{title}”{years}.",
        "fr": "{party} est actif dans le même domaine : « {title} »{years}.",
        "es": "{party} trabaja en el mismo ámbito: «{title}»{years}.",
        "ar": "تعمل {party} في المجال نفسه: «{title}»{years}.",
        "ru": "{party} работает в той же области: «{title}»{years}.",
        "zh": "{party}活跃于同一领域：“{title}”{years}。",
    },
    "fall": {
        "en": "Without “{title}” this triangle would fall from rank {rank} to {other}.",
        "fr": "Sans « {title} », ce triangle passerait du rang {rank} au rang {other}.",
        "es": "Sin «{title}», este triángulo pasaría del puesto {rank} al {other}.",
        "ar": "من دون «{title}» ينتقل هذا المثلث من المرتبة {rank} إلى المرتبة {other}.",
        "ru": "Без «{title}» этот треугольник перешёл бы с места {rank} на место {other}.",
        "zh": "若没有“{title}”，该三角将从第{rank}位变为第{other}位。",
    },
    "vanish": {
        "en": "Without “{title}” this triangle would not be proposed.",
        "fr": "Sans « {title} », ce triangle ne serait pas proposé.",
        "es": "Sin «{title}», este triángulo no se propondría.",
        "ar": "من دون «{title}» لا يُقترح هذا المثلث.",
        "ru": "Без «{title}» этот треугольник не был бы предложен.",
        "zh": "若没有“{title}”，该三角将不会被推荐。",
    },
    "illustrative": {
        "en": " (illustrative record)",
        "fr": " (fiche illustrative)",
        "es": " (ficha ilustrativa)",
        "ar": " (سجل توضيحي)",
        "ru": " (иллюстративная запись)",
        "zh": "（示例记录）",
    },
}


def sentence(key: str, language: str, **values: str) -> str:
    """One sentence in a language; English where the language is none of the six."""
    texts = SENTENCES[key]
    spoken = language if language in texts else "en"
    return texts[spoken].format(**{name: _within(spoken, value) for name, value in values.items()})


def _within(language: str, value: str) -> str:
    """A value as it stands in a sentence; spaces around it belong to the sentence."""
    bare = value.strip()
    if bare and (language == _RIGHT_TO_LEFT or runs_right_to_left(bare)):
        return value.replace(bare, isolated(bare), 1)
    return harmless(value)


def years(start: str | None, end: str | None) -> str:
    """A span of years in brackets, empty where neither end is known."""
    first, last = (start or "")[:4], (end or "")[:4]
    if not first and not last:
        return ""
    return f" ({first})" if first == last else f" ({first}–{last})"
