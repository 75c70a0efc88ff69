"""tools/setup: installs what is missing and only that, says so, and stops with one sentence where it cannot."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

SETUP = Path(__file__).parents[2] / "tools" / "setup"

PACKAGES = """# group package probe without
build  gcc        cmd:sh
build  libthere   pc:there
build  libnew     pc:new
build  libelse    -        bookworm,trixie,noble
check  checker    -
"""

# Programs that setup finds before the machine's own; each call is a line in calls.
STUBS = {
    "apt-get": 'echo "apt-get $*" >>"$CALLS"',
    "dpkg-query": 'for name; do case "$INSTALLED" in *" $name "*) echo "installed:$name" ;; esac; done',
    "pkg-config": '[ "$2" != new ]',
    "id": 'echo "${USER_ID:-0}"',
    "sudo": 'echo "sudo $1" >>"$CALLS"; exec "$@"',
}


@pytest.fixture
def machine(tmp_path):
    (tmp_path / "tools").mkdir()
    shutil.copy(SETUP, tmp_path / "tools" / "setup")
    (tmp_path / "tools" / "packages").write_text(PACKAGES)
    (tmp_path / "deps" / "yyjson").mkdir(parents=True)
    (tmp_path / "deps" / "yyjson" / "yyjson.c").touch()
    stubs = tmp_path / "stubs"
    stubs.mkdir()
    for name, script in STUBS.items():
        (stubs / name).write_text(f"#!/bin/sh\n{script}\n")
        (stubs / name).chmod(0o755)
    for tool in "awk cat cut dirname env grep ls mktemp rm sed sh tail tr".split():
        (stubs / tool).symlink_to(shutil.which(tool))

    def run(group="build", without=(), **environment):
        for name in without:
            (stubs / name).unlink()
        calls = tmp_path / "calls"
        calls.write_text("")
        environment = {"PATH": str(stubs), "CALLS": str(calls), "INSTALLED": " ", **environment}
        done = subprocess.run([tmp_path / "tools" / "setup", group], env=environment, capture_output=True, text=True)
        return done, calls.read_text().splitlines()

    return run


def is_supported():
    return any(f"VERSION_CODENAME={name}" in Path("/etc/os-release").read_text() for name in ("bookworm", "trixie", "noble"))


pytestmark = pytest.mark.skipif(not is_supported(), reason="not on a release that setup installs on")


def test_installs_what_is_missing_and_says_so(machine):
    done, calls = machine()
    assert done.returncode == 0, done.stderr
    assert done.stdout == "setup: installing Debian packages: libnew\n"
    assert calls[0].startswith("apt-get update") and calls[1].startswith("apt-get install --yes --no-install-recommends libnew")


def test_nothing_to_do_needs_nobody(machine):
    done, calls = machine(INSTALLED=" libnew ", USER_ID="1000", without=["sudo"])
    assert (done.returncode, done.stdout, done.stderr, calls) == (0, "", "", [])


def test_a_group_takes_in_those_before_it(machine):
    _, calls = machine("check")
    assert "libnew checker" in calls[1]


def test_a_user_goes_through_sudo(machine):
    done, calls = machine(USER_ID="1000")
    assert done.returncode == 0
    assert calls[0] == "sudo env" and calls[1].startswith("apt-get update")


def test_neither_root_nor_sudo_is_one_sentence(machine):
    done, calls = machine(USER_ID="1000", without=["sudo"])
    assert done.returncode == 1 and calls == []
    assert done.stderr == (
        "setup: these packages need root, and there is no sudo. As root, run once: apt-get install --yes --no-install-recommends libnew\n"
    )


def test_a_failed_install_is_a_failure(machine, tmp_path):
    (tmp_path / "stubs" / "apt-get").write_text("#!/bin/sh\necho 'E: no network'; exit 100\n")
    done, _ = machine()
    assert done.returncode == 1
    assert "E: no network" in done.stderr and "'apt-get update' failed" in done.stderr


def test_an_unknown_group_is_a_usage_error(machine):
    assert machine("all")[0].returncode == 2


def test_this_checkout_answers_at_once():
    done = subprocess.run([SETUP, "build"], capture_output=True, text=True, timeout=5)
    assert (done.returncode, done.stdout) == (0, "")


def test_the_web_apps_packages_run_on_the_oldest_node():
    """tools/packages promises node:18, which Debian 12 has: a tool that asks for more fails on a clean machine alone."""
    top = SETUP.parents[1]
    oldest = int(re.search(r"node:(\d+)", (top / "tools" / "packages").read_text())[1])
    for name, package in json.loads((top / "web" / "package-lock.json").read_text())["packages"].items():
        wanted = package.get("engines", {}).get("node", ">=0")
        assert any(int(re.search(r"\d+", range_)[0]) <= oldest for range_ in wanted.split("||")), f"{name} wants Node.js {wanted}"
