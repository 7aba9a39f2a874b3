import { openBucket } from "../../../authority/check/places";
import { loadConfiguration } from "../../../lib/config/load";
import { oneStack } from "../../lib/backend/support";

describe("a bucket that only a backend file of today names", () => {
  const configuration = () => loadConfiguration(oneStack("state: {backend: s3}"));

  it("is told as not looked at, and never passes in silence", () => {
    const { bucket, note } = openBucket(configuration(), {}, false);
    expect(bucket).toBeUndefined();
    expect(note).toMatchObject([{ name: "bucket", status: "note", detail: expect.stringContaining("not looked at") }]);
  });

  it("is nobody's matter where every stack is on http", () => {
    expect(openBucket(configuration(), {}, true)).toEqual({});
  });
});
