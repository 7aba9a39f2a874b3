/** What replay does not do, said to the engine as an error: a made-up answer would pass for a real one. */
export class Refusal extends Error {
  override readonly name = "Refusal";

  constructor(
    readonly summary: string,
    readonly detail: string,
  ) {
    super(`${summary}: ${detail}`);
  }
}
