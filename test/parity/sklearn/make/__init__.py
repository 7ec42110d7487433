"""One module for each domain; every fixture in it is a function marked with `@fixture` (frame.py)."""
