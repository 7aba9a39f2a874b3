import { isZero } from "./equality";
import { sameQuantity } from "./quantities";
import { type Value, type ValueMap, isMap } from "./values";

type OwnRule = (wanted: Value, prior: Value, config: ValueMap) => Value;

/**
 * The value that stays when the type compares this attribute in its own way: the prior one where both mean the same.
 * `config` is the whole configured resource, since some rules look at other attributes. The rules are those of the real
 * providers' definitions (DiffSuppressFunc), told by the last name of the path: quantities, Helm's three, a Secret's data.
 */
export function settleByOwnRule(path: string, wanted: Value, prior: Value, config: ValueMap): Value {
  const name = path.slice(path.lastIndexOf(".") + 1);
  return (RULES[name] ?? ((value: Value) => value))(wanted, prior, config);
}

const quantity: OwnRule = (wanted, prior) =>
  typeof wanted === "string" && typeof prior === "string" && sameQuantity(wanted, prior) ? prior : wanted;

const quantities: OwnRule = (wanted, prior, config) => {
  if (!isMap(wanted) || !isMap(prior)) return wanted;
  return Object.fromEntries(
    Object.entries(wanted).map(([key, value]) => [key, quantity(value, prior[key] ?? null, config)]),
  );
};

/** Keeps what is in the state as long as the condition holds. */
const kept =
  (unless: (config: ValueMap, wanted: Value) => boolean): OwnRule =>
  (wanted, prior, config) =>
    unless(config, wanted) ? wanted : prior;

const RULES: Readonly<Record<string, OwnRule>> = {
  divisor: quantity,
  size_limit: quantity,
  limits: quantities,
  requests: quantities,
  hard: quantities,
  description: kept((_, wanted) => !isZero(wanted)),
  devel: kept((config) => isZero(config["version"] ?? null)),
  keyring: kept((config) => config["verify"] === true),
  // With a write-only value in force, the readable one is not compared.
  data: kept(
    (config) => isZero(config["data_wo_revision"] ?? null) && isZero(config["binary_data_wo_revision"] ?? null),
  ),
};
