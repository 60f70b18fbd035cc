import type Docker from "dockerode";
import { describe, expect, it } from "vitest";
import { Orphans, rhythmOf } from "../../../src/sandbox/docker/orphans.js";
import { guestLabels, guestName, heartbeatLabels, heartbeatName } from "../../../src/sandbox/docker/ownership.js";

const [OWN, OTHER, THIRD] = ["1", "2", "3"].map((digit) => `${digit.repeat(8)}-1111-4111-8111-${digit.repeat(12)}`) as [
  string,
  string,
  string,
];
const RHYTHM = rhythmOf(30_000);
const START = 1_800_000_000_000;

const guest = (server: string, number = 1, State = "running"): Docker.ContainerInfo =>
  ({
    Id: `guest-${server[0]}-${number}`,
    Names: [`/${guestName(server, number)}`],
    Labels: guestLabels(server, "python"),
    State,
  }) as unknown as Docker.ContainerInfo;

const heartbeat = (server: string, time: number): Docker.ContainerInfo =>
  ({
    Id: `heartbeat-${server[0]}`,
    Names: [`/${heartbeatName(server, time)}`],
    Labels: heartbeatLabels(server),
    State: "created",
  }) as unknown as Docker.ContainerInfo;

/** One server's looks at an engine. Times are seconds after the start; the engine's clock may be ahead of the own. */
function observer() {
  const orphans = new Orphans(OWN, RHYTHM);
  return (seconds: number, containers: readonly Docker.ContainerInfo[], engineAhead = 0) =>
    orphans.look(containers, START + (seconds + engineAhead) * 1_000, seconds * 1_000);
}

const beat = (server: string, seconds: number): Docker.ContainerInfo => heartbeat(server, START + seconds * 1_000);

/** When the guest of a server that died at 0 is an orphan, if another one looks at these times. */
function foundAt(times: readonly number[], containers: readonly Docker.ContainerInfo[]): number | undefined {
  const look = observer();
  return times.find((time) => look(time, containers).orphans.includes(guest(OTHER).Id));
}

describe("the guests of a dead server", () => {
  it.each([0, 7, 15, 23, 29.9])(
    "are orphans before 2 minutes, for looks every 30 s with the first at %s s",
    (first) => {
      const times = Array.from({ length: 10 }, (_, step) => first + 30 * step);
      for (const left of [[guest(OTHER), beat(OTHER, 0)], [guest(OTHER)]]) {
        const found = foundAt(times, left);
        expect(found).toBeGreaterThan(45);
        expect(found).toBeLessThanOrEqual(105);
      }
    },
  );

  it("are orphans within 45 s of the start of another server, with the heartbeat", () => {
    const look = observer();
    const left = [guest(OTHER), guest(OTHER, 2, "paused"), beat(OTHER, -200)];
    expect(look(0, left)).toEqual({ orphans: [], stopped: [], isFirst: true });
    expect(look(12, left)).toEqual({ orphans: [], stopped: [], isFirst: false });
    expect(look(42, left)).toEqual({ orphans: left.map(({ Id }) => Id), stopped: [], isFirst: false });
  });

  it("are orphans although the engine's clock was set back by an hour", () => {
    const look = observer();
    const left = [guest(OTHER), beat(OTHER, 3_600)];
    const found = [0, 30, 60, 90].find((time) => look(time, left).orphans.length > 0);
    expect(found).toBe(90);
  });

  it("are stopped ones if they have stopped", () => {
    const look = observer();
    const left = [guest(OTHER, 1, "exited"), guest(OTHER, 2, "created"), guest(OTHER, 3, "dead"), beat(OTHER, -200)];
    look(0, left);
    look(12, left);
    expect(look(42, left)).toMatchObject({ orphans: ["heartbeat-2"], stopped: left.slice(0, 3) });
  });
});

