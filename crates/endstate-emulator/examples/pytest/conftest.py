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
        # In a file: a pipe that is full would stop an emulator that says much (-v).
        self.log = folder / "log"
        with self.log.open("w") as log:
            command = [program, "emulate", "--ready-file", ready_file, *arguments]
            self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=log)
        # The file appears whole, once the emulator serves.
        while not ready_file.exists():
            if self.process.poll() is not None:
                raise RuntimeError(self.log.read_text())
            time.sleep(0.01)
        words = [shlex.split(line) for line in ready_file.read_text().splitlines()]
        exports = dict(line[1].split("=", 1) for line in words if line[0] == "export")
        self.root = exports["ENDSTATE_SERVICE_ROOT"]
        self.token = exports["ENDSTATE_TOKEN"]

    def stop(self):
        """Ends the emulator with SIGTERM, and returns its exit code and what it said."""
        self.process.terminate()
        code = self.process.wait(timeout=10)
        return code, self.log.read_text()


@pytest.fixture
def emulate(tmp_path_factory):
    """Starts an emulator with these arguments. A scripted fault that never fires fails the test."""
    emulators = []

    def start(*arguments):
        emulators.append(Emulator(tmp_path_factory.mktemp("emulator"), arguments))
        return emulators[-1]

    yield start
    for code, said in [emulator.stop() for emulator in emulators]:
        assert code == 0 and "never fired" not in said, said
