"""Sends what a blocking function writes to a file, as it is written, in constant memory."""

import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from io import RawIOBase
from typing import IO, Any, Final, cast

_CHUNK_BYTES: Final = 1 << 16
_CHUNKS_AHEAD: Final = 8
_LOOK_SECONDS: Final = 0.5


class WriterStream:
    """The bytes that a function writes, which runs in a thread of its own, a little ahead of the reader.

    The constructor waits for the first of them, so that what fails at once raises here and no half answer
    leaves. Later failures raise in the iteration. Closing makes the function's next write fail.
    """

    def __init__(self, write: Callable[[IO[bytes]], None]) -> None:
        self._chunks: queue.Queue[bytes | BaseException | None] = queue.Queue(_CHUNKS_AHEAD)
        self._closed = threading.Event()
        self._write = write
        threading.Thread(target=self._run, name="export-stream", daemon=True).start()
        self._first = self._chunks.get()
        if isinstance(self._first, BaseException):
            raise self._first

    def __iter__(self) -> Iterator[bytes]:
        chunk = self._first
        try:
            while chunk is not None:
                if isinstance(chunk, BaseException):
                    raise chunk
                yield chunk
                chunk = self._chunks.get()
        finally:
            self.close()

    def close(self) -> None:
        """Nobody reads any more."""
        self._closed.set()

    def _run(self) -> None:
        end: BaseException | None = None
        file = _ChunkFile(self._put)
        try:
            self._write(cast(IO[bytes], file))
            file.send()
        except BaseException as error:  # noqa: BLE001 -- raised again where the stream is read
            end = error
        with suppress(BrokenPipeError):
            self._put(end)

    def _put(self, chunk: bytes | BaseException | None) -> None:
        while not self._closed.is_set():
            try:
                self._chunks.put(chunk, timeout=_LOOK_SECONDS)
            except queue.Full:
                continue
            return
        raise BrokenPipeError("the reader has gone")


class _ChunkFile(RawIOBase):
    """Gathers small writes into chunks."""

    def __init__(self, put: Callable[[bytes], None]) -> None:
        self._put = put
        self._buffer = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._buffer += data
        if len(self._buffer) >= _CHUNK_BYTES:
            self.send()
        return len(data)

    def send(self) -> None:
        """Pass on what was gathered."""
        if self._buffer:
            self._put(bytes(self._buffer))
            self._buffer.clear()
