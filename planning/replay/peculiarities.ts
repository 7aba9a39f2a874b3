import { type Filler, digest } from "./apply";
import { planRelease, releaseFiller } from "./helm";
import { manifestFiller, manifestReplacements, planManifest } from "./kubectl";
import { objectFiller, planObject } from "./manifest";
import { immutableReplacements, kubernetesFiller } from "./kubernetes";
import { nullResourceId, randomIdFiller, randomTextFiller, withNumeric } from "./random";
import { type Path } from "./replace";
import { type ValueMap, textOf } from "./values";

/** What one type does beyond its schema and its rules. */
interface Peculiarities {
  /** The configuration as the provider understands it. */
  readonly config?: (config: ValueMap) => ValueMap;
  /** The planned state, after the general rules. */
  readonly planned?: (planned: ValueMap, prior: ValueMap | null) => ValueMap;
  /** Further reasons for a replacement. */
  readonly replacing?: (prior: ValueMap, planned: ValueMap) => Path[];
  /** Values for what is known only after apply. */
  readonly filler: (planned: ValueMap) => Filler;
}

/** The peculiarities of a type: its own, or those of its provider. */
export function peculiaritiesOf(type: string): Peculiarities {
  const own = BY_TYPE[type];
  if (own !== undefined) return own;
  if (/^kubernetes_(secret|config_map)(_v1)?$/.test(type))
    return { ...kubernetes(type), replacing: immutableReplacements };
  return type.startsWith("kubernetes_") ? kubernetes(type) : { filler: (planned) => nameFiller(type, planned) };
}

const kubernetes = (type: string): Peculiarities => ({ filler: (planned) => kubernetesFiller(type, planned) });

/** The first filler's answer where it has one. */
const either =
  (first: Filler, second: Filler): Filler =>
  (place) =>
    first(place) ?? second(place);

const randomText = (type: string): Peculiarities => ({
  config: withNumeric,
  filler: (planned) => randomTextFiller(type, planned),
});

const BY_TYPE: Readonly<Record<string, Peculiarities>> = {
  helm_release: { planned: planRelease, filler: releaseFiller },
  kubectl_manifest: { planned: planManifest, replacing: manifestReplacements, filler: manifestFiller },
  kubernetes_manifest: {
    planned: planObject,
    filler: (planned) => either(objectFiller(planned), kubernetesFiller("kubernetes_manifest", planned)),
  },
  null_resource: {
    filler:
      () =>
      ({ name }) =>
        name === "id" ? nullResourceId() : undefined,
  },
  random_id: { filler: randomIdFiller },
  random_password: randomText("random_password"),
  random_string: randomText("random_string"),
};

/** For other providers: the id is the name, by which their objects are told apart. AWS: an S3 bucket's ARN follows from it. */
function nameFiller(type: string, planned: ValueMap): Filler {
  const name = textOf(planned["bucket"]) || textOf(planned["name"]) || digest(type).slice(0, 12);
  return ({ path }) => {
    if (path === "id" || path === "bucket") return name;
    return path === "arn" && type === "aws_s3_bucket" ? `arn:aws:s3:::${name}` : undefined;
  };
}
