"""How many labels a codebook has given, by what they say."""

from sqlalchemy import Connection, func, select

from framewire.store.schema import labellings, mentions, narratives


def count_labels_by(conn: Connection, codebook_row_id: int) -> dict[str, int]:
    """The labels that stand in the store by a codebook: by narrative, and by `referent/wording`."""
    of_codebook = labellings.c.codebook_row_id == codebook_row_id
    told = (
        select(narratives.c.narrative, func.count())
        .select_from(narratives.join(labellings, labellings.c.id == narratives.c.labelling_id))
        .where(of_codebook)
        .group_by(narratives.c.narrative)
    )
    named = (
        select(mentions.c.referent, mentions.c.wording, func.count())
        .select_from(mentions.join(labellings, labellings.c.id == mentions.c.labelling_id))
        .where(of_codebook)
        .group_by(mentions.c.referent, mentions.c.wording)
    )
    counts = {name: int(n) for name, n in conn.execute(told)}
    return counts | {f"{referent}/{wording}": int(n) for referent, wording, n in conn.execute(named)}
