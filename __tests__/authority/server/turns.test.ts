import { Turns } from "../../../authority/server/turns";

it("lets one large answer out in a turn of the event loop, in order, and what came in meanwhile between them", async () => {
  const turns = new Turns();
  const seen: string[] = [];
  const beat = (left: number): void => {
    if (left === 0) return;
    seen.push("a request comes in");
    setImmediate(() => beat(left - 1));
  };
  setImmediate(() => beat(8));
  await Promise.all(["first", "second", "third"].map((name) => turns.next().then(() => seen.push(name))));
  const large = seen.filter((event) => event !== "a request comes in");
  expect(large).toEqual(["first", "second", "third"]);
  for (const [one, next] of [
    ["first", "second"],
    ["second", "third"],
  ] as const)
    expect(seen.indexOf(next) - seen.indexOf(one)).toBeGreaterThan(1);
});
