"""What came in with a file or a share besides records and entries, in words."""

from rollhost.output import units


def also_new(names: int, owners: int, rules: int) -> list[str]:
    """Return words for so many new names of cases, owners of cases, and policies; none for 0."""
    words = []
    if names:
        words.append(units.count(names, "name"))
    if owners:
        whose = "the owner" if owners == 1 else "the owners"
        words.append(f"{whose} of {units.count(owners, 'case')}")
    if rules:
        words.append("rules" if rules == 1 else f"rules, {rules:,} times")
    return words
