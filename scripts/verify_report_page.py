#!/usr/bin/env python3
"""Opens a page that `twingrad check --html` wrote in chromium, headless, and looks at it as a reader does.

    scripts/verify_report_page.py PAGE.html [--screenshots FOLDER] [--rows N]

Speaks the DevTools protocol over a pipe, so it needs nothing but Python and chromium. Fails where the page loads
something from elsewhere, throws, has too little contrast in light or dark, is wider than a small phone, has controls
without names, or answers slowly: scrolling, sorting and filtering are measured with all rows."""
import argparse
import base64
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

SLOWEST = 150  # milliseconds for an answer to a click or key, layout included

CONTRAST = r"""
(() => {
  const parse = (text) => { const m = text.match(/[\d.]+/g).map(Number); return m.length < 4 ? [...m, 1] : m; };
  const light = ([r, g, b]) => { const f = (v) => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; return .2126 * f(r) + .7152 * f(g) + .0722 * f(b); };
  const ground = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const c = parse(getComputedStyle(e).backgroundColor);
      if (c[3] > .99) return c;
    }
    return [255, 255, 255, 1];
  };
  // Text of an SVG lies on the rectangle in front of it.
  const of_svg = (text) => {
    for (let e = text.previousElementSibling; e; e = e.previousElementSibling) if (e.tagName === "rect") return parse(getComputedStyle(e).fill);
    return ground(text);
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), worst = new Map();
  for (let node; (node = walker.nextNode());) {
    const element = node.parentElement;
    if (!node.textContent.trim() || ["SCRIPT", "STYLE", "TITLE", "title", "NOSCRIPT", "OPTION"].includes(element.tagName)) continue;
    if (!element.getClientRects().length) continue;
    const svg = element.closest("svg"), style = getComputedStyle(element);
    const colour = parse(svg ? style.fill : style.color), under = svg?.matches(".graph") ? of_svg(element) : ground(element);
    const [a, b] = [light(colour), light(under)].sort((x, y) => y - x), ratio = (a + .05) / (b + .05);
    const key = `${element.tagName}.${element.className.baseVal ?? element.className}`;
    if (!worst.has(key) || worst.get(key)[0] > ratio) worst.set(key, [ratio, node.textContent.trim().slice(0, 40)]);
  }
  return [...worst].map(([key, [ratio, text]]) => [key, ratio, text]).sort((x, y) => x[1] - y[1]);
})()
"""

UNNAMED = r"""
[...document.querySelectorAll("input, select, button, canvas, svg[role=img], [role=region]")].filter((e) =>
  !(e.labels?.length || e.getAttribute("aria-label") || e.textContent.trim())).map((e) => e.outerHTML.slice(0, 80))
"""

DOUBLE_IDS = r"""
(() => { const ids = [...document.querySelectorAll("[id]")].map((e) => e.id); return ids.filter((id, i) => ids.indexOf(id) !== i); })()
"""

SCROLLING = r"""
(async () => {
  const pane = document.getElementById("window"), frames = [];
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  const most = pane.scrollHeight - pane.clientHeight;
  let before = await frame();
  for (let i = 0; i <= 120; ++i) {
    pane.scrollTop = most * i / 120;
    const now = await frame();
    frames.push(now - before);
    before = now;
  }
  await frame();
  frames.sort((a, b) => a - b);
  const last = [...document.querySelectorAll("#rows tr[aria-rowindex]")].pop();
  return {median: frames[60], worst: frames.at(-1), rows: document.querySelectorAll("#rows tr").length, last: Number(last.getAttribute("aria-rowindex"))};
})()
"""

ANSWERS = r"""
(() => {
  const timed = (action) => { const start = performance.now(); action(); document.body.getBoundingClientRect(); return performance.now() - start; };
  const result = {};
  for (const button of document.querySelectorAll("#heads button")) result["sort by " + button.textContent] = timed(() => button.click());
  const text = document.getElementById("text");
  for (const word of ["w", "weight", "no such word", ""]) {
    result[`filter "${word}"`] = timed(() => { text.value = word; text.dispatchEvent(new Event("input")); });
  }
  const verdict = document.getElementById("verdict");
  for (const value of ["2", "0", ""]) result["verdict " + value] = timed(() => { verdict.value = value; verdict.dispatchEvent(new Event("change")); });
  result["choose"] = timed(() => document.querySelector("#rows button").click());
  return result;
})()
"""


