"""The web pages: server-rendered, in the six languages of the United Nations."""
