// What the interpreter's thread and the serial line's share: a ring of received bytes and a few words.
import { readSync } from "node:fs";

export const HEAD = 0, TAIL = 1, RUNNING = 2, INTERRUPT = 3, DOG_MS = 4, WORDS = 8;
export const RING = 1 << 16;
export const CTRL_A = 1, CTRL_B = 2, CTRL_C = 3, CTRL_D = 4, CTRL_E = 5;

export class Received {
  constructor(buffer = new SharedArrayBuffer(WORDS * 4 + RING)) {
    this.buffer = buffer;
    this.words = new Int32Array(buffer, 0, WORDS);
    this.bytes = new Uint8Array(buffer, WORDS * 4, RING);
  }
  count() {
    return (Atomics.load(this.words, HEAD) - Atomics.load(this.words, TAIL)) & 0x7fffffff;
  }
  push(byte) { // false where it is full
    if (this.count() >= RING) return false;
    const head = Atomics.load(this.words, HEAD);
    this.bytes[head % RING] = byte;
    Atomics.store(this.words, HEAD, (head + 1) & 0x7fffffff);
    Atomics.notify(this.words, HEAD);
    return true;
  }
  take() { // -1 where it is empty
    if (!this.count()) return -1;
    const tail = Atomics.load(this.words, TAIL);
    const byte = this.bytes[tail % RING];
    Atomics.store(this.words, TAIL, (tail + 1) & 0x7fffffff);
    return byte;
  }
  wait() { // until a byte comes, or a Ctrl-C
    const head = Atomics.load(this.words, HEAD);
    if (!this.count() && !Atomics.load(this.words, INTERRUPT)) Atomics.wait(this.words, HEAD, head);
  }
  interrupt() {
    Atomics.store(this.words, INTERRUPT, 1);
    Atomics.notify(this.words, INTERRUPT);
    Atomics.notify(this.words, HEAD);
  }
}
