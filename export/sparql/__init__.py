"""Read-only SPARQL over the published graph.

A keeper process holds the published graph in memory and answers each query in a fork of itself, so that the
kernel holds a query to its limits and a query that is killed costs nobody the graph. The service feeds the
keeper from the change log.
"""
