/** The streams of files and of the standard streams: the parts of Node's that programs use. */

import { newTypeError } from "./type-errors.js";

const EventEmitter = realm.load("events");

/** Gives the chunks that a function returns, until it returns null. It reads when somebody listens. */
class Readable extends EventEmitter {
  #pull;
  #encoding = null;
  #isFlowing = false;
  #isPaused = false;
  #isAsked = false;
  #isOver = false;
  readable = true;
  destroyed = false;
  readableEnded = false;

  constructor(pull) {
    super();
    this.#pull = pull;
  }

  setEncoding(encoding) {
    this.#encoding = encoding ?? "utf8";
    return this;
  }

  /** The next chunk, or null at the end. */
  takeChunk() {
    if (this.#isOver) return null;
    const chunk = this.#pull();
    if (chunk === null || chunk.length === 0) {
      this.#isOver = true;
      return null;
    }
    return this.#decode(chunk);
  }

  #rest = null;
  /** A character of several bytes may lie in two chunks. */
  #decode(chunk) {
    if (this.#encoding === null) return typeof chunk === "string" ? Buffer.from(chunk) : chunk;
    if (typeof chunk === "string") return chunk;
    if (this.#encoding !== "utf8" && this.#encoding !== "utf-8") return chunk.toString(this.#encoding);
    const bytes = this.#rest === null ? chunk : Buffer.concat([this.#rest, chunk]);
    let end = bytes.length;
    for (let back = 1; back <= 3 && back <= bytes.length; back++) {
      const byte = bytes[bytes.length - back];
      if (byte < 0x80) break;
      if (byte < 0xc0) continue;
      if (back < (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2)) end = bytes.length - back;
      break;
    }
    this.#rest = end < bytes.length ? bytes.subarray(end) : null;
    return end === 0 ? bytes.toString() : bytes.toString("utf8", 0, end);
  }

  on(name, listener) {
    super.on(name, listener);
    if (name === "data" && !this.#isPaused) this.resume();
    if (name === "readable") this.#askLater();
    return this;
  }

  addListener(name, listener) {
    return this.on(name, listener);
  }

  once(name, listener) {
    super.once(name, listener);
    if (name === "data" && !this.#isPaused) this.resume();
    if (name === "readable") this.#askLater();
    return this;
  }

  read() {
    const chunk = this.#attempt();
    if (chunk === null) this.#finishLater();
    else if (this.listenerCount("readable") > 0) this.#askLater();
    return chunk ?? null;
  }

  #attempt() {
    try {
      return this.takeChunk();
    } catch (error) {
      this.destroy(error);
      return undefined;
    }
  }

  #askLater() {
    if (this.#isAsked || this.#isOver) return;
    this.#isAsked = true;
    setImmediate(() => {
      this.#isAsked = false;
      if (!this.#isOver) this.emit("readable");
    });
  }

  resume() {
    this.#isPaused = false;
    if (this.#isFlowing || this.destroyed) return this;
    this.#isFlowing = true;
    setImmediate(() => this.#flow());
    return this;
  }

  #flow() {
    this.#isFlowing = false;
    if (this.#isPaused || this.destroyed || this.readableEnded) return;
    const chunk = this.#attempt();
    if (chunk === undefined) return;
    if (chunk === null) {
      this.#finish();
      return;
    }
    this.emit("data", chunk);
    this.resume();
  }

  #finishLater() {
    setImmediate(() => this.#finish());
  }

  #finish() {
    if (this.readableEnded || this.destroyed) return;
    this.readableEnded = true;
    this.readable = false;
    this.emit("end");
    this.emit("close");
  }

  pause() {
    this.#isPaused = true;
    return this;
  }

  isPaused() {
    return this.#isPaused;
  }

  pipe(target) {
    this.on("data", (chunk) => target.write(chunk));
    this.on("end", () => {
      if (target.isStandard !== true) target.end();
    });
    return target;
  }

  unref() {
    return this;
  }

  ref() {
    return this;
  }

  destroy(error) {
    if (this.destroyed) return this;
    this.destroyed = true;
    this.#isOver = true;
    setImmediate(() => {
      if (error !== undefined && error !== null) this.emit("error", error);
      this.emit("close");
    });
    return this;
  }

  [Symbol.for("nodejs.util.inspect.custom")]() {
    return "Readable {}";
  }

  async *[Symbol.asyncIterator]() {
    for (;;) {
      const chunk = this.takeChunk();
      if (chunk === null) break;
      yield chunk;
    }
    this.#finish();
  }
}

/** Writes each chunk at once. */
class Writable extends EventEmitter {
  #sink;
  writable = true;
  destroyed = false;
  writableEnded = false;
  bytesWritten = 0;

  constructor(sink) {
    super();
    this.#sink = sink;
    if (sink.begin !== undefined)
      setImmediate(() => this.#try(() => (sink.begin(), this.emit("open"), this.emit("ready"))));
  }

  #try(work) {
    if (this.destroyed) return false;
    try {
      work();
      return true;
    } catch (error) {
      this.destroyed = true;
      this.writable = false;
      setImmediate(() => this.emit("error", error));
      return false;
    }
  }

  write(chunk, encoding, callback) {
    const done = typeof encoding === "function" ? encoding : callback;
    if (this.writableEnded) {
      const error = realm.newCodeError("Error", "ERR_STREAM_WRITE_AFTER_END", "write after end");
      setImmediate(() => this.emit("error", error));
      return false;
    }
    if (typeof chunk !== "string" && !ArrayBuffer.isView(chunk))
      throw newTypeError("chunk", "of type string or an instance of Buffer, TypedArray, or DataView", chunk);
    const isWritten = this.#try(() => {
      this.bytesWritten += this.#sink.write(chunk, typeof encoding === "string" ? encoding : undefined) ?? 0;
    });
    if (typeof done === "function") setImmediate(() => done());
    return isWritten;
  }

  end(chunk, encoding, callback) {
    const done = [chunk, encoding, callback].find((one) => typeof one === "function");
    if (chunk !== undefined && chunk !== null && typeof chunk !== "function")
      this.write(chunk, typeof encoding === "string" ? encoding : undefined);
    if (this.writableEnded) return this;
    this.writableEnded = true;
    this.writable = false;
    if (this.#try(() => this.#sink.end?.()))
      setImmediate(() => {
        this.emit("finish");
        if (done !== undefined) done();
        this.emit("close");
      });
    return this;
  }

  close(callback) {
    return this.end(callback);
  }

  destroy() {
    return this.end();
  }

  [Symbol.for("nodejs.util.inspect.custom")]() {
    return "Writable {}";
  }

  cork() {}
  uncork() {}
  setDefaultEncoding() {
    return this;
  }
}

export default { Readable, Writable };
