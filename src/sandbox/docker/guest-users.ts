/** The users that programs run as inside containers: each guest of this server has one of its own while it lives. */

import { randomInt } from "node:crypto";
import { Fault } from "../../errors.js";

/** The user ids of programs. Subordinate ids of a rootless engine often end at 65 535. The image names these users. */
const FIRST_GUEST_USER = 20_000;
const GUEST_USERS = 4_096;

/**
 * Gives out user ids. The kernel counts some resources for a user on the whole machine, such as the memory of pipes:
 * guests of one user could starve each other. A random start keeps several servers on one engine apart.
 */
export class GuestUsers {
  readonly #taken = new Set<number>();

  /** @throws {Fault} If every user has a guest. */
  take(): number {
    const start = randomInt(GUEST_USERS);
    for (let step = 0; step < GUEST_USERS; step++) {
      const user = FIRST_GUEST_USER + ((start + step) % GUEST_USERS);
      if (this.#taken.has(user)) continue;
      this.#taken.add(user);
      return user;
    }
    throw new Fault(`Cannot start a guest: there may be at most ${GUEST_USERS}, and so many run`);
  }

  /** Gives a user back once its guest is gone. */
  release(user: number): void {
    this.#taken.delete(user);
  }
}
