"""Text to vectors, vectors to records, records to partnership paths."""
