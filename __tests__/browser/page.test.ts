import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { encodeRecord } from "../../authority/lease/record";
import { StateObject } from "../../authority/state/state-object";
import { MemoryStore } from "../../authority/stores/memory";
import { password, serve } from "../authority/server/served";
import { stateBytes, until } from "../authority/support";
import { type Tab, withTab } from "./chromium";

/**
 * The page at `/` as a browser has it: its policy lets its style through and nothing else, it is read in both schemes, by keyboard and by
 * what a screen reader is given. With FLYWHEEL_SCREENSHOTS=FOLDER it leaves what it saw there.
 */
const since = "2026-04-16T09:12:00Z";
const hostile = `<img src=x onerror="document.title='owned'"><script>document.title='owned'</script>`;

const names = ["attic-dev", "attic-prod", "arc-runners-dev", "gitlab-runners-prod"];
const states = names.map((name) => ({
  name,
  key: `${name}/terraform.tfstate`,
  id: name.replace(/-dev$/, ""),
  backend: "s3",
  place: `s3://tofu-state/${name}/terraform.tfstate`,
}));

async function filled(): Promise<MemoryStore> {
  const store = new MemoryStore();
  for (const { key } of states.slice(0, 3)) {
    const state = new StateObject(store, key);
    const lock = { ID: "6f1c", Who: hostile, Operation: "OperationTypeApply", Info: "", Version: "1", Created: since };
    await state.lock({ ...lock, Path: "" });
    for (let serial = 1; serial <= 4; serial += 1) await state.write(stateBytes(serial), "6f1c", hostile);
    if (key !== states[0]?.key) await state.unlock("6f1c");
  }
  const [, second] = states;
  const lease = { version: 1, id: "l", who: "ben", host: "laptop", since, bundle: null, phase: "attempted" };
  await store.create(`${second?.key ?? ""}.apply`, encodeRecord(lease));
  await store.create(`${second?.key ?? ""}.freeze`, encodeRecord({ version: 1, who: "cleo", since, why: hostile }));
  return store;
}

async function opened<T>(work: (tab: Tab) => Promise<T>): Promise<T> {
  const { server } = await serve({ store: await filled(), states });
  return withTab(async (tab) => {
    for (const domain of ["Page", "Runtime", "Log", "Network", "Accessibility"]) await tab.send(`${domain}.enable`);
    const authorization = `Basic ${Buffer.from(`ann:${password}`).toString("base64")}`;
    await tab.send("Network.setExtraHTTPHeaders", { headers: { authorization } });
    await tab.send("Emulation.setDeviceMetricsOverride", {
      width: 1400,
      height: 900,
      deviceScaleFactor: 1,
      mobile: false,
    });
    await tab.send("Page.navigate", { url: `${server.url}/` });
    await until("the page to be loaded", () => tab.events.some(({ method }) => method === "Page.loadEventFired"));
    return work(tab);
  });
}

/** Relative luminance and contrast as WCAG 2 defines them. */
const contrastScript = `(() => {
  const canvas = document.createElement("canvas").getContext("2d");
  const rgb = (colour) => { canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3); };
  const luminance = (colour) => { const [r, g, b] = rgb(colour).map((v) => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; }); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const background = (element) => { for (let e = element; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor; if (c !== "rgba(0, 0, 0, 0)") return c; } return "Canvas"; };
  return [...document.querySelectorAll("h1,h2,p,td,th,li,code,dd,summary,a,caption")].map((element) => { const [a, b] = [luminance(getComputedStyle(element).color), luminance(background(element))].sort((x, y) => y - x); return (a + 0.05) / (b + 0.05); }).reduce((least, one) => Math.min(least, one), 21);
})()`;

