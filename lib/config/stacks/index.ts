import { arcRunnersSettings, type ArcRunnersSettings } from "./arc-runners";
import { gitlabRunnersSettings, type GitlabRunnersSettings } from "./gitlab-runners";
import { runnerDashboardSettings, type RunnerDashboardSettings } from "./runner-dashboard";
import { type StackName } from "../names";

/** What each stack's settings are, by the stack's name. */
export interface SettingsByStack {
  readonly "arc-runners": ArcRunnersSettings;
  readonly "gitlab-runners": GitlabRunnersSettings;
  readonly "runner-dashboard": RunnerDashboardSettings;
}

export const settingsSpecs = {
  "arc-runners": arcRunnersSettings,
  "gitlab-runners": gitlabRunnersSettings,
  "runner-dashboard": runnerDashboardSettings,
} as const satisfies Readonly<Record<StackName, unknown>>;
