#!/bin/sh
# apprise exits with 0 although one of its two addresses was thrown away.
#
# Expected: a message that was to go to two places and went to one is a failure, as it is when a
#   well-formed address does not answer.
# Seen: an address that apprise cannot parse is logged, dropped, and the rest decides: exit code 0.
#   One address that answers and one that does not gives 4.
# Bites: a typing error in the second address of a reminder, in a cron job that looks at exit codes.
. "$(dirname "$0")/common.sh"
install_python apprise==2.3.0 requests==2.34.2

cat >try.py <<'EOF'
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

received = 0


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        global received
        self.rfile.read(int(self.headers["Content-Length"]))
        received += 1
        self.send_response(204)
        self.end_headers()

    def log_message(self, *unused: object) -> None:
        pass


server = HTTPServer(("127.0.0.1", 0), Receiver)
threading.Thread(target=server.serve_forever, daemon=True).start()
answers = f"json://127.0.0.1:{server.server_port}"
silent = "json://127.0.0.1:9"
for name, addresses in (
    ("one answers, one does not", [answers, silent]),
    ("one answers, one is misspelt", [answers, "jsom://127.0.0.1"]),
    ("the only one is misspelt", ["jsom://127.0.0.1"]),
):
    received = 0
    ended = subprocess.run(["apprise", "--body", "rest is over", *addresses], capture_output=True)
    print(f"{name}: exit code {ended.returncode}, received {received}")
EOF
expected 'an exit code other than 0 each time'
seen python try.py <<'EOF'
one answers, one does not: exit code 4, received 1
one answers, one is misspelt: exit code 0, received 1
the only one is misspelt: exit code 1, received 0
EOF
