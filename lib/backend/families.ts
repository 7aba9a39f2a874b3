import { type BackendType } from "../config/backends";
import { type BackendFamily } from "./family";
import { type HttpContract } from "./http/contract";
import { httpFamily } from "./http/family";
import { type KubernetesContract } from "./kubernetes/contract";
import { kubernetesFamily } from "./kubernetes/family";
import { type S3Contract } from "./s3/contract";
import { s3Family } from "./s3/family";

/** The contract of each backend family, by its name. */
export interface ContractOf {
  readonly http: HttpContract;
  readonly s3: S3Contract;
  readonly kubernetes: KubernetesContract;
}

/** The backend families. `authority/state/backends.ts` extends each with how to open it. */
export const families: { readonly [T in BackendType]: BackendFamily<ContractOf[T]> } = {
  http: httpFamily,
  s3: s3Family,
  kubernetes: kubernetesFamily,
};
