import { type GitHub } from "../../planning/github/github";
import { issueBody, markerOf, type Report } from "./report";

/** Who a workflow's own token writes as. */
const author = "github-actions[bot]";

export type Outcome = "opened" | "updated" | "unchanged" | "closed" | "no drift" | "not looked at";

/** One open issue for a stack that has drifted, none for one that has not; what nobody could look at stays as it is. */
export async function tellDrift(github: GitHub, report: Report): Promise<Outcome> {
  if (!report.looked) return "not looked at";
  const { id, drift } = report;
  const issues = await github.openIssuesOf(author);
  const ours = issues.find((issue) => issue.author === author && issue.body.startsWith(markerOf(id)));
  const body = issueBody(id, drift);
  if (drift.length === 0) {
    if (ours === undefined) return "no drift";
    await github.updateIssue(ours.number, { state: "closed" });
    return "closed";
  }
  if (ours === undefined) {
    await github.createIssue(`drift: ${id}`, body);
    return "opened";
  }
  if (ours.body.trim() === body.trim()) return "unchanged";
  await github.updateIssue(ours.number, { body });
  return "updated";
}