it("runs nothing of what others wrote, loads nothing, and breaks no policy of its own", async () => {
  await opened(async (tab) => {
    expect(await tab.evaluate("document.title")).toBe("States: 4 - flywheel");
    expect(await tab.evaluate("document.scripts.length + document.images.length")).toBe(0);
    expect(await tab.evaluate(`document.body.innerText.includes(${JSON.stringify(hostile)})`)).toBe(true);
    expect(await tab.evaluate("document.styleSheets.length")).toBe(1);
    expect(await tab.evaluate("getComputedStyle(document.querySelector('table')).borderCollapse")).toBe("collapse");
    const asked = tab.events.filter(({ method }) => method === "Network.requestWillBeSent");
    // A browser asks for its icon by itself; the policy forbids it.
    expect(asked.map(({ params }) => (params["request"] as { url: string }).url.replace(/^.*:\d+/, ""))).toEqual(["/"]);
    const complaints = tab.events.filter(({ method }) => method === "Log.entryAdded");
    expect(complaints.map(({ params }) => (params["entry"] as { text: string }).text)).toEqual([]);
  });
});

it.each(["light", "dark"])(
  "is readable in the %s scheme, and no wider than a telephone but where it scrolls",
  async (scheme) => {
    await opened(async (tab) => {
      await tab.send("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: scheme }] });
      expect(await tab.evaluate(contrastScript)).toBeGreaterThanOrEqual(4.5);
      await tab.evaluate("document.querySelector('details').open = true");
      const folder = process.env["FLYWHEEL_SCREENSHOTS"];
      if (folder !== undefined) {
        const { data } = await tab.send("Page.captureScreenshot", { captureBeyondViewport: true });
        mkdirSync(folder, { recursive: true });
        writeFileSync(join(folder, `${scheme}.png`), Buffer.from(String(data), "base64"));
      }
      await tab.send("Emulation.setDeviceMetricsOverride", {
        width: 380,
        height: 800,
        deviceScaleFactor: 1,
        mobile: false,
      });
      expect(await tab.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(380);
    });
  },
);

it("is used by keyboard alone: every stop can be seen, and a state's versions open", async () => {
  await opened(async (tab) => {
    const press = async (key: string, code: number) => {
      for (const type of ["rawKeyDown", "keyUp"])
        await tab.send("Input.dispatchKeyEvent", { type, key, code: key, windowsVirtualKeyCode: code });
    };
    const enter = async () => {
      await tab.send("Input.dispatchKeyEvent", {
        type: "keyDown",
        key: "Enter",
        code: "Enter",
        windowsVirtualKeyCode: 13,
        text: "\r",
      });
      await tab.send("Input.dispatchKeyEvent", {
        type: "keyUp",
        key: "Enter",
        code: "Enter",
        windowsVirtualKeyCode: 13,
      });
    };
    const stops: unknown[] = [];
    for (let stop = 0; stop < 7; stop += 1) {
      await press("Tab", 9);
      stops.push(await tab.evaluate("document.activeElement.textContent.trim().slice(0, 19)"));
      expect(await tab.evaluate("getComputedStyle(document.activeElement).outlineStyle")).not.toBe("none");
    }
    expect([stops[0], ...stops.slice(2, 6)]).toEqual(["Skip to the states", ...names.map((name) => name.slice(0, 19))]);
    expect(await tab.evaluate("document.activeElement.tagName")).toBe("SUMMARY");
    await enter();
    expect(await tab.evaluate("document.querySelector('details').open")).toBe(true);
  });
});

it("gives a screen reader one heading for each state, named tables and their headers", async () => {
  await opened(async (tab) => {
    await tab.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))");
    const { nodes } = await tab.send("Accessibility.getFullAXTree");
    const told = (nodes as { role?: { value: string }; name?: { value: string }; ignored: boolean }[]).filter(
      ({ ignored }) => !ignored,
    );
    const of = (role: string) => told.filter((node) => node.role?.value === role).map((node) => node.name?.value);
    expect(of("heading")).toEqual(["States", ...names]);
    expect(of("table")).toEqual([
      "Each state as it is now",
      ...names.slice(0, 3).map((name) => `Versions of ${name}, newest first`),
    ]);
    expect(of("columnheader").slice(0, 8)).toEqual([
      "state",
      "backend",
      "place",
      "lineage",
      "serial",
      "age",
      "last written by",
      "now",
    ]);
    expect(of("rowheader")).toEqual(expect.arrayContaining(names));
    expect([of("main").length, of("banner").length]).toEqual([1, 1]);
  });
});
