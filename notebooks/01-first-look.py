# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown]
# # A first look
#
# What the demo has stored, as pandas tables. The sample press is invented: no outlet, person or report in it is real.
# Run `make demo` first, then open this file with Jupytext, or run it: `.venv/bin/python notebooks/01-first-look.py`.

# %%
import sys

import pandas as pd

import framewire as fw

pd.set_option("display.width", 120)
pd.set_option("display.max_columns", 12)
c = fw.open(sys.argv[1] if len(sys.argv) > 1 and not sys.argv[1].startswith("-") else "demo")

# %% [markdown]
# How many articles of each group of outlets, and how many of them speak of the subject?

# %%
articles = c.articles()
print(
    articles.groupby("group", observed=True)["relevant"]
    .agg(["size", "sum"])
    .rename(columns={"size": "articles", "sum": "relevant"})
)

# %% [markdown]
# Which word for what happened in September 2023, group by group? `n` is the number of mentions behind each row of shares.

# %%
print(c.compare("displacement", by="group").round(2))

# %% [markdown]
# In whose voice? An outlet that reports an accusation does not make it.

# %%
mentions = c.mentions("displacement")
print(mentions.groupby(["wording", "voice"], observed=True).size().unstack(fill_value=0))

# %% [markdown]
# Which narratives, and - where both sides are accused of the same - who is accused? Labels that the model left open are not counted.

# %%
narratives = c.narratives()
counted = narratives[narratives["state"] != "abstained"]
print(counted.groupby("narrative", observed=True)["article_id"].nunique().sort_values(ascending=False))
print(
    counted[counted["accused"].notna()]
    .groupby(["narrative", "accused"], observed=True)["article_id"]
    .nunique()
    .unstack(fill_value=0)
)

# %% [markdown]
# Where a table comes from travels with it.

# %%
print(narratives.attrs)
