"""A process that serves the example's names: ``python -m tests.support.dns_server PORT``.

For clients that need a network namespace of their own, where the tests' own process is not.
"""

import asyncio
import sys
import time

from federation.dns_face.respond import Responder
from federation.dns_face.serve import Place, open_face
from tests.support.dns_source import answerer, example


async def serve(port: int) -> None:
    source = example()
    source.seen = int(time.time())
    async with open_face(Responder(answerer(source), None, time.time), Place(port=port), None):
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
