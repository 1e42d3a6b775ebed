"""Stores to try Ritorno on: each maker writes a folder of ordinary files, which the ordinary importers then read."""
