"""Archives of any size, labelled piece by piece by several processes or machines, into Parquet by day or into the store.

A piece is a stretch of one file with a fixed name. Whoever labels it writes one file whole or not at all; when all pieces
are there, one process puts their articles into days, each article once. Killed anywhere, the same command goes on.
"""
