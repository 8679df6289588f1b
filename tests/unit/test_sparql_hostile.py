"""Queries that are meant to harm: each is answered within the limits, and the next one as ever."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from export.sparql.keeper_process import KeeperProcess
from export.sparql.protocol import Answer, Limits, QueryRefusedError, Question
from graph_model.errors import UnavailableError

NODES = 3_000
LIMITS = Limits(seconds=2, memory_bytes=128 << 20, answer_bytes=256 << 10)
SLACK_SECONDS = 10
"""For a machine that does other work at the same time."""


def quads() -> bytes:
    """A ring of nodes, each in a graph of its own, with six edges a node."""
    lines = (
        f"<urn:n{node}> <urn:p{edge}> <urn:n{(node * 7 + edge) % NODES}> <urn:n{node}> ."
        for node in range(NODES)
        for edge in range(6)
    )
    return "\n".join(lines).encode()


@pytest.fixture(scope="module")
def keeper() -> Iterator[KeeperProcess]:
    process = KeeperProcess(LIMITS, {})
    process.update([], quads())
    yield process
    process.close()


def ask(keeper: KeeperProcess, query: str) -> Answer:
    return keeper.ask(Question(query, "urn:base", "text/csv", "application/n-triples"))


def count(keeper: KeeperProcess) -> str:
    return ask(keeper, "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }").content.decode().split()[1]


DOUBLING = " ".join(f"BIND(CONCAT(?a{step}, ?a{step}) AS ?a{step + 1})" for step in range(40))
REPLACING = " ".join(f'BIND(REPLACE(?b{step}, "x", ?b{step}) AS ?b{step + 1})' for step in range(6))
TOO_MUCH = {
    "counted cartesian product": "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }",
    "listed cartesian product": "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }",
    "sorted cartesian product": "SELECT * { ?a ?b ?c . ?d ?e ?f } ORDER BY ?f ?a",
    "distinct cartesian product": "SELECT (COUNT(DISTINCT *) AS ?n) { ?a ?b ?c . ?d ?e ?f }",
    "constructed cartesian product": "CONSTRUCT { ?a ?e ?i } { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }",
    "product of values": "SELECT * {"
    + " ".join(f"VALUES ?v{n} {{ {' '.join(map(str, range(100)))} }}" for n in range(6))
    + "}",
    "path of every length": "SELECT (COUNT(*) AS ?n) { ?a (!<urn:none>)* ?b }",
    "nested paths": "SELECT (COUNT(*) AS ?n) { ?a ((((!<urn:none>)*)+)*)+ ?b }",
    "absence of a product": "SELECT * { ?a ?b ?c FILTER NOT EXISTS { ?d ?e ?f . ?g ?h ?i FILTER(?d = 1) } }",
    "doubled text": f'SELECT (STRLEN(?a40) AS ?n) {{ BIND("0123456789abcdef" AS ?a0) {DOUBLING} }}',
    "replaced text": f'SELECT (STRLEN(?b6) AS ?n) {{ BIND("xxxxxxxxxxxxxxxx" AS ?b0) {REPLACING} }}',
    "joined text": "SELECT (GROUP_CONCAT(CONCAT(STR(?a), STR(?f))) AS ?x) { ?a ?b ?c . ?d ?e ?f }",
    "everything": "SELECT * { ?s ?p ?o }",
    "parentheses": "SELECT * { FILTER(" + "(" * 15_000 + "1" + ")" * 15_000 + ") }",
    "negations": "SELECT * { FILTER(" + "!" * 30_000 + "true) }",
    "groups": "SELECT * " + "{" * 15_000 + "}" * 15_000,
    "sums": "SELECT * { FILTER(1" + "+1" * 15_000 + ") }",
}


@pytest.mark.parametrize("query", TOO_MUCH.values(), ids=TOO_MUCH.keys())
def test_a_query_that_asks_too_much_is_ended_and_harms_no_other(keeper: KeeperProcess, query: str) -> None:
    process = keeper.process_id
    begun = time.monotonic()
    with pytest.raises(QueryRefusedError, match=r"did not end|memory|nested|larger than"):
        ask(keeper, query)
    assert time.monotonic() - begun < LIMITS.seconds + SLACK_SECONDS
    assert count(keeper) == str(6 * NODES)
    assert keeper.process_id == process


@pytest.mark.parametrize(
    "expression", ['REGEX("%s", "((a*)*)*c")' % ("a" * 20_000), 'REGEX("a", "((a{999}){999}){999}")']
)
def test_regular_expressions_take_no_time(keeper: KeeperProcess, expression: str) -> None:
    begun = time.monotonic()
    ask(keeper, f"SELECT * {{ BIND({expression} AS ?found) }}")
    assert time.monotonic() - begun < LIMITS.seconds + SLACK_SECONDS


FORBIDDEN = [
    "INSERT DATA { <urn:a> <urn:b> <urn:c> }",
    "# SELECT\nPREFIX a: <urn:a>\nDELETE WHERE { ?s ?p ?o }",
    "LOAD <file:///etc/passwd>",
    "CLEAR ALL",
    "DROP GRAPH <urn:n1>",
    "WITH <urn:n1> DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }",
    "SELECT * { SERVICE <{address}> { ?s ?p ?o } }",
    "SELECT * { SERVICE SILENT <{address}> { ?s ?p ?o } }",
    "SELECT * { BIND(<{address}> AS ?g) service ?g { ?s ?p ?o } }",
    'SELECT * { BIND("#" AS ?x) SERVICE<{address}>{ ?s ?p ?o } }',
    "SELECT * { SERVICE#>\n<{address}> { ?s ?p ?o } }",
]


@pytest.fixture(scope="module")
def listener() -> Iterator[socket.socket]:
    """A server that nobody may call."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        yield server


