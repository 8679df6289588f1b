"""Pure functions from the declarations: Cypher, vector payloads, RDF, SHACL and JSON Schema."""
