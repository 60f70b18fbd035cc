/** The standard input of the present call, of which a part was read. Each call of a session has its own. */

let state = { run: 0, bytes: null, at: 0 };

function present() {
  const run = realm.runCount();
  if (state.run !== run) state = { run, bytes: null, at: 0 };
  return state;
}

export default {
  /** Fills a view with the next bytes. Returns how many there were. */
  read(view) {
    const stdin = present();
    stdin.bytes ??= Buffer.from(realm.stdinText());
    const part = stdin.bytes.subarray(stdin.at, stdin.at + view.length);
    view.set(part);
    stdin.at += part.length;
    return part.length;
  },

  /** Takes the text that was not read yet. */
  takeText() {
    const stdin = present();
    const text = stdin.bytes === null ? realm.stdinText() : stdin.bytes.subarray(stdin.at).toString();
    stdin.bytes = Buffer.alloc(0);
    stdin.at = 0;
    return text;
  },
};
