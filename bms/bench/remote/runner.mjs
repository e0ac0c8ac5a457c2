// Runs firmware on the WebAssembly MicroPython: node runner.mjs MICROPYTHON.mjs ROOT ENTRY
// The link is the process's standard input and output, as in stdio.py; what the firmware prints goes to standard error.
import { readdirSync, readFileSync, readSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [micropython, root, entry] = process.argv.slice(2);
const { loadMicroPython } = await import(pathToFileURL(micropython));
const mp = await loadMicroPython({
  heapsize: 16 * 1024 * 1024,
  linebuffer: true,
  stdout: (line) => process.stderr.write(line + "\n"),
});

function copy(from, to) {
  mp.FS.mkdirTree(to);
  for (const name of readdirSync(from)) {
    const path = join(from, name);
    if (statSync(path).isDirectory()) copy(path, `${to}/${name}`);
    // This port has no native emitters: the decorator is a syntax error there.
    else if (name.endsWith(".py")) mp.FS.writeFile(`${to}/${name}`, readFileSync(path, "utf8").replaceAll("@micropython.viper\n", "\n"));
  }
}

let pending = "";
const chunk = Buffer.alloc(1 << 16);
let told = "";

function send(text) {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; ) at += writeSync(1, bytes, at);
}

mp.registerJsModule("host", {
  ask(text) {
    send(`${told}?${text}\n`);
    told = "";
    while (!pending.includes("\n")) {
      const n = readSync(0, chunk);
      if (n === 0) process.exit(3);
      pending += chunk.toString("utf8", 0, n);
    }
    const end = pending.indexOf("\n");
    const line = pending.slice(0, end);
    pending = pending.slice(end + 1);
    return line;
  },
  tell(text) {
    told += `!${text}\n`;
    if (told.length > 1 << 16) {
      send(told);
      told = "";
    }
  },
});

copy(join(root, "firmware"), "/firmware");
copy(join(root, "bms", "bench", "remote"), "/remote");
try {
  mp.runPython(`import sys\nsys.path[:0] = ["/", "/remote"]\nimport host, stdio\nstdio.ask, stdio.tell = host.ask, host.tell\nstdio.main("${entry}")`);
  send(told);
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
