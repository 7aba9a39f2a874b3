import { Random } from "../../../lab/simulation/choices";
import { exploreSeeds } from "../../../lab/simulation/explore";
import { type Call, isLinearizable } from "../../../lab/simulation/history";
import { askPorcupine } from "../../../lab/simulation/porcupine";
import { porcupine } from "../../../tools/catalogue";
import { builtTool } from "../../../tools/tool";

it("our checker says of every history what porcupine says, whole or damaged", async () => {
  const histories: (readonly Call[])[] = [];
  const random = new Random(1);
  await exploreSeeds(1, 300, {
    onRun: ({ calls }) => {
      if (calls.length > 1) histories.push(calls, damaged(calls, random));
      return true;
    },
  });
  const ours = histories.map((calls) => isLinearizable(calls, { id: "first", serial: 1 }));
  expect(await askPorcupine(builtTool(porcupine), histories)).toEqual(ours);
  expect(new Set(ours)).toEqual(new Set([true, false]));
});

/** One call gives or takes what another one did. */
function damaged(calls: readonly Call[], random: Random): readonly Call[] {
  const [from, to] = [random.below(calls.length), random.below(calls.length)];
  return calls.map((call, index) =>
    index === to ? { ...call, id: calls[from]?.id ?? call.id, serial: calls[from]?.serial ?? call.serial } : call,
  );
}
