"""The socket that the service listens on."""

import asyncio
import socket

from api.running import bind
from graph_model.settings import Settings
from tests.service.processes import free_port


def test_small_answers_are_sent_at_once() -> None:
    """With Nagle's algorithm an answer's second write waits for the client's delayed acknowledgement."""

    async def without_delay() -> bool:
        found: asyncio.Future[int] = asyncio.get_running_loop().create_future()

        def answer(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            connection = writer.get_extra_info("socket")
            found.set_result(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            writer.close()

        settings = Settings(port=free_port())
        async with await asyncio.start_server(answer, sock=bind(settings)):
            _reader, writer = await asyncio.open_connection("127.0.0.1", settings.port)
            result = await asyncio.wait_for(found, 10)
            writer.close()
            await writer.wait_closed()
        return bool(result)

    assert asyncio.run(without_delay())
