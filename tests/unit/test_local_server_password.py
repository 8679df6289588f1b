"""The managed server's password is random and safe as an argument of Neo4j's tools."""

from graph_model.local_server import new_password


def test_a_password_never_looks_like_an_option_of_a_command() -> None:
    passwords = {new_password() for _ in range(2_000)}
    assert len(passwords) == 2_000
    assert all(password.isalnum() and len(password) >= 32 for password in passwords)
