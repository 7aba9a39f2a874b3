import { createHash } from "node:crypto";
import { describeCutover } from "../../cutover/record";
import { describeApply, describeFreeze, describeLease } from "../../lease/facts";
import { describeLock } from "../../state/lock-info";
import { type StateVersion } from "../../history/versions";
import { nextSteps, restoreCommand } from "./commands";
import { Html, html } from "./html";
import { type Look } from "./look";
import { style } from "./style";

/** What a page is made of. */
export interface PageContent {
  readonly looks: readonly Look[];
  readonly user: string;
  /** The store, for people. */
  readonly store: string;
  readonly now: Date;
  /** So many versions are shown of a state. */
  readonly limit: number;
}

/** The policy names the hash of exactly this text, so no formatter may touch it. */
const styleElement = new Html(`<style>${style}</style>`);

/** Nothing is loaded, run or sent from the page, and nobody shows it in a frame; its one style is this one. */
export const pageHeaders: Readonly<Record<string, string>> = {
  "content-security-policy": `default-src 'none'; style-src 'sha256-${createHash("sha256").update(style).digest("base64")}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  "cache-control": "no-store",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

/** The page at `/`: the states, and for each its versions, with the command for what one would do next. */
export function renderPage({ looks, user, store, now, limit }: PageContent): string {
  const broken = looks.filter(({ problem }) => problem !== undefined).length;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>States: ${looks.length}${broken === 0 ? "" : `, ${broken} out of reach`} - flywheel</title>
        ${styleElement}
      </head>
      <body>
        <a class="skip" href="#states">Skip to the states</a>
        <header>
          <h1>States</h1>
          <p>
            ${store}, as of ${when(now)}, for
            ${user}.${broken === 0 ? undefined : html` <strong class="bad">${broken} of ${looks.length} cannot be read.</strong>`}
          </p>
        </header>
        <main id="states" tabindex="-1">
          ${looks.length === 0 ? html`<p>None that ${user} may see.</p>` : table(looks, now)}
          ${looks.map((look) => section(look, now, limit))}
        </main>
      </body>
    </html> `.markup;
}

function table(looks: readonly Look[], now: Date): Html {
  return html`<div class="wide" role="region" aria-labelledby="caption" tabindex="0">
    <table>
      <caption id="caption">
        Each state as it is now
      </caption>
      <thead>
        <tr>
          <th scope="col">state</th>
          <th scope="col">backend</th>
          <th scope="col">place</th>
          <th scope="col">lineage</th>
          <th scope="col">serial</th>
          <th scope="col">age</th>
          <th scope="col">last written by</th>
          <th scope="col">now</th>
        </tr>
      </thead>
      <tbody>
        ${looks.map((look) => row(look, now))}
      </tbody>
    </table>
  </div>`;
}

function row(look: Look, now: Date): Html {
  const { state, versions } = look;
  const [newest] = versions;
  const isThere = newest !== undefined && !newest.removed;
  return html`<tr>
    <th scope="row"><a href="#${anchor(state.name)}">${state.name}</a></th>
    <td>${state.backend ?? "-"}</td>
    <td class="place">${state.place ?? state.key}</td>
    <td>${isThere ? html`<abbr title="${newest.lineage ?? ""}">${newest.lineage?.slice(0, 8) ?? "-"}</abbr>` : "-"}</td>
    <td class="number">
      ${isThere ? (newest.serial ?? newest.unreadable ?? "-") : newest === undefined ? "none yet" : "removed"}
    </td>
    <td>${newest === undefined ? "-" : when(newest.at, now)}</td>
    <td>${writerOf(look)}</td>
    <td>${condition(look)}</td>
  </tr> `;
}

/** Who wrote the newest version; with commit and run, where it was an apply of ours. */
function writerOf({ lastApply, versions: [newest] }: Look): string {
  if (lastApply !== undefined) return describeApply(lastApply);
  return newest?.writer ?? (newest === undefined ? "-" : "not told");
}

