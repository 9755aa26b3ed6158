def backfill_store(*a, **k):
    raise NotImplementedError
