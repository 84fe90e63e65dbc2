"""Which links a rule on a service between places speaks of."""

from borderflow.policy.view import View


def routes(view: View, text: str) -> tuple[str, ...]:
    """Links of the service that a place, a pair or a list of places names.

    A pair ``A-B``: the links from one side to the other. Several places: the links from one of
    them to another. A single place: the links at it. A single country: the links across its
    border.

    Raises
    ------
    NotFoundError
        (a LookupError) If a part of the text is unknown.
    """
    sides = view.pair(text)
    if sides is not None:
        return view.links_between(*sides)
    areas = view.areas(text)
    if len(areas) == 1:
        return view.border_links(areas) if view.is_country(areas[0]) else view.links_at(areas)
    found: set[str] = set()
    for area in areas:
        found.update(view.links_between([area], [other for other in areas if other != area]))
    return tuple(sorted(found))
