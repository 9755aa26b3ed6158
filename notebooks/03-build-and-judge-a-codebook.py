# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown]
# # Building and judging a codebook
#
# A codebook is data: what is named, by which wordings, and which narratives there are. It is judged twice - by whether two people
# code alike with it, and by whether a model learns it. All passages here are invented.

# %%
import numpy as np
import pandas as pd

import framewire as fw

c = fw.open("demo")
codebook = fw.Codebook.load("demo/codebook.yaml")
codebook

# %% [markdown]
# ## One narrative, as a coder reads it

# %%
codebook.get_narrative("voluntary_departure")

# %% [markdown]
# ## Does a pattern find what it should?
#
# A concordance is the cheapest test of a pattern. `misses=True` shows also the places that a rule of the codebook keeps out, with
# the reason.

# %%
found = c.kwic("displacement/flight", misses=True, limit=300)
found["counts"] = found["reason"].isna()
found.groupby("counts").size()

# %%
found.loc[found["reason"].notna(), ["left", "text", "right", "reason"]].head(4)

# %% [markdown]
# ## Do two coders agree?
#
# Coded passages are a table: one row a narrative of a passage. A fifth of these passages was coded a second time, from the texts
# alone. Krippendorff's alpha is 1 if coders always agree and 0 if they agree as often as by chance; .80 is the usual bound for firm
# conclusions, .667 for tentative ones. (Both coders here were of one kind: this is no proof of human reliability.)

# %%
labels = fw.read_labels("demo/passages", codebook)
both = fw.read_labels("demo/passages", codebook, second=True)
agreement = fw.alpha(both, "narrative").sort_values("alpha", ascending=False)
agreement.round(2)

# %% [markdown]
# ## What does a model learn of it?
#
# Stories are split, not passages: two passages of one story are alike, and a model that has seen one has seen half of the other. To
# be quick, this learns from a part of the passages; `framewire train` takes them all.

# %%
stories = labels["story"].fillna(labels["id"])
drawn = np.random.default_rng(0).permutation(stories.unique())
train, test = (labels[stories.isin(part)] for part in (drawn[:200], drawn[200:320]))
model = fw.train(train, codebook, random_state=0)
scores = model.evaluate(test)
scores.query("f1 == f1").round(2)

# %% [markdown]
# `low` and `high` hold F1 at 95 %, stories drawn anew. A narrative with few coded passages has no score: it says little either way.
#
# ## Is a score of 0.7 right seven times in ten?
#
# On written passages, scores are low on purpose: they are set for real press, where a word that tells a story in a training passage
# may stand in plain news.

# %%
ax = fw.plots.calibration_curve(model.calibration(test))

# %% [markdown]
# ## Would more coding help?
#
# The curve of the model that is in use stands in its card. While it still rises, coding more is worth the time.

# %%
try:
    ax = fw.plots.learning_curve(c.card)
except (ValueError, fw.ModelError) as problem:
    print(problem)

# %% [markdown]
# ## Where does it fail?
#
# Read the passages that it gets wrong: most tell you about the definition, not about the model.

# %%
texts = test.drop_duplicates("id").set_index("id")
predicted = model.predict(texts["text"].tolist()).set_index(texts.index)["voluntary_departure"]
coded = test[test["narrative"] == "voluntary_departure"]["id"].unique()
table = pd.DataFrame({"score": predicted, "coded": texts.index.isin(coded), "text": texts["text"].str.slice(0, 110)})
table[table["coded"]].sort_values("score").head(4).round(2)
