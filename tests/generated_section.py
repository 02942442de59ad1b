"""The part of a document that a program writes: what stands between two comments of it."""


def replaced(text: str, name: str, maker: str, section: str) -> str:
    """Return the document with another text between its two comments.

    `name` is what the comments call the section, `maker` the program's path from the root.
    Raises `ValueError` if the document does not have both comments, each once.
    """
    begin, end = f"<!-- {name}: made by {maker} -->\n", f"<!-- The end of {name.lower()} -->\n"
    before, found, rest = text.partition(begin)
    _, ended, after = rest.partition(end)
    if not found or not ended or begin in after or end in after:
        raise ValueError(f"The section {name!r} is not there once.")
    return f"{before}{begin}\n{section.strip()}\n\n{end}{after}"
