import {
  type App,
  TerraformDataSource,
  type TerraformElement,
  TerraformLocal,
  TerraformOutput,
  TerraformResource,
  TerraformStack,
  TerraformVariable,
} from "cdktf";
import { Construct } from "constructs";
import { type StateContract } from "../backend/contract";
import { StateBackend } from "../backend/state-backend";
import { type ProgramInstance } from "../config/load";
import { type SecretSpec } from "../config/settings";
import { refuseIfAny } from "../errors";
import { catalogued } from "../addresses/catalogue";
import { parseAddress } from "../addresses/instance-address";
import { addressOf } from "./address";
import { importExisting } from "./imported";
import { movesOf } from "./moved";
import { allowDestroyContext } from "./protect";
import { release, releaseProblems } from "./released";
import { renderStack } from "./render-stack";
import { unknownAddress } from "./refusals";

export interface BaseStackProps<I extends ProgramInstance = ProgramInstance> {
  readonly instance: I;
  /** Where its state lives. Absent in a preview, which plans from no state or a given one. */
  readonly contract?: StateContract;
  /** `state.allow_destroy` of this stack: addresses that may be destroyed although they hold data. */
  readonly allowDestroy: readonly string[];
  /** `state.release` of this stack: addresses that its state has and the program does not, to be forgotten. @default none */
  readonly release?: readonly string[];
  /** `state.import` of this stack: ids of what exists, by the addresses that it gets. @default none */
  readonly imports?: Readonly<Record<string, string>>;
  /** The file that `allowDestroy` and `release` were read from. */
  readonly organizationFile: string;
}

/** What the stacks share: a backend, secrets as sensitive variables, outputs by plain name, and readable addresses. */
export abstract class BaseStack extends TerraformStack {
  private readonly props: BaseStackProps;
  private readonly secretSpecs: Readonly<Record<string, SecretSpec>>;
  private readonly secretVariables = new Map<string, string>();
  private readonly variables: Construct;
  private readonly outputs: Construct;
  private readonly owners = new Map<string, string>();
  /** Rendered once: whoever looks at a finished stack before it is written sees what is written. */
  private rendered?: Record<string, unknown>;

  /** `secretSpecs` are the secrets this kind of stack knows, by name. */
  constructor(app: App, props: BaseStackProps, secretSpecs: Readonly<Record<string, SecretSpec>>) {
    super(app, props.instance.id);
    this.props = props;
    this.secretSpecs = secretSpecs;
    this.node.setContext(allowDestroyContext, props.allowDestroy);
    release(this, props.release ?? []);
    importExisting(this, props.imports ?? {});
    this.variables = new Construct(this, "variables");
    this.outputs = new Construct(this, "outputs");
    if (props.contract !== undefined) new StateBackend(this, "state", { contract: props.contract });
  }

  /** A listed secret, as a reference to its sensitive variable; undefined where the stack is not given it. */
  protected secret(name: string): string | undefined {
    if (!this.props.instance.secrets.has(name)) return undefined;
    const known = this.secretVariables.get(name);
    if (known !== undefined) return known;
    const variable = new TerraformVariable(this.variables, name, { type: "string", sensitive: true, nullable: false });
    variable.overrideLogicalId(name);
    // Resources were decided at synth by its being listed, so it has to be there.
    variable.addValidation({
      condition: `\${var.${name} != ""}`,
      errorMessage: `${name} is listed under secrets and is empty: set TF_VAR_${name}.`,
    });
    const validation = this.secretSpecs[name]?.validation;
    if (validation !== undefined)
      variable.addValidation({
        condition: `\${${validation.condition(`var.${name}`)}}`,
        errorMessage: validation.message,
      });
    this.secretVariables.set(name, variable.stringValue);
    return variable.stringValue;
  }

  /** As `secret`, for one that configuration is refused without. */
  protected requiredSecret(name: string): string {
    const value = this.secret(name);
    if (value === undefined) throw new Error(`${name} is not declared as a required secret`);
    return value;
  }

  /** An output under exactly this name; `undefined` is null. */
  protected output(name: string, description: string, value: unknown): void {
    // The engine leaves a null output out of its answer, and the cdktf command stumbles over any that it knows of: so it does not.
    if (value === undefined) this.addOverride(`output.${name}`, { description, value: "${null}" });
    else new TerraformOutput(this.outputs, name, { description, value }).overrideLogicalId(name);
  }

  /** A stack without a contract has no backend block: cdktf would add one, and the engine would ask for an init. */
  override toTerraform(): Record<string, unknown> {
    return (this.rendered ??= this.render());
  }

  /**
   * cdktf resolves every element before anything is written, for references between stacks. We have none, and `SingleStacks` refuses
   * them while a stack is rendered.
   */
  override prepareStack(): void {
    this.ensureBackendExists();
  }

  private render(): Record<string, unknown> {
    const json = renderStack(this);
    if (this.props.contract === undefined) delete json.terraform?.backend;
    return json;
  }

  /**
   * Addresses are the ids on the way from the stack, joined by `_`; an id `resource` names the main resource of its construct
   * and adds nothing. No hash: operators read them, and state and `moved` blocks hold on to them. Two constructs with one
   * address would merge silently in cdktf: that is an error here.
   */
  protected override allocateLogicalId(element: TerraformElement | Construct["node"]): string {
    const node = "node" in element ? element.node : element;
    const ids = node.scopes.slice(1 + node.scopes.indexOf(this)).map((scope) => scope.node.id);
    const id = ids
      .filter((part) => part !== "resource")
      .join("_")
      .replace(/[^A-Za-z0-9_-]/g, "_");
    const address = `${addressSpace(element)}.${id}`;
    const owner = this.owners.get(address);
    if (owner !== undefined && owner !== node.path)
      throw new Error(`${address} would be both ${owner} and ${node.path}`);
    this.owners.set(address, node.path);
    return id;
  }

  /** @throws UserError for an entry of `state.allow_destroy` that names no resource of this stack, and of `state.release` that names one. */
  assertAddressesExist(): void {
    const { allowDestroy, release: released = [], imports = {}, organizationFile, instance } = this.props;
    const own = this.node
      .findAll()
      .filter((node) => TerraformResource.isTerraformResource(node))
      .map(addressOf);
    const moves = movesOf(this);
    // What settings turned off is in state alone, and may be destroyed as well.
    const turnedOff = (text: string) => {
      const address = parseAddress(text);
      return (
        address !== undefined &&
        catalogued(instance.stack, address) !== undefined &&
        !moves.some(({ from }) => from === text)
      );
    };
    const unknown = allowDestroy.filter((address) => !own.includes(address) && !turnedOff(address));
    refuseIfAny([
      ...unknown.map((address) => {
        const now = moves.filter(({ from }) => from === address).map(({ to }) => to);
        return unknownAddress(organizationFile, `state.allow_destroy.${instance.id}`, instance.id, address, now);
      }),
      ...Object.keys(imports)
        .filter((address) => !own.includes(address))
        .map((address) => unknownAddress(organizationFile, `state.import.${instance.id}`, instance.id, address, [])),
      ...releaseProblems(released, { id: instance.id, organizationFile, own, moves }),
    ]);
  }
}

function addressSpace(element: TerraformElement | Construct["node"]): string {
  if (TerraformResource.isTerraformResource(element)) return element.terraformResourceType;
  if (TerraformDataSource.isTerraformDataSource(element)) return `data.${element.terraformResourceType}`;
  return element instanceof TerraformLocal ? "local" : element.constructor.name;
}
