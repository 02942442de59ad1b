#!/bin/sh
# shtab leaves out every subcommand that has no help text, and then completes the wrong thing.
#
# Expected: argparse takes a subcommand with or without help=, and names it in its usage line; so
#   TAB offers it.
# Seen: it is not offered, and after it TAB offers the names of the other subcommands, although none
#   can follow. With help="" it works.
# Bites: a subcommand added in a hurry: it runs, its tests pass, and nobody finds it by TAB.
. "$(dirname "$0")/common.sh"
command -v bash >/dev/null || cannot 'bash is missing'
install_python shtab==1.13.0

cat >write.py <<'EOF'
import argparse
import sys
import shtab

parser = argparse.ArgumentParser(prog="demo")
commands = parser.add_subparsers()
commands.add_parser("sync", help="bring the log home")
without = {} if sys.argv[1] == "none" else {"help": ""}
status = commands.add_parser("status", **without)
status.add_argument("zone", choices=("face", "arm"))
print(shtab.complete(parser, "bash"))
EOF
cat >press_tab.sh <<'EOF'
. ./completion
press_tab() {
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
    _shtab_demo 2>/dev/null
    echo "$* TAB: ${COMPREPLY[*]}"
}
press_tab demo ''
press_tab demo status ''
EOF
cat >both.sh <<'EOF'
for help in empty none; do
    echo "help: $help"
    python write.py $help >completion
    bash press_tab.sh
done
EOF
expected 'sync status, then face arm, both times'
seen sh both.sh <<'EOF'
help: empty
demo  TAB: sync status
demo status  TAB: face arm
help: none
demo  TAB: sync
demo status  TAB: sync
EOF
