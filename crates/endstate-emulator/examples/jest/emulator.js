// Starts emulated tenants for tests, and ends them.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { access, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";

/** A running `endstate emulate`. */
export class Emulator {
  /** Starts an emulator with these arguments. */
  static async start(...args) {
    const emulator = new Emulator();
    emulator.folder = await mkdtemp(join(tmpdir(), "emulator-"));
    const readyFile = join(emulator.folder, "ready");
    const program = process.env.ENDSTATE ?? "endstate";
    const stdio = ["ignore", "ignore", "pipe"];
    emulator.process = spawn(program, ["emulate", "--ready-file", readyFile, ...args], { stdio });
    // A program that is not there is an error here.
    await once(emulator.process, "spawn");
    emulator.ended = once(emulator.process, "close");
    emulator.said = "";
    emulator.process.stderr.on("data", (text) => (emulator.said += text));

    // The file appears whole, once the emulator serves.
    while (!(await access(readyFile).then(() => true, () => false))) {
      const { exitCode, signalCode } = emulator.process;
      if (exitCode !== null || signalCode !== null) throw new Error(emulator.said || signalCode);
      await setTimeout(10);
    }
    const lines = (await readFile(readyFile, "utf8")).split("\n");
    // A value with special characters is in quotation marks.
    const exports = Object.fromEntries(lines.map((line) => line.match(/^export (\w+)='?(.*?)'?$/)?.slice(1) ?? []));
    emulator.root = exports.ENDSTATE_SERVICE_ROOT;
    emulator.token = exports.ENDSTATE_TOKEN;
    return emulator;
  }

  /** Ends the emulator with SIGTERM. A scripted fault that never fired is an error. */
  async stop() {
    this.process.kill("SIGTERM");
    const [code] = await this.ended;
    await rm(this.folder, { recursive: true });
    if (code !== 0 || this.said.includes("never fired")) throw new Error(this.said);
  }
}
