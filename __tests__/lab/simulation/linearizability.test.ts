import { type Call, isLinearizable } from "../../../lab/simulation/history";

const first = { id: "a", serial: 1 };
const never = Number.POSITIVE_INFINITY;

function call(kind: Call["kind"], id: string, serial: number, from: number, to: number): Call {
  return { client: "x", kind, id, serial, from, to };
}

describe("a history is linearizable", () => {
  it.each<[string, readonly Call[]]>([
    [
      "when it is one after the other",
      [call("read", "a", 1, 1, 2), call("write", "b", 2, 3, 4), call("read", "b", 2, 5, 6)],
    ],
    [
      "when a read meets a write either way",
      [call("write", "b", 2, 1, 10), call("read", "a", 1, 2, 3), call("read", "b", 2, 4, 5)],
    ],
    [
      "when nobody heard of a write that others read",
      [call("write", "b", 2, 1, never), call("read", "a", 1, 2, 3), call("read", "b", 2, 8, 9)],
    ],
    [
      "when nobody heard of a write that never was",
      [call("write", "b", 2, 1, never), call("write", "c", 2, 4, 5), call("read", "c", 2, 8, 9)],
    ],
  ])("%s", (_name, calls) => expect(isLinearizable(calls, first)).toBe(true));
});

describe("a history is not linearizable", () => {
  it.each<[string, readonly Call[]]>([
    ["when a read is of the past", [call("write", "b", 2, 1, 2), call("read", "a", 1, 3, 4)]],
    [
      "when a new value is followed by the old one",
      [call("write", "b", 2, 1, 10), call("read", "b", 2, 2, 3), call("read", "a", 1, 4, 5)],
    ],
    ["when two writes are taken over one serial", [call("write", "b", 2, 1, 2), call("write", "c", 2, 3, 4)]],
    ["when a read is of nobody's write", [call("read", "z", 9, 1, 2)]],
    ["when a read comes before its write was sent", [call("read", "b", 2, 1, 2), call("write", "b", 2, 3, 4)]],
  ])("%s", (_name, calls) => expect(isLinearizable(calls, first)).toBe(false));
});
