import { TerraformBackend, TerraformRemoteState, type TerraformStack } from "cdktf";
import { type Construct } from "constructs";
import { backendBlock, type StateContract } from "./contract";

export interface StateBackendProps {
  readonly contract: StateContract;
}

/**
 * The backend of a stack, by its contract. References to the stack's values from another stack read it through the same
 * contract. No credential is ever written: they come from the environment of the engine. cdktf's own classes know neither
 * `use_lockfile` nor `use_path_style`, so the block is the engine's own (backendBlock).
 */
export class StateBackend extends TerraformBackend {
  private readonly contract: StateContract;

  constructor(scope: TerraformStack, id: string, { contract }: StateBackendProps) {
    super(scope, id, contract.type);
    this.contract = contract;
  }

  protected override synthesizeAttributes(): Readonly<Record<string, unknown>> {
    return backendBlock(this.contract);
  }

  override getRemoteStateDataSource(scope: Construct, name: string): TerraformRemoteState {
    return producerState(scope, name, { contract: this.contract });
  }
}

export interface ProducerStateProps {
  /** The contract of the stack that is read. */
  readonly contract: StateContract;
}

/** The remote-state source that matches a producer's own contract, to read its outputs by name. */
export function producerState(scope: Construct, id: string, { contract }: ProducerStateProps): TerraformRemoteState {
  return new ContractState(scope, id, contract.type, { ...backendBlock(contract) });
}

/** cdktf makes one class for each backend; what differs is the block alone. */
class ContractState extends TerraformRemoteState {}