class Browser:
    """One tab of a headless chromium."""

    def __init__(self, folder):
        to_read, self.writing = os.pipe()
        self.reading, to_write = os.pipe()
        program = shutil.which("chromium") or sys.exit("error: no chromium, install Debian's package")
        flags = "--headless=new --no-sandbox --disable-gpu --hide-scrollbars --remote-debugging-pipe"
        self.process = subprocess.Popen(
            ["sh", "-c", f'exec "{program}" {flags} --user-data-dir="{folder}" about:blank 3<&{to_read} 4>&{to_write}'],
            pass_fds=(to_read, to_write), stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        os.close(to_read)
        os.close(to_write)
        self.buffer, self.number, self.events, self.session = b"", 0, [], None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(domain + ".enable")

    def message(self):
        while b"\0" not in self.buffer:
            part = os.read(self.reading, 1 << 20)
            if not part:
                sys.exit("error: chromium went away")
            self.buffer += part
        text, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(text)

    def call(self, method, **parameters):
        self.number += 1
        request = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            request["sessionId"] = self.session
        os.write(self.writing, json.dumps(request).encode() + b"\0")
        while True:
            answer = self.message()
            if answer.get("id") == self.number:
                if "error" in answer:
                    sys.exit(f"error: {method}: {answer['error']['message']}")
                return answer["result"]
            self.events.append(answer)

    def wait(self, method):
        while not any(event.get("method") == method for event in self.events):
            self.events.append(self.message())

    def evaluate(self, script):
        result = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in result:
            sys.exit(f"error: {result['exceptionDetails']}")
        return result["result"].get("value")

    def show(self, url, scheme, width, height):
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 500)
        self.events.clear()
        self.call("Page.navigate", url=url)
        self.wait("Page.loadEventFired")

    def screenshot(self, path):
        image = self.call("Page.captureScreenshot", captureBeyondViewport=False)["data"]
        path.write_bytes(base64.b64decode(image))

    def close(self):
        self.session = None
        self.call("Browser.close")
        self.process.wait()


def trouble(events, url):
    for event in events:
        if event.get("method") == "Runtime.exceptionThrown":
            yield "throws: " + json.dumps(event["params"]["exceptionDetails"])[:300]
        if event.get("method") == "Log.entryAdded":
            yield "logs: " + event["params"]["entry"]["text"]
        if event.get("method") == "Network.requestWillBeSent":
            asked = event["params"]["request"]["url"]
            if asked != url and not asked.startswith("data:"):
                yield "loads " + asked


def verify(browser, url, arguments):
    complaints = []
    size = pathlib.Path(arguments.page).stat().st_size
    for scheme, width, height in (("light", 1280, 900), ("dark", 1280, 900), ("light", 360, 740), ("dark", 360, 740)):
        place = f"{scheme}, {width} pixels"
        browser.show(url, scheme, width, height)
        browser.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        complaints += [f"{place}: {one}" for one in trouble(browser.events, url)]
        worst = browser.evaluate(CONTRAST)
        complaints += [f"{place}: contrast {ratio:.2f} of {key} '{text}'" for key, ratio, text in worst if ratio < 4.5]
        wide = browser.evaluate("document.documentElement.scrollWidth")
        if wide > width:
            complaints.append(f"{place}: the page is {wide} pixels wide")
        complaints += [f"{place}: without a name: {one}" for one in browser.evaluate(UNNAMED)]
        complaints += [f"{place}: the id {one} twice" for one in browser.evaluate(DOUBLE_IDS)]
        print(f"{place}: lowest contrast {worst[0][1]:.2f}")
        if arguments.screenshots:
            browser.screenshot(arguments.screenshots / f"{scheme}-{width}-top.png")
            browser.evaluate("document.getElementById('tensors-of').scrollIntoView()")
            browser.screenshot(arguments.screenshots / f"{scheme}-{width}-tensors.png")
    browser.show(url, "light", 1280, 900)
    rows = browser.evaluate("JSON.parse(document.getElementById('data').textContent).rows.length")
    loading = browser.evaluate("(({loadEventEnd, responseEnd}) => loadEventEnd - responseEnd)(performance.getEntriesByType('navigation')[0])")
    print(f"{rows} rows, {size / 1e6:.2f} MB, shown {loading:.0f} ms after it was read")
    if rows < arguments.rows:
        complaints.append(f"{rows} rows, {arguments.rows} were asked for")
    browser.evaluate("document.getElementById('tensors-of').scrollIntoView()")
    scrolling = browser.evaluate(SCROLLING)
    print(f"scrolling: frames of {scrolling['median']:.1f} ms in the median, {scrolling['worst']:.1f} ms at worst, {scrolling['rows']} rows in the page")
    if scrolling["last"] != rows + 1 and rows > 0:
        complaints.append(f"the last row shown is {scrolling['last'] - 1} of {rows}")
    for what, milliseconds in browser.evaluate(ANSWERS).items():
        print(f"{what}: {milliseconds:.1f} ms")
        if milliseconds > SLOWEST:
            complaints.append(f"{what} takes {milliseconds:.0f} ms, more than {SLOWEST}")
    return complaints


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("page")
    parser.add_argument("--screenshots", type=pathlib.Path)
    parser.add_argument("--rows", type=int, default=0, help="at least")
    arguments = parser.parse_args()
    if arguments.screenshots:
        arguments.screenshots.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        browser = Browser(folder)
        complaints = verify(browser, pathlib.Path(arguments.page).resolve().as_uri(), arguments)
        browser.close()
    for one in complaints:
        print("error: " + one, file=sys.stderr)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
