"""The pages, a module a kind: each asks the workflow and renders what comes back."""
