/** The modules `node:readline` and `node:readline/promises`, over a stream of text. */

const EventEmitter = realm.load("events");
const END = /\r\n|\n|\r/;

/** Gives the lines of a stream when somebody asks for them, so that no line is lost between two questions. */
class Interface extends EventEmitter {
  #input;
  #output;
  #text = "";
  #isOver = false;
  #isPumping = false;
  #isPaused = false;
  #questions = [];
  #prompt = "> ";
  line = "";
  closed = false;
  terminal = false;

  constructor({ input, output, prompt }) {
    super();
    if (input === undefined || input === null) {
      const message = 'The "input" argument must be a stream, such as process.stdin';
      throw realm.newCodeError("TypeError", "ERR_INVALID_ARG_TYPE", message);
    }
    this.#input = input;
    this.#output = output;
    if (prompt !== undefined) this.#prompt = `${prompt}`;
    if (typeof input.takeChunk === "function") input.setEncoding("utf8");
    else this.#listen(input);
  }

  /** A stream that a program has made gives its chunks when it likes. */
  #listen(input) {
    this.#isOver = null;
    input.on("data", (chunk) => {
      this.#text += `${chunk}`;
      this.#pumpLater();
    });
    input.on("end", () => {
      this.#isOver = true;
      this.#pumpLater();
    });
  }

  /** The next line; null at the end, undefined if it has not come yet. */
  #nextLine() {
    for (;;) {
      const found = END.exec(this.#text);
      // A line end at the end of a chunk may go on in the next one.
      if (found !== null && (found[0] !== "\r" || found.index + 1 < this.#text.length || this.#isOver)) {
        const line = this.#text.slice(0, found.index);
        this.#text = this.#text.slice(found.index + found[0].length);
        return line;
      }
      if (this.#isOver) {
        const line = this.#text === "" ? null : this.#text;
        this.#text = "";
        return line;
      }
      if (this.#isOver === null) return undefined;
      const chunk = this.#input.takeChunk();
      if (chunk === null) this.#isOver = true;
      else this.#text += chunk;
    }
  }

  on(name, listener) {
    super.on(name, listener);
    if (name === "line") this.#pumpLater();
    return this;
  }

  addListener(name, listener) {
    return this.on(name, listener);
  }

  once(name, listener) {
    super.once(name, listener);
    if (name === "line") this.#pumpLater();
    return this;
  }

  #pumpLater() {
    if (this.#isPumping) return;
    this.#isPumping = true;
    setImmediate(() => {
      this.#isPumping = false;
      this.#pump();
    });
  }

  #pump() {
    while (!this.closed && !this.#isPaused && (this.#questions.length > 0 || this.listenerCount("line") > 0)) {
      const line = this.#nextLine();
      if (line === undefined) return;
      if (line === null) {
        this.close();
        return;
      }
      const answer = this.#questions.shift();
      this.line = line;
      if (answer === undefined) this.emit("line", line);
      else answer(line);
      // An answer may ask again in a microtask.
      if (answer !== undefined) return this.#pumpLater();
    }
  }

  question(query, options, callback) {
    const answer = typeof options === "function" ? options : callback;
    if (this.closed) throw realm.newCodeError("Error", "ERR_USE_AFTER_CLOSE", "readline was closed");
    this.#show(query);
    this.#questions.push(answer);
    this.#pumpLater();
  }

  setPrompt(prompt) {
    this.#prompt = `${prompt}`;
  }

  getPrompt() {
    return this.#prompt;
  }

  prompt() {
    this.#show(this.#prompt);
    this.#pumpLater();
  }

  #show(text) {
    this.#output?.write(`${text}`);
  }

  write(text) {
    this.#show(text ?? "");
  }

  pause() {
    this.#isPaused = true;
    this.emit("pause");
    return this;
  }

  resume() {
    this.#isPaused = false;
    this.emit("resume");
    this.#pumpLater();
    return this;
  }

  close() {
    if (this.closed) return;
    this.closed = true;
    this.emit("close");
  }

  async *[Symbol.asyncIterator]() {
    const came = [];
    let wake = null;
    try {
      for (;;) {
        if (this.closed && came.length === 0) return;
        const line = this.closed ? null : this.#nextLine();
        if (line === null) return;
        if (line !== undefined) yield line;
        else
          await new Promise((resolve) => {
            wake = resolve;
            this.#input.once("data", wake);
            this.#input.once("end", wake);
          });
      }
    } finally {
      this.close();
    }
  }

  [Symbol.for("nodejs.util.inspect.custom")]() {
    return "Interface {}";
  }

  [Symbol.dispose ?? Symbol.for("dispose")]() {
    this.close();
  }
}

Interface.prototype.question[Symbol.for("nodejs.util.promisify.custom")] = function (query) {
  return new Promise((resolve) => this.question(query, resolve));
};

/** Returns an interface whose questions are promises. */
function withPromises(one) {
  const ask = one.question;
  const value = (query, options) =>
    new Promise((resolve, reject) => {
      options?.signal?.addEventListener("abort", () => reject(options.signal.reason), { once: true });
      ask.call(one, query, resolve);
    });
  return Object.defineProperty(one, "question", { value, writable: true, configurable: true });
}

function optionsOf(input, output) {
  return typeof input?.on === "function" ? { input, output } : (input ?? {});
}

const clear = (stream, text) => {
  stream?.write?.(text);
  return true;
};
const cursor = {
  clearLine: (stream) => clear(stream, "\u001b[2K"),
  clearScreenDown: (stream) => clear(stream, "\u001b[0J"),
  cursorTo: (stream, x, y) => clear(stream, typeof y === "number" ? `\u001b[${y + 1};${x + 1}H` : `\u001b[${x + 1}G`),
  moveCursor: () => true,
  emitKeypressEvents: () => undefined,
};

export default {
  Interface,
  createInterface: (input, output) => new Interface(optionsOf(input, output)),
  ...cursor,
  promises: {
    Interface,
    createInterface: (input, output) => withPromises(new Interface(optionsOf(input, output))),
  },
};