@pytest.mark.parametrize("query", FORBIDDEN)
def test_nothing_is_written_loaded_or_asked_elsewhere(
    keeper: KeeperProcess, listener: socket.socket, query: str
) -> None:
    address = f"http://127.0.0.1:{listener.getsockname()[1]}/"
    with pytest.raises(QueryRefusedError, match=r"only reads|asks another endpoint"):
        ask(keeper, query.replace("{address}", address))
    assert count(keeper) == str(6 * NODES)


def test_a_service_clause_that_hides_reaches_nobody(keeper: KeeperProcess, listener: socket.socket) -> None:
    address = f"http://127.0.0.1:{listener.getsockname()[1]}/"
    hidden = f"SELECT * {{ BIND(<{address}> AS ?g) BIND(2 AS ?n) FILTER(1<?n)SERVICE#>\n?g {{ ?a ?b ?c }} }}"
    with pytest.raises(QueryRefusedError):
        ask(keeper, hidden)
    with pytest.raises(TimeoutError):
        listener.accept()


@pytest.mark.parametrize("graph", ["file:///etc/passwd", "http://127.0.0.1:1/"])
def test_a_graph_from_elsewhere_is_empty(keeper: KeeperProcess, graph: str) -> None:
    assert ask(keeper, f"ASK FROM <{graph}> {{ ?s ?p ?o }}").content == b"false"
    assert ask(keeper, f"ASK {{ GRAPH <{graph}> {{ ?s ?p ?o }} }}").content == b"false"


def test_words_in_texts_names_and_comments_are_no_clauses(keeper: KeeperProcess) -> None:
    query = """# SERVICE, INSERT, FROM
        PREFIX service: <urn:SERVICE/>
        SELECT ?service (COUNT(*) AS ?from) {
          ?service ?p ?o FILTER("SERVICE <x>" != 'FROM' && ?p != service:SERVICE && \"\"\"a"FROM\"\"\" != "")
        } GROUP BY ?service LIMIT 1"""
    assert ask(keeper, query).content.decode().split()[1].endswith(",6")


def test_what_is_no_query_says_where(keeper: KeeperProcess) -> None:
    with pytest.raises(QueryRefusedError, match=r"no SPARQL 1.1 query.*1:19"):
        ask(keeper, "SELECT * { ?s ?p }")


def test_hostile_queries_at_once_leave_a_usual_one_its_turn(keeper: KeeperProcess) -> None:
    ends: list[BaseException] = []

    def attack() -> None:
        try:
            ask(keeper, TOO_MUCH["counted cartesian product"])
        except QueryRefusedError as refusal:
            ends.append(refusal)

    threads = [threading.Thread(target=attack) for _ in range(4)]
    for thread in threads:
        thread.start()
    begun = time.monotonic()
    assert count(keeper) == str(6 * NODES)
    assert time.monotonic() - begun < LIMITS.seconds + SLACK_SECONDS
    for thread in threads:
        thread.join()
    assert len(ends) == 4


def test_an_update_shows_in_the_next_query_and_in_no_earlier_one() -> None:
    process = KeeperProcess(LIMITS, {})
    try:
        process.update([], b'<urn:a> <urn:p> "old" <urn:a> .\n<urn:b> <urn:p> "kept" <urn:b> .')
        process.update(["urn:a", "urn:unknown"], b'<urn:a> <urn:p> "new" <urn:a> .')
        found = ask(process, "SELECT ?o { ?s ?p ?o } ORDER BY ?o").content.decode().split()
        assert found == ["o", "kept", "new"]
    finally:
        process.close()


def test_a_keeper_that_is_gone_is_named_as_the_reason() -> None:
    process = KeeperProcess(LIMITS, {})
    os.kill(process.process_id, signal.SIGKILL)
    with pytest.raises(UnavailableError, match="started again"):
        ask(process, "ASK {}")
    with pytest.raises(UnavailableError):
        process.update([], b"")
    process.close()
    assert not process.is_alive


def test_keeper_and_query_end_with_a_parent_that_was_killed() -> None:
    code = (
        "import threading, time\n"
        "from tests.unit.test_sparql_hostile import KeeperProcess, Limits, TOO_MUCH, ask, quads\n"
        "keeper = KeeperProcess(Limits(60, 128 << 20, 1 << 20), {})\nkeeper.update([], quads())\n"
        "query = TOO_MUCH['counted cartesian product']\n"
        "threading.Thread(target=ask, args=(keeper, query), daemon=True).start()\n"
        "time.sleep(0.5)\nprint(keeper.process_id, flush=True)\ntime.sleep(60)"
    )
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) as parent:
        assert parent.stdout is not None
        keeper = int(parent.stdout.readline())
        family = [keeper, *children_of(keeper)]
        parent.kill()
    assert len(family) == 2
    deadline = time.monotonic() + 10
    while any(is_alive(process) for process in family):
        assert time.monotonic() < deadline, "a process outlived its parent"
        time.sleep(0.05)


def children_of(process: int) -> list[int]:
    found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(process)], capture_output=True, text=True)
    return [int(line) for line in found.stdout.split()]


def is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{process}/stat")
    return not status.exists() or status.read_text().rpartition(")")[2].split()[0] != "Z"