describe("the guests of a live server are spared", () => {
  it("while it beats, whatever the engine's clock says", () => {
    for (const ahead of [-86_400, 0, 86_400]) {
      const look = observer();
      for (let time = 0; time < 600; time += 30) {
        const containers = [guest(OTHER), beat(OTHER, time - 29 + ahead), guest(THIRD), beat(THIRD, time - 1 + ahead)];
        expect(look(time, containers, ahead).orphans).toEqual([]);
      }
    }
  });

  it("if one beat fails", () => {
    const look = observer();
    for (let time = 0; time < 600; time += 30) {
      const last = Math.floor(time / 60) * 60 - 10;
      expect(look(time, [guest(OTHER), beat(OTHER, last)]).orphans).toEqual([]);
    }
  });

  it("if its heartbeat is not there yet, or was pruned and comes again", () => {
    const look = observer();
    expect(look(0, [guest(OTHER)]).orphans).toEqual([]);
    expect(look(30, [guest(OTHER), beat(OTHER, 5)]).orphans).toEqual([]);
    expect(look(60, [guest(OTHER)]).orphans).toEqual([]);
    expect(look(90, [guest(OTHER)]).orphans).toEqual([]);
    expect(look(120, [guest(OTHER), beat(OTHER, 95)]).orphans).toEqual([]);
  });

  it("after the whole machine has slept: nobody has beaten for an hour, and each beats again", () => {
    const look = observer();
    look(0, [guest(OTHER), beat(OTHER, -5)]);
    look(30, [guest(OTHER), beat(OTHER, 25)]);
    // The own clock may stand still in the sleep. The engine's goes on.
    expect(look(60, [guest(OTHER), beat(OTHER, 25)], 3_600)).toMatchObject({ orphans: [], isFirst: true });
    expect(look(75, [guest(OTHER), beat(OTHER, 25 + 3_640)], 3_600).orphans).toEqual([]);
  });

  it("after this server alone was stopped", () => {
    const look = observer();
    look(0, [guest(OTHER), beat(OTHER, -5)]);
    expect(look(400, [guest(OTHER), beat(OTHER, 390)]).orphans).toEqual([]);
    expect(look(412, [guest(OTHER), beat(OTHER, 390)]).orphans).toEqual([]);
  });

  it("if the engine's clock was set forward and it beats only later", () => {
    for (let phase = 0; phase < 30; phase++) {
      const look = observer();
      look(0, [guest(OTHER), beat(OTHER, phase - 30)]);
      look(30, [guest(OTHER), beat(OTHER, phase)]);
      for (const time of [60, 72, 102, 132]) {
        const beats = Math.floor((time - phase) / 30) * 30 + phase;
        const last = beats > 60 ? beats + 600 : phase + 30;
        expect(look(time, [guest(OTHER), beat(OTHER, last)], 600).orphans, `phase ${phase}, ${time} s`).toEqual([]);
      }
    }
  });

  it("if the engine was away and comes back", () => {
    for (let late = 0; late <= 35; late++) {
      const look = observer();
      look(0, [guest(OTHER), beat(OTHER, -5)]);
      for (const time of [200, 212, 242, 272]) {
        const last = time >= 200 + late ? 200 + late : 25;
        expect(look(time, [guest(OTHER), beat(OTHER, last)]).orphans, `${late} s late, ${time} s`).toEqual([]);
      }
    }
  });

  it("if it is this server itself, without a heartbeat", () => {
    const look = observer();
    for (let time = 0; time < 600; time += 30) expect(look(time, [guest(OWN)]).orphans).toEqual([]);
  });
});

describe("a container of another maker is never touched", () => {
  const named = (name: string, Labels: Record<string, string>, State = "running"): Docker.ContainerInfo =>
    ({ Id: "foreign", Names: [name], Labels, State }) as unknown as Docker.ContainerInfo;
  it.each([
    ["the name of a guest, no labels", named(`/${guestName(OTHER, 1)}`, {})],
    ["the labels of a guest, another name", named("/my-python", guestLabels(OTHER, "python"))],
    [
      "the labels of a guest, the name of another server's",
      named(`/${guestName(THIRD, 1)}`, guestLabels(OTHER, "python")),
    ],
    ["a longer name", named(`/${guestName(OTHER, 1)}-copy`, guestLabels(OTHER, "python"))],
    ["a name that goes on before", named(`/my-${guestName(OTHER, 1)}`, guestLabels(OTHER, "python"))],
    ["a server that is no id", named("/rlm-mcp-guest.x.1", guestLabels("x", "python"))],
    [
      "an unknown language",
      named(`/${guestName(OTHER, 1)}`, { ...guestLabels(OTHER, "python"), "rlm-mcp.sandbox": "x" }),
    ],
    [
      "the name of a heartbeat, the labels of a guest",
      named(`/${heartbeatName(OTHER, 1)}`, guestLabels(OTHER, "python")),
    ],
    ["the labels of a heartbeat, another name", named("/rlm-mcp-heartbeat", heartbeatLabels(OTHER))],
    ["the labels of a heartbeat, the name of a guest", named(`/${guestName(OTHER, 1)}`, heartbeatLabels(OTHER))],
    ["no name", { ...named("", guestLabels(OTHER, "python")), Names: undefined as never }],
    ["no labels at all", { ...named(`/${guestName(OTHER, 1)}`, {}), Labels: null as never }],
  ])("with %s", (_, foreign) => {
    for (const State of ["running", "exited", "created", "paused"]) {
      const look = observer();
      for (let time = 0; time < 300; time += 30)
        expect(look(time, [{ ...foreign, State }])).toMatchObject({ orphans: [], stopped: [] });
    }
  });
});
