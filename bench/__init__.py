"""Measurements; never imported by the product. Each module is a subcommand of ``python -m bench``."""
