"""Writes the lock of the managed Neo4j's jars again: `python -m graph_model.lock_jars [VERSION]`.

For maintainers, when Neo4j's version is raised. jgo resolves the dependencies of the two root artifacts, one
POM after another (minutes from nothing), and every jar is downloaded once to compute its SHA-256.
"""

import hashlib
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from pathlib import Path
from typing import Any

import jgo

from graph_model.jars import LOCK_NAME, NEO4J_VERSION, Jar, format_lock

ROOTS = ("org.neo4j:neo4j", "org.neo4j.app:neo4j-server")


def resolve(version: str) -> list[Jar]:
    """The jars that the community server of this version needs at run time, sorted by coordinates."""
    # "!" asks jgo for Maven's own mediation; without it each root's managed versions bind the other's too.
    artifacts = jgo.resolve("+".join(f"{root}:{version}!" for root in ROOTS))
    with ThreadPoolExecutor(max_workers=16) as pool:
        jars = list(pool.map(_describe, artifacts))
    return sorted(jars, key=lambda jar: jar.coordinates)


def _describe(artifact: Any) -> Jar:
    content = Path(artifact.resolve()).read_bytes()
    parts = (artifact.groupId, artifact.artifactId, artifact.version, artifact.classifier)
    return Jar(":".join(part for part in parts if part), len(content), hashlib.sha256(content).hexdigest())


def main() -> None:
    """Resolve, download, hash and write the lock beside this module."""
    version = sys.argv[1] if len(sys.argv) > 1 else NEO4J_VERSION
    jars = resolve(version)
    Path(str(files("graph_model") / LOCK_NAME)).write_text(format_lock(jars), encoding="utf-8")
    print(f"{LOCK_NAME}: {len(jars)} jars, {sum(jar.size for jar in jars) / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
