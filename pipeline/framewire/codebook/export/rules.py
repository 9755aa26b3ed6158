"""Coding rules as blocks: a text that its author laid out by indents, read as paragraphs and lists."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, or one item of a list."""

    text: str
    is_item: bool


def split_rules(text: str) -> list[Block]:
    """The blocks of a text.

    A line that begins at the margin begins a paragraph. Indented lines go on with the block above; below a line that ends
    with a colon, those of the first indent are items, unless the item above ends with a colon itself. Lines that begin with
    a hyphen or a star are items anywhere.
    """
    blocks: list[Block] = []
    item_indent: int | None = None
    for line in text.splitlines():
        words = line.strip()
        indent = len(line) - len(line.lstrip())
        ends_open = bool(blocks) and blocks[-1].text.endswith(":")
        opens_list = ends_open and not blocks[-1].is_item
        starts_item = indent == item_indent and not ends_open
        if not words:
            item_indent = None
            blocks.append(Block("", is_item=False))
        elif words.startswith(("- ", "* ")):
            blocks.append(Block(words[2:].strip(), is_item=True))
        elif indent and (starts_item or (item_indent is None and opens_list)):
            item_indent = indent
            blocks.append(Block(words, is_item=True))
        elif indent and blocks and blocks[-1].text:
            blocks[-1] = Block(f"{blocks[-1].text} {words}", is_item=blocks[-1].is_item)
        else:
            item_indent = None
            blocks.append(Block(words, is_item=False))
    return [block for block in blocks if block.text]
