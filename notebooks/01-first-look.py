# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown]
# # A first look
#
# Cron has filled a database; you want to know what is in it. This notebook reads the demo: 35 days of a sample press. **The sample
# press is invented: no outlet, person or report in it is real.** Run `make demo` first and start Jupyter beside the `demo` folder;
# for your own watch, give its folder instead.

# %%
import framewire as fw

c = fw.open("demo")
c

# %% [markdown]
# ## What was collected?
#
# One row is one article. Nothing else was loaded: filters work in the database, so this is as quick on a million articles.

# %%
c.articles(limit=5)[["day", "outlet", "group", "language", "title", "state", "relevant"]]

# %%
articles = c.articles()
articles.groupby("group").agg(
    outlets=("outlet", "nunique"), articles=("article_id", "size"), relevant=("relevant", "sum")
)

# %% [markdown]
# `state` says what a label is worth: `labelled` by the model, `rules-only` where no model knows the language, `unlabelled` where
# nothing is known yet. Missing is never "no".

# %%
articles.groupby(["language", "state"]).size().unstack(fill_value=0)

# %% [markdown]
# ## Is anything missing?
#
# Before a silence is called a finding, look whether somebody was listening.

# %%
days = articles["day"].dropna().sort_values().dt.date.unique()
coverage = c.coverage(since=days[0], until=days[-2])
ax = fw.plots.coverage_calendar(coverage)

# %% [markdown]
# ## Who says what for the same thing?
#
# In September 2023 nearly all Armenians of Nagorno-Karabakh left it. Which word for that? Shares are of *all* mentions of the event,
# so each has its denominator; the small figures are 95 % intervals, for which whole articles are drawn anew, since the mentions of
# one article are alike.

# %%
c.compare("displacement", by="group").round(2)

# %% [markdown]
# A share is no fact about a group: it is what its articles of these weeks have. Where fewer than ten mentions
# stand, no share is given at all.
#
# ## In whose voice?
#
# An outlet that reports an accusation does not make it.

# %%
c.compare("displacement", by="voice", ci="wilson").query("n > 0").round(2)

# %% [markdown]
# ## Read before you count
#
# Every number leads to its texts.

# %%
c.kwic("displacement/ethnic_cleansing", limit=5)[["outlet", "left", "text", "right"]]

# %%
example = c.mentions("displacement", relevant=True, limit=1)["article_id"].iloc[0]
c.article(example)

# %% [markdown]
# ## Where a table comes from travels with it

# %%
c.mentions("displacement", group="international").attrs["query"]

# %% [markdown]
# All columns, their units, and what missing means: `docs/tables.md`. Next: `02-compare-outlets`.
