"""Node and relationship types of the partnership graph, everything derived from them, and the store."""
