"""Joins the stages; the only place where pure code meets the outside."""
