"""A client by Python's websockets: a short chat, a ping, a fragmented message, a goodbye.

python websockets_client.py [URL]
"""

import asyncio
import os
import sys

from websockets.asyncio.client import connect


async def main() -> None:
    url = sys.argv[1] if len(sys.argv) > 1 else f"ws://{os.environ['NETLAB_SERVER']}:8080/chat"
    async with connect(url, proxy=None) as socket:
        print(await socket.recv())
        await socket.send("My name is John")
        print(await socket.recv())
        await socket.send(bytes([0x00, 0xFF]))
        print(f"{len(await socket.recv())} bytes")
        await (await socket.ping("still there?"))
        await socket.send(["Good", "bye"])
        print(await socket.recv())
        await socket.close(1000, "bye")
        print(f"closed: {socket.close_code} {socket.close_reason}")


asyncio.run(main())
