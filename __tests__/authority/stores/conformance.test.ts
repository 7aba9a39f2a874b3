import { FileStore } from "../../../authority/stores/file";
import { MemoryStore } from "../../../authority/stores/memory";
import { itConformsAsObjectStore } from "./conformance";
import { temporaryFolder } from "../support";

describe("FileStore", () => itConformsAsObjectStore(async () => FileStore.open(temporaryFolder())));
describe("MemoryStore", () => itConformsAsObjectStore(async () => new MemoryStore()));
