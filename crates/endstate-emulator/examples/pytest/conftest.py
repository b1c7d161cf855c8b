"""Starts emulated tenants for tests, and ends them."""

import os
import shlex
import subprocess
import time

import pytest


class Emulator:
    """A running `endstate emulate`."""

    def __init__(self, folder, arguments):
        ready_file = folder / "ready"
        program = os.environ.get("ENDSTATE", "endstate")
        self.process = subprocess.Popen(
            [program, "emulate", "--ready-file", ready_file, *arguments],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        # The file appears whole, once the emulator serves.
        while not ready_file.exists():
            if self.process.poll() is not None:
                raise RuntimeError(self.process.stderr.read())
            time.sleep(0.01)
        words = [shlex.split(line) for line in ready_file.read_text().splitlines()]
        exports = dict(line[1].split("=", 1) for line in words if line[0] == "export")
        self.root = exports["ENDSTATE_SERVICE_ROOT"]
        self.token = exports["ENDSTATE_TOKEN"]

    def stop(self):
        """Ends the emulator with SIGTERM, and returns what it said."""
        self.process.terminate()
        _, said = self.process.communicate(timeout=10)
        assert self.process.returncode == 0, said
        return said


@pytest.fixture
def emulate(tmp_path_factory):
    """Starts an emulator with these arguments. A scripted fault that never fires fails the test."""
    emulators = []

    def start(*arguments):
        emulators.append(Emulator(tmp_path_factory.mktemp("emulator"), arguments))
        return emulators[-1]

    yield start
    for said in [emulator.stop() for emulator in emulators]:
        assert "never fired" not in said, said
