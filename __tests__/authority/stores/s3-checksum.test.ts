import { requireChecksum } from "../../../authority/stores/s3-checksum";

/** What other clients have their objects checked by; the sums of "123456789" as everybody publishes them. */
const bytes = Buffer.from("123456789");

it.each([
  ["x-amz-checksum-crc32", "y/Q5Jg=="],
  ["x-amz-checksum-crc32c", "4waSgw=="],
  ["x-amz-checksum-sha1", "98O8HYCOBHMq32eZZczDTKeuNEE="],
  ["x-amz-checksum-sha256", "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU="],
])("takes the bytes that %s is of, and no others", async (header, sum) => {
  await requireChecksum({ [header]: sum }, bytes);
  await expect(requireChecksum({ [header]: sum }, Buffer.from("12345678"))).rejects.toThrow(header);
});

it("says nothing of an object of several parts, nor of one without a sum", async () => {
  await requireChecksum({ "x-amz-checksum-crc32": "AAAAAA==-2" }, bytes);
  await requireChecksum({}, bytes);
});
