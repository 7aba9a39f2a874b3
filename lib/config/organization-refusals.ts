import { type Problem } from "../errors";
import { kindOf } from "./kind";
import { expectOneOf } from "./nearest";
import { type Path } from "./document";
import { movableBackends } from "./backends";
import { authorityStack } from "./names";

/** A folder and a bucket for backups. */
export function twoBackupTargets(given: readonly string[]): Problem {
  return {
    code: "two-backup-targets",
    what: `"state.backup.target" has a directory and ${given.join(", ")}`,
    expected: "either a directory, or an endpoint and a bucket",
  };
}

/** A bucket for backups that is not told in full. */
export function halfABackupTarget(key: "endpoint" | "bucket"): Problem {
  return {
    code: "missing-setting",
    what: `"state.backup.target.${key}" is missing`,
    expected: "a directory, or an endpoint and a bucket",
  };
}

/** One environment of GitHub deploys two clusters. */
export function sharedDeployEnvironment(name: string, otherName: string, environment: string): Problem {
  return {
    code: "shared-environment",
    what: `${name} and ${otherName} are deployed by one GitHub environment, "${environment}"`,
    expected: "one for each: its reviewers and its secrets are one environment's",
  };
}

/** What plans pull requests is what deploys. */
export function planSharesDeploy(key: "environment" | "runner", value: string | undefined, name: string): Problem {
  return {
    code: "plan-shares-deploy",
    what: `the ${key} "${value ?? ""}" of pull requests' plans is the one that deploys ${name}`,
    expected: "another one: a pull request's own code runs there",
  };
}

/** organization.yaml holds something else than a mapping. */
export function organizationNoMapping(value: unknown): Problem {
  return {
    code: "wrong-type",
    what: `the file is ${kindOf(value)}`,
    expected: "a mapping with `organization` and `clusters`",
  };
}

/** Two clusters for one environment. */
export function doubleEnvironment(name: string): Problem {
  return {
    code: "double-environment",
    what: `environment "${name}" has two entries`,
    expected: "one entry per environment",
  };
}

/** The default environment is none. */
export function unknownDefaultEnvironment(name: string, names: readonly string[]): Problem {
  return {
    code: "unknown-environment",
    what: `default_environment is "${name}"`,
    expected: expectOneOf(`one of ${names.join(", ")}`, name, names),
  };
}

/** Credentials in an address. They are not repeated. */
export function secretInAddress(path: Path): Problem {
  return {
    code: "secret-in-file",
    what: `"${path.join(".")}" holds a user or a password`,
    expected: "an address alone; credentials come from the environment. Rotate the password if it was committed",
  };
}

/** A prefix that no key could begin with. */
export function invalidPrefix(wrong: { readonly what: string; readonly expected: string }): Problem {
  return {
    code: "invalid-key",
    what: `"state.s3.prefix" ${wrong.what}`,
    expected: wrong.expected,
  };
}

/** A key that the engines do not take. */
export function invalidKey(
  path: readonly string[],
  problem: { readonly what: string; readonly expected: string },
): Problem {
  return { code: "invalid-key", what: `"${path.join(".")}" ${problem.what}`, expected: problem.expected };
}

/** Something is said of an environment that has no cluster. */
export function unknownEnvironmentName(name: string, environments: readonly string[]): Problem {
  return {
    code: "unknown-environment",
    what: `unknown environment "${name}"`,
    expected: expectOneOf(`one of ${environments.join(", ")}`, name, environments),
  };
}

/** Something is said of a stack that is none. */
export function unknownStackName(name: string, known: readonly string[]): Problem {
  return {
    code: "unknown-stack",
    what: `unknown stack "${name}"`,
    expected: expectOneOf(`one of ${known.join(", ")}`, name, known),
  };
}

/** A folder of HCL with a name that no id can have. */
export function notAStackName(name: string): Problem {
  return {
    code: "invalid-setting",
    what: `"${name}" cannot be the name of a stack`,
    expected: "lower case letters, digits and -",
  };
}

/** A folder of HCL with the name of a stack of this program. */
export function nameOfProgram(name: string): Problem {
  return {
    code: "double-stack",
    what: `"${name}" is a stack of this program`,
    expected: "another name for the folder",
  };
}

/** Two stacks would come out as one. `name`: `the id edge-prod`. */
export function nameTaken(name: string, owner: string): Problem {
  return {
    code: "double-stack",
    what: `${name} is that of ${owner}, too`,
    expected: "a name that no other stack comes out as",
  };
}

/** An environment is listed again. */
export function environmentTwice(name: string): Problem {
  return { code: "double-environment", what: `"${name}" stands there twice`, expected: "each environment once" };
}

/** Something is said of an id that no stack has. */
export function unknownStackId(id: string, ids: readonly string[]): Problem {
  return {
    code: "unknown-stack",
    what: `unknown stack "${id}"`,
    expected: expectOneOf("the id of a stack", id, ids),
  };
}

/** A key of plans that opens backups, too. */
export function recipientOfBackups(path: Path, index: number): Problem {
  return {
    code: "recipient-of-backups",
    what: `"${[...path, index].join(".")}" opens the backups as well`,
    expected:
      "a key of its own: the keys of the backups stay with people, and a runner that applies plans has this one",
  };
}

/** A secret key where a public one belongs. It is not repeated. */
export function secretKey(key: string): Problem {
  return {
    code: "secret-in-file",
    what: `"${key}" is a secret key`,
    expected: "the public key, age1...: `age-keygen -y KEYFILE` prints it. Make a new key if this one was committed",
  };
}

/** No public key of age. */
export function notARecipient(key: string): Problem {
  return {
    code: "invalid-setting",
    what: `"${key}" is no age recipient`,
    expected: "a public key that starts with age1, as `age-keygen` prints it",
  };
}

/** The authority's own state must not live in what its stack makes. */
export function authorityOnItself(stack: string, backend: string): Problem {
  return {
    code: "authority-on-itself",
    what: `${stack} would keep its state on ${backend}, which it makes itself`,
    expected: "no choice for it: its state is a Secret of the cluster (state.kubernetes)",
  };
}

/** What keeps the authority's own state keeps nobody else's. */
export function backendOfAuthority(stack: string): Problem {
  return {
    code: "backend-of-authority",
    what: `${stack} would keep its state in a Secret`,
    expected: `${movableBackends.join(" or ")}: only ${authorityStack} is on kubernetes, since its state must not live in what it makes`,
  };
}
