# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown]
# # Comparing outlets
#
# A question as a paper would put it: *do outlets of different countries name the departure of the Armenians differently, and did
# that change when a parliament chose a word?* The sample press is invented, and so are its parliament and its vote.

# %%
import framewire as fw

c = fw.open("demo")
referent = c.codebook.get_referent("displacement")
referent

# %% [markdown]
# ## Outlet by outlet
#
# The darker, the larger the share. Hatched rows have fewer than ten mentions: no number is printed, because one article more would
# turn it over.

# %%
shares = c.compare("displacement", by="outlet")
ax = fw.plots.outlets_by_wordings(shares)

# %% [markdown]
# The intervals are wide. With a dozen mentions from half as many articles, "67 %" and "30 %" need not differ. Groups pool what
# outlets are too small for, at the price of hiding who drives them:

# %%
c.compare("displacement", by="group", wide=True).round(2)

# %% [markdown]
# ## Over time
#
# `daily` counts in the database, as the daily summaries count. Weeks are put together for the plot; where labels come from another
# model or codebook, a dotted line would say so (`labelled_by` has one row here: one instrument throughout).

# %%
daily = c.daily("displacement", by="group")
ax = fw.plots.wordings_over_time(daily, breaks=c.labelled_by())

# %% [markdown]
# ## Is the change more than chance?
#
# Articles are the cases, copies of one wire text count once, and the articles of one story go together: what a single event fills the
# press with is no change of words. `q` corrects for all the comparisons made at once: of the rows with q < 0.05 about one in twenty
# may be luck.

# %%
days = daily["day"].sort_values().dt.date.unique()
changes = c.change(before=(None, days[-3]), after=days[-2])
changes.head(8).round(3)

# %% [markdown]
# ## Which story is told, and by whom?
#
# Shares of relevant articles, by voice. A narrative of which both sides accuse each other has a block for each accused side:
# opposite claims are never added up.

# %%
ax = fw.plots.narratives_by_group(c.narrative_shares(by="group"))

# %% [markdown]
# ## Same story, different words
#
# The sharpest comparison holds the event constant: articles of several outlets about one event, side by side.

# %%
stories = c.stories(since=days[-4])
stories[["story", "outlet", "title", "n_outlets"]].head(12)

# %%
mentions = c.mentions("displacement", articles=stories.query("story == 1")["article_id"])
if len(mentions):
    ax = fw.plots.story_wordings(mentions)

# %% [markdown]
# What this does **not** show: that an outlet is biased, or which word is true. It shows which word stands where, how often, in whose
# voice. The next notebook asks how good the instrument is.
