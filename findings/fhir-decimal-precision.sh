#!/bin/sh
# fhir.resources drops the trailing zero of a measurement, which FHIR counts as part of the value.
#
# Expected: FHIR's decimal keeps its precision: 1.50 mm says more than 1.5 mm, and software should
#   give it back as it came (FHIR, data types, decimal). The field is a Decimal, which can do that.
# Seen: reading JSON goes through a float before it becomes a Decimal, and writing through one again:
#   1.50 comes back as 1.5, and of 20 digits 17 are left.
# Bites: signatures and hashes over a resource, and any reader that takes digits for accuracy.
. "$(dirname "$0")/common.sh"
install_python fhir.resources==8.3.0 fhir-core==1.1.12 pydantic==2.14.4

cat >try.py <<'EOF'
from decimal import Decimal
from fhir.resources.quantity import Quantity

for text in ("1.50", "0.12345678901234567890"):
    read = Quantity.model_validate_json('{"value":%s,"unit":"mm"}' % text)
    print(f"JSON {text} read as {read.value!r}, written as {read.model_dump_json()}")
made = Quantity(value=Decimal("1.50"), unit="mm")
print(f"{made.value!r} written as {made.model_dump_json()}")
EOF
expected 'each number as it came'
seen python try.py <<'EOF'
JSON 1.50 read as Decimal('1.5'), written as {"value":1.5,"unit":"mm"}
JSON 0.12345678901234567890 read as Decimal('0.12345678901234568'), written as {"value":0.12345678901234568,"unit":"mm"}
Decimal('1.50') written as {"value":1.5,"unit":"mm"}
EOF
