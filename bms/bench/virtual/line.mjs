// The serial line's thread: receives, interrupts what runs when Ctrl-C comes, resets a board whose watchdog hungers.
import { Session } from "node:inspector";
import { ReadStream } from "node:tty";
import { parentPort, workerData } from "node:worker_threads";
import { CTRL_C, DOG_MS, INTERRUPT, Received, RUNNING } from "./shared.mjs";

const PATIENCE_MS = 30; // that a program gets to meet Ctrl-C in a sleep or a read, before it is stopped where it is
const DOG_EVERY_MS = 20;

const { buffer, fd, begun, bite } = workerData;
const received = new Received(buffer);
const session = new Session();
// This MicroPython asks nobody while it runs: V8's debugger stops it, and schedules the exception.
session.on("Debugger.paused", () => {
  session.post("Runtime.evaluate", { expression: "interruptBoard()" }, () => {
    session.post("Debugger.resume");
    session.disconnect();
  });
});

function stop() {
  if (!Atomics.load(received.words, INTERRUPT)) return;
  session.connectToMainThread();
  session.post("Debugger.enable");
  session.post("Debugger.pause");
}

const serial = new ReadStream(fd);
serial.on("data", (data) => {
  serial.pause();
  pass(data, 0);
});
serial.on("end", () => process.kill(process.pid, "SIGTERM"));
serial.on("error", () => process.kill(process.pid, "SIGTERM")); // whoever held the other end has gone

function pass(data, at) {
  for (; at < data.length; at++) {
    if (data[at] === CTRL_C && Atomics.load(received.words, RUNNING)) {
      received.interrupt();
      setTimeout(stop, PATIENCE_MS);
    } else if (!received.push(data[at])) {
      setTimeout(pass, 1, data, at);
      return;
    }
  }
  serial.resume();
}

parentPort.postMessage("ready");
setInterval(() => {
  const due = Atomics.load(received.words, DOG_MS);
  if (due && Date.now() - begun > due) process.kill(process.pid, bite);
}, DOG_EVERY_MS);
