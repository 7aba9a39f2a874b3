import { z } from "zod";

/**
 * Kubernetes' own rules for strings, as types. Sources: the API's validation
 * (https://kubernetes.io/docs/concepts/overview/working-with-objects/names/, apimachinery's resource.Quantity) and Helm's
 * (https://helm.sh/docs/chart_best_practices/conventions/: release names are DNS subdomains of at most 53 characters).
 */

const label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const quantityForm = /^\+?(\d+(\.\d*)?|\.\d+)(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei|n|u|[eE][+-]?\d+)?$/;

/** A DNS label: a namespace, a service, a container. */
export const dnsLabel = () =>
  z
    .string()
    .max(63, "at most 63 characters")
    .regex(label, "a DNS label: lower case letters, digits and -, no - at either end");

/** A DNS subdomain: most object names. */
export const objectName = () =>
  z
    .string()
    .max(253, "at most 253 characters")
    .regex(subdomain, "a DNS subdomain: lower case letters, digits, - and .");

/** A Helm release name. */
export const releaseName = () =>
  z
    .string()
    .max(53, "at most 53 characters, as Helm demands")
    .regex(subdomain, "a DNS subdomain: lower case letters, digits, - and .");

/** A resource quantity such as `500m`, `2` or `8Gi`; never negative. */
export const quantity = () =>
  z.string().regex(quantityForm, "a Kubernetes quantity such as 500m, 2 or 8Gi (in quotes where it is a bare number)");

/** A host of an Ingress rule: a DNS subdomain, or a wildcard of one. */
export const hostName = () =>
  z
    .string()
    .max(253, "at most 253 characters")
    .regex(/^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/, "a host name: a DNS subdomain");

/** A label value: at most 63 letters, digits, `-`, `_` and `.`, and may be empty. */
export const labelValue = () =>
  z
    .string()
    .max(63, "at most 63 characters")
    .regex(/^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/, "a label value: letters, digits, -, _ and .");

/** A reference to a container image. Kubernetes takes any text without white space; empty is never an image. */
export const image = () => z.string().regex(/^[^\s]+$/, "an image reference such as ghcr.io/owner/name:tag");

/** A TCP port. */
export const port = () =>
  z.number().int("a whole number").min(1, "a port from 1 to 65535").max(65535, "a port from 1 to 65535");

/** A whole number from 0. */
export const count = () => z.number().int("a whole number").min(0, "a whole number from 0");

/** The keys an annotation map may have: an optional DNS prefix and a name. */
export const annotations = () =>
  z.record(
    z
      .string()
      .regex(
        /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/,
        "an annotation key such as example.org/name",
      ),
    z.string(),
  );

const suffixes: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** The value of a quantity in its base unit (cores, bytes). Precise enough to compare two; undefined where it is none. */
export function quantityValue(text: string): number | undefined {
  const match = quantityForm.exec(text);
  if (match === null) return undefined;
  const [, number = "", , suffix = ""] = match;
  const factor = suffixes[suffix] ?? Number(`1${suffix}`);
  return Number(number) * factor;
}
