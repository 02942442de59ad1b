"""What a complaint of `host` looks like: one sentence and the next step, and nothing else."""

import subprocess


def complaint(result: "subprocess.CompletedProcess[str]", code: int = 1) -> tuple[str, str]:
    """Return sentence and next step of a `host` that failed with exit code `code` as it should."""
    assert result.returncode == code, (result.returncode, result.stdout, result.stderr)
    assert result.stdout == ""
    return sentence_and_step(result.stderr)


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
