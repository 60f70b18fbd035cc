/** Returns a method as a function that takes `this` first. */
module.exports = (name) => {
  const [owner, , method] = name.split(".");
  return Function.prototype.call.bind(realm.globals[owner].prototype[method]);
};
