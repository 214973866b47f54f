"""A server by Python's websockets: greets, says back what it hears, and ends with the first connection.

python websockets_server.py [PORT]
"""

import asyncio
import os
import sys

from websockets.asyncio.server import serve


async def main() -> None:
    over = asyncio.get_running_loop().create_future()

    async def talk(socket):
        await socket.send("Hello, who are you?")
        async for message in socket:
            print(message if isinstance(message, str) else f"{len(message)} bytes", flush=True)
            await socket.send(message)
        print(f"closed: {socket.close_code} {socket.close_reason}", flush=True)
        over.set_result(None)

    port = int(sys.argv[1]) if len(sys.argv) > 1 else 8080
    async with serve(talk, os.environ["NETLAB_SERVER"], port):
        await over


asyncio.run(main())