/** What is under way, one line each. */
function condition(look: Look): Html {
  const { problem, cutover, sealedTo, holder, beside } = look;
  const lines: { text: string; isBad?: true }[] = [
    ...(problem === undefined ? [] : [{ text: `cannot be read: ${problem}`, isBad: true as const }]),
    ...(cutover === undefined ? [] : [{ text: describeCutover(cutover) }]),
    ...(sealedTo === undefined ? [] : [{ text: `sealed: moved to ${sealedTo}` }]),
    ...(holder === undefined ? [] : [{ text: `locked by ${describeLock(holder)}` }]),
    ...(beside?.lease === undefined ? [] : [{ text: describeLease(beside.lease) }]),
    ...(beside?.freezes ?? []).map((freeze) => ({ text: describeFreeze(freeze) })),
  ];
  if (lines.length === 0) return html`free`;
  return html`<ul>
    ${lines.map(({ text, isBad }) => html`<li class="${isBad ? "bad" : "busy"}">${text}</li>`)}
  </ul>`;
}

function section(look: Look, now: Date, limit: number): Html {
  const { state, versions, generation } = look;
  const shown = versions.length;
  return html`<section aria-labelledby="${anchor(state.name)}">
    <h2 id="${anchor(state.name)}">${state.name}</h2>
    <dl>
      ${nextSteps(look).map(
        ({ command, why }) =>
          html`<dt><code>${command}</code></dt>
            <dd>${why}</dd>`,
      )}
    </dl>
    ${generation === undefined ? undefined : html`<p>Generation ${generation}: so often it was moved.</p>`}
    <details>
      <summary>
        ${shown === 0 ? "No versions" : shown === limit ? `The newest ${shown} versions` : shown === 1 ? "1 version" : `${shown} versions`}
      </summary>
      ${shown === 0 ? undefined : versionTable(look, now)}
      <p>All of them: <code>flywheel history ${state.id}</code></p>
    </details>
  </section> `;
}

function versionTable(look: Look, now: Date): Html {
  const { state, versions } = look;
  return html`<div class="wide" role="region" aria-label="Versions of ${state.name}" tabindex="0">
    <table>
      <caption>
        Versions of ${state.name}, newest first
      </caption>
      <thead>
        <tr>
          <th scope="col">serial</th>
          <th scope="col">written</th>
          <th scope="col">bytes</th>
          <th scope="col">by</th>
          <th scope="col">to have it again, as a new serial</th>
        </tr>
      </thead>
      <tbody>
        ${versions.map((version, index) => versionRow(look, version, index === 0, now))}
      </tbody>
    </table>
  </div>`;
}

function versionRow(look: Look, version: StateVersion, isNewest: boolean, now: Date): Html {
  const { serial, at, size, writer, removed, unreadable } = version;
  const command =
    removed || unreadable !== undefined
      ? undefined
      : isNewest
        ? html`is the state`
        : html`<code>${restoreCommand(look, version.version)}</code>`;
  return html`<tr>
    <th scope="row">${removed ? "removed" : (serial ?? unreadable ?? "-")}</th>
    <td>${when(at, now)}</td>
    <td class="number">${removed ? "" : size}</td>
    <td>${writer ?? ""}</td>
    <td>${command}</td>
  </tr> `;
}

/** A moment, and with `now` how long ago that is. */
function when(at: Date, now?: Date): Html {
  const text = `${at.toISOString().slice(0, 19).replace("T", " ")} UTC`;
  const ago = now === undefined ? text : age(at, now);
  return html`<time datetime="${at.toISOString()}" title="${text}">${ago}</time>`;
}

function age(at: Date, now: Date): string {
  const minutes = Math.max(0, Math.round((now.getTime() - at.getTime()) / 60_000));
  if (minutes < 120) return `${minutes} min ago`;
  return minutes < 60 * 48 ? `${Math.round(minutes / 60)} h ago` : `${Math.round(minutes / 1440)} days ago`;
}

function anchor(name: string): string {
  return `state-${name}`;
}
