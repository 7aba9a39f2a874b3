import { arcRunnersSettings, type ArcRunnersSettings } from "./arc-runners";
import { atticSettings, type AtticSettings } from "./attic";
import { gitlabRunnersSettings, type GitlabRunnersSettings } from "./gitlab-runners";
import { runnerDashboardSettings, type RunnerDashboardSettings } from "./runner-dashboard";
import { type StateAuthoritySettings, stateAuthoritySettings } from "./state-authority";
import { type StackName } from "../names";
import { type SettingsSpec } from "../settings";

/** What each stack's settings are, by the stack's name. */
export interface SettingsByStack {
  readonly "state-authority": StateAuthoritySettings;
  readonly attic: AtticSettings;
  readonly "arc-runners": ArcRunnersSettings;
  readonly "gitlab-runners": GitlabRunnersSettings;
  readonly "runner-dashboard": RunnerDashboardSettings;
}

export const settingsSpecs = {
  "state-authority": stateAuthoritySettings,
  attic: atticSettings,
  "arc-runners": arcRunnersSettings,
  "gitlab-runners": gitlabRunnersSettings,
  "runner-dashboard": runnerDashboardSettings,
} as const satisfies Readonly<Record<StackName, unknown>>;

/** What a stack's settings are, for code that serves every stack alike. */
export function settingsSpecOf(stack: StackName): SettingsSpec {
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- each stack has its own settings' type in the table; code for all of them can't say which
  return settingsSpecs[stack] as unknown as SettingsSpec;
}
