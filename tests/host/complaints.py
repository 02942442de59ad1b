"""What a complaint of `host` looks like: one sentence and the next step, and nothing else."""

import json
import subprocess


def complaint(result: "subprocess.CompletedProcess[str]", code: int = 1) -> tuple[str, str]:
    """Return sentence and next step of a `host` that failed with exit code `code` as it should.

    Asked for JSON, it has to say the same in a document.
    """
    assert result.returncode == code, (result.returncode, result.stdout, result.stderr)
    sentence, step = sentence_and_step(result.stderr)
    if "--json" in result.args:
        assert json.loads(result.stdout) == {
            "schema_version": 1,
            "error": {"sentence": sentence, "hint": step, "exit_code": code},
        }
    else:
        assert result.stdout == ""
    return sentence, step


def sentence_and_step(stderr: str) -> tuple[str, str]:
    """Return the sentence and the next step in what `host` said on stderr."""
    lines = stderr.splitlines()
    assert len(lines) == 2, stderr
    program, _, sentence = lines[0].partition(": ")
    assert program.split()[0] in ("host", "rollcase")
    assert sentence.endswith(".")
    assert lines[1].startswith("  ")
    assert lines[1].strip()
    return sentence, lines[1].strip()
