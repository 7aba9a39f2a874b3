import { type Tool } from "./build-tool";

/** The lab's S3 server: it keeps what it answered over kill -9, refuses a wrong secret, and its conditional writes are atomic. */
export const minio: Tool = {
  name: "minio",
  package: "github.com/minio/minio",
  program: "minio",
  minutes: 5,
  skippedBy: "nothing but a copy of the cache",
};

/** The specimen of a store that `check` must refuse: in a versioned bucket its locks break after the first. */
export const versitygw: Tool = {
  name: "versitygw",
  package: "github.com/versity/versitygw/cmd/versitygw",
  program: "versitygw",
  minutes: 3,
  skippedBy: "nothing but a copy of the cache",
};
