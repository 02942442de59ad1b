"""A local server that takes what Apprise posts to a ``json://`` address, or refuses it."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer


class WebServer:
    """It answers with `status`; a context that ends it."""

    def __init__(self) -> None:
        self.status = 200
        self.texts: list[str] = []
        """The message of each request that was not refused."""
        self.refused = 0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                # Counted first: who waits for the answer looks at once.
                if outer.status == 200:
                    outer.texts.append(body["message"])
                else:
                    outer.refused += 1
                self.send_response(outer.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *words: object) -> None:
                """Say nothing."""

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    def address(self, secret: str = "") -> str:
        """Return its address for Apprise, with a secret in it."""
        return f"json://user:{secret or 'x'}@127.0.0.1:{self._server.server_port}/"

    def __enter__(self) -> "WebServer":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
