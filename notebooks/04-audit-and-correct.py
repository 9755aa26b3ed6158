# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown]
# # Auditing labels, and correcting a share for their errors
#
# A model's share of articles with a narrative is wrong in both directions: it misses some and invents others. If the two do not
# cancel out, no amount of data helps. The remedy is an audit: draw articles **at random**, code them **without looking** at the
# labels, and correct the share by what the audit says of the labels.
#
# Here the key of the sample press takes the coder's place (it was coded from the texts); with your own press, that is you.

# %%
from pathlib import Path

import pandas as pd
from ruamel.yaml import YAML

import framewire as fw
from framewire.summarise.audit import MIN_AUDITED, Audited, correct_share

c = fw.open("demo")
narrative = "forced_displacement"
wide = c.narratives(narrative, wide=True, language="en")
wide[narrative].value_counts(dropna=False)

# %% [markdown]
# `NA` means: the model left it open, or nothing is known. It is not "no", and it does not count as labelled below.
#
# ## Draw at random
#
# Not the doubtful ones, not the interesting ones: a sample that was chosen for its labels cannot judge them. The seed makes it
# repeatable.

# %%
relevant = wide[wide["relevant"].fillna(False).astype(bool)]
sample = relevant.sample(min(220, len(relevant)), random_state=7)
passages = c.passages(articles=sample["article_id"])
passages[["article_id", "passage", "text"]].head(4)

# %% [markdown]
# ## Code them blind
#
# A table for the coder holds the text and nothing else. Here the key fills it in.

# %%
key = YAML(typ="safe").load(Path("seeds/sample/key.yaml").read_text(encoding="utf-8"))
codes = {}
for row in key["codes"]:
    slug = row["item"].rpartition("/")[2].rpartition(":")[2]
    carried = any(n["id"] == narrative and n["voice"] != "denied" for n in row["narratives"])
    codes[slug] = codes.get(slug, False) or carried
urls = c.articles(articles=sample["article_id"]).set_index("article_id")["url"]
slugs = urls.str.rpartition("/")[2].str.partition("?")[0]
audit = sample.assign(coded=sample["article_id"].map(slugs).map(codes).astype("boolean")).dropna(subset=["coded"])
print(f"{len(audit)} of {len(sample)} drawn articles are in the key")

# %% [markdown]
# ## How often are the labels right?

# %%
audit["labelled"] = audit[narrative].fillna(False).astype(bool)
pd.crosstab(audit["labelled"], audit["coded"])

# %%
pair = pd.concat(
    [
        pd.DataFrame({"unit": audit["article_id"], "coder": who, "carried": audit[column].astype(str)})
        for who, column in (("model", "labelled"), ("coder", "coded"))
    ]
)
fw.alpha(pair, "carried", unit="unit").round(2)

# %% [markdown]
# ## The corrected share
#
# Of the articles with the label as many carry it as among the audited ones with it, and of those without as many as among the
# audited ones without (Tenenbein 1970; Angelopoulos and others 2023). Under a hundred audited articles nothing is corrected, because
# the correction would be less sure than the error.

# %%
n_labelled, total = int(relevant[narrative].fillna(False).sum()), len(relevant)
audited = [Audited(bool(a), bool(b)) for a, b in zip(audit["labelled"], audit["coded"], strict=True)]
corrected = correct_share(n_labelled, total, audited)
print(f"raw: {n_labelled} of {total}, {100 * n_labelled / max(total, 1):.0f} %")
if corrected is None:
    print(f"no correction: {len(audited)} of {MIN_AUDITED} articles audited, or too few with the label")
else:
    print(
        f"corrected: {100 * corrected.share:.0f} % (95 % interval {100 * corrected.low:.0f} to {100 * corrected.high:.0f} %)"
    )

# %% [markdown]
# Report the corrected share with its interval, the number of audited articles, and how they were drawn. The daily summaries audit two
# articles a day in the same way.
