// A board: MicroPython behind a serial line. node board.mjs MICROPYTHON.mjs FOLDER MODE CAUSE UID LINE [ASK TOLD]
// MODE: friendly or raw, the REPL that comes after boot.py; CAUSE: machine.reset_cause(); UID: hex. The rest are open
// files: the line, and the two over which the board's wires ask the host, a line a question. How it ends says how it
// starts again: SOFT and SOFT_RAW after a soft reset, HARD after machine.reset(), BITE by the watchdog.
import { readFileSync, readSync, writeSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import { flash } from "./flash.mjs";
import { CTRL_A, CTRL_B, CTRL_C, CTRL_D, CTRL_E, DOG_MS, INTERRUPT, Received, RUNNING } from "./shared.mjs";

const SOFT = 10, SOFT_RAW = 11, HARD = 12, BITE = "SIGALRM";
const HEAP_BYTES = 1024 * 1024, FLASH_BYTES = 1408 * 1024; // flash: as a Pico's
const PASTE_BYTES = 512; // window of the raw paste
const EINTR = 27; // WASI's
const DEAF_MS = 500; // after that the board writes on for nobody, as over USB

const [micropython, folder, mode, cause, uid, ...files] = process.argv.slice(2);
const [LINE, ASK, TOLD] = files.map(Number);
const text = (name) => readFileSync(new URL(name, import.meta.url), "utf8");
const begun = Date.now();
const received = new Received();
const { words } = received;

let deaf = false;
let unsaid = 0; // bytes of MicroPython's that are not for the line
let said = "";

function send(data) {
  if (unsaid) {
    const cut = Math.min(unsaid, data.length);
    unsaid -= cut;
    data = data.subarray(cut);
  }
  said = (said + data.toString("latin1")).slice(-64);
  const until = Date.now() + (deaf ? 0 : DEAF_MS);
  for (let at = 0; at < data.length; ) {
    try {
      at += writeSync(LINE, data, at);
      deaf = false;
    } catch (error) {
      if (error.code !== "EAGAIN") process.exit(0);
      if (Date.now() >= until) {
        deaf = true;
        return;
      }
      Atomics.wait(words, INTERRUPT, Atomics.load(words, INTERRUPT), 1);
    }
  }
}
const say = (text) => send(Buffer.from(text, "latin1"));

function interruptBoard() {
  if (!Atomics.exchange(words, INTERRUPT, 0)) return;
  if (mp._module._mp_hal_get_interrupt_char() === CTRL_C) mp._module._mp_sched_keyboard_interrupt();
  else received.push(CTRL_C); // a program that asked for it with micropython.kbd_intr(-1)
}
globalThis.interruptBoard = interruptBoard; // for the debugger: line.mjs

function heard() { // a byte; undefined where Ctrl-C came instead
  for (;;) {
    const byte = received.take();
    if (byte >= 0) return byte;
    if (Atomics.load(words, INTERRUPT)) {
      interruptBoard();
      if (!received.count()) return undefined;
    }
    received.wait();
  }
}

const { loadMicroPython } = await import(pathToFileURL(micropython));
const mp = await loadMicroPython({ heapsize: HEAP_BYTES, linebuffer: false, stdout: () => 0 });
const out = mp.FS.streams[1];
out.stream_ops = {
  ...out.stream_ops,
  write(_, buffer, offset, length) {
    const printed = Buffer.from(buffer.buffer, offset, length).toString("latin1");
    say(printed.replace(/\r?\n/g, "\r\n")); // as every board's console does
    return length;
  },
};
const input = mp.FS.streams[0];
input.stream_ops = {
  ...input.stream_ops,
  poll: () => (received.count() ? 1 : 0),
  read(_, buffer, offset, length) {
    for (let at = 0; at < length; at++) {
      const byte = heard();
      if (byte === undefined) throw new mp.FS.ErrnoError(EINTR); // KeyboardInterrupt is raised then
      buffer[offset + at] = byte;
    }
    return length;
  },
};

let pending = "";
const chunk = Buffer.alloc(1 << 16);
const virtual = {
  start: text("start.py"),
  machine: text("machine.py"),
  cause: Number(cause),
  uid,
  wired: ASK !== undefined,
  sleep_ms(ms) {
    const end = Date.now() + ms;
    for (let left = ms; left > 0; left = end - Date.now()) {
      Atomics.wait(words, INTERRUPT, 0, left);
      if (Atomics.load(words, INTERRUPT)) {
        interruptBoard();
        return;
      }
    }
  },
  feed: (ms) => Atomics.store(words, DOG_MS, Date.now() - begun + ms),
  reset: () => process.exit(HARD),
  wire(text) {
    writeSync(ASK, text + "\n");
    while (!pending.includes("\n")) {
      const n = readSync(TOLD, chunk);
      if (n === 0) process.exit(0);
      pending += chunk.toString("utf8", 0, n);
    }
    const end = pending.indexOf("\n");
    const line = pending.slice(0, end);
    pending = pending.slice(end + 1);
    return line;
  },
};
mp.registerJsModule("_virtual", virtual);

mp.FS.mkdir("/flash");
mp.FS.mount(flash(mp.FS, folder, FLASH_BYTES), {}, "/flash");
mp.runPython('import _virtual\nexec(_virtual.start, {"__name__": "start"})\ndel _virtual');

const worker = new Worker(new URL("line.mjs", import.meta.url), { workerData: { buffer: received.buffer, fd: LINE, begun, bite: BITE } });
await new Promise((resolve) => worker.once("message", resolve));

function running(work) { // a program, which Ctrl-C stops
  Atomics.store(words, RUNNING, 1);
  try {
    return work();
  } finally {
    Atomics.store(words, RUNNING, 0);
    if (Atomics.exchange(words, INTERRUPT, 0)) received.push(CTRL_C);
  }
}

function restart(raw) {
  say("MPY: soft reboot\r\n");
  process.exit(raw ? SOFT_RAW : SOFT);
}

let raw = mode === "raw";
if (running(() => virtual.begin(raw))) restart(raw);
if (raw) unsaid = 1 << 30; // the friendly greeting
mp.replInit();
if (raw) {
  mp.replProcessChar(CTRL_A);
  unsaid = 0;
  say("raw REPL; CTRL-B to exit\r\n>");
}

let line = 0; // bytes of the raw REPL's command so far
function repl(byte) {
  const starts = raw ? byte === CTRL_D : byte === 13 || byte === 10 || byte === CTRL_D;
  const ended = starts ? running(() => mp.replProcessChar(byte)) : mp.replProcessChar(byte);
  if (ended) restart(raw);
  line = raw && byte > CTRL_D ? line + 1 : 0;
  if (byte === CTRL_A && said.endsWith("CTRL-B to exit\r\n>")) raw = true;
  if (byte === CTRL_B) raw = false;
}

function next() {
  for (;;) {
    const byte = heard();
    if (byte !== undefined) return byte;
  }
}

function paste() { // this port's own has no console to read from
  say(`R\x01${String.fromCharCode(PASTE_BYTES & 255, PASTE_BYTES >> 8)}\x01`);
  const code = [];
  for (let byte = next(); byte !== CTRL_D; byte = next()) {
    if (byte === CTRL_C) {
      say("\x04\x04KeyboardInterrupt: \r\n\x04>");
      return;
    }
    code.push(byte);
    if (code.length % PASTE_BYTES === 0) say("\x01");
  }
  say("\x04");
  for (const byte of code) mp.replProcessChar(byte);
  unsaid = 2; // the OK of a command that was not pasted
  repl(CTRL_D);
}

for (;;) {
  const byte = next();
  if (!raw || line || byte !== CTRL_E) {
    repl(byte);
    continue;
  }
  const what = [next(), next()];
  if (what[0] === 65 && what[1] === CTRL_A) paste();
  else for (const each of [byte, ...what]) repl(each);
}
