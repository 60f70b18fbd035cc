/** Parts of Node that a program does not have. Each is refused by its name, with what to do instead. */

export function newNotHereError(name, instead) {
  return realm.newCodeError("Error", "ERR_METHOD_NOT_IMPLEMENTED", `Cannot use ${name}: ${instead}`);
}

/** Returns a function that stands in the place of one that a program does not have. */
export function notHere(name, instead) {
  const refuse = () => {
    throw newNotHereError(name, instead);
  };
  Object.defineProperty(refuse, "name", { value: name.slice(name.lastIndexOf(".") + 1) });
  return refuse;
}
