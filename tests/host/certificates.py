"""Certificates of an authority of the tests' own, made by openssl: one for ``localhost``, one old.

In the folder are ``ca.pem``, ``server.pem`` and ``old.pem``, both of the key ``server.key``, and
``other.pem``, an authority that has signed none of them.
"""

import subprocess
from pathlib import Path

SCRIPT = """
set -e
new() { openssl ecparam -name prime256v1 -genkey -noout -out $1.key; }
new ca; new server; new other
for name in ca other; do openssl req -x509 -new -key $name.key -subj /CN=$name -days 9 -out $name.pem; done
openssl req -new -key server.key -subj /CN=localhost -out server.csr
echo subjectAltName=DNS:localhost >names
openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 9 \
    -extfile names -out server.pem
printf '[ca]\ndefault_ca=ours\n[ours]\ndatabase=index\nnew_certs_dir=.\ndefault_md=sha256\nserial=serial
policy=names\n[names]\ncommonName=supplied\n' >ca.conf
: >index
echo 01 >serial
openssl ca -batch -config ca.conf -cert ca.pem -keyfile ca.key -in server.csr -out old.pem -notext \
    -startdate 20200101000000Z -enddate 20200102000000Z -extfile names
"""  # noqa: E501


def make_certificates(folder: Path) -> None:
    """Make them in a folder."""
    subprocess.run(["sh", "-c", SCRIPT], cwd=folder, check=True, capture_output=True)
