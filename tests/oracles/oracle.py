"""Asks one of the programs beside this file a list of questions, a JSON object each."""

import json
import os
import subprocess
from pathlib import Path

BUILD = Path(os.environ.get("LW_BIN", Path(__file__).parents[2] / "build" / "lw")).parent


def ask(program, questions):
    text = "".join(json.dumps(question) + "\n" for question in questions)
    done = subprocess.run([BUILD / "tests" / "oracles" / program], input=text, capture_output=True, text=True, check=True)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(questions)
    return answers
