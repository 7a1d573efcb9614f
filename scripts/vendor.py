"""Refresh the browser files kept in static/vendor from npm, at the pinned versions and digests.

Run `python scripts/vendor.py` after changing a pin or adding an icon name. It needs npm; running
the console does not. A package whose digest differs from its pin is refused.
"""

from __future__ import annotations

import base64
import hashlib
import logging
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENDOR = ROOT / "static" / "vendor"
TEST_VENDOR = ROOT / "tests" / "browser" / "vendor"
ICON_NAMES = ROOT / "scripts" / "icons.txt"
SPRITE = VENDOR / "lucide" / "icons.svg"
STROKE = "1.75"

log = logging.getLogger("vendor")


class VendorError(Exception):
    """A package or an icon could not be taken over as pinned."""


@dataclass(frozen=True)
class Package:
    """One npm package: what is pinned, and which of its files go where."""

    name: str
    version: str
    sha512: str
    target: Path
    files: tuple[str, ...]


PACKAGES = (
    Package(
        "htmx.org",
        "4.0.1",
        "oF7JgXhDW9UXCy/k1ZYFUQgzu/rm19ORWPSPNL91vPluB2PB9+MV55tyQdH/w7o2EAbTYUG5SDW1R60mdkdqGg==",
        VENDOR / "htmx",
        ("dist/htmx.min.js", "dist/ext/hx-ws.min.js", "LICENSE"),
    ),
    Package(
        "uplot",
        "1.6.32",
        "KIMVnG68zvu5XXUbC4LQEPnhwOxBuLyW1AHtpm6IKTXImkbLgkMy+jabjLgSLMasNuGGzQm/ep3tOkyTxpiQIw==",
        VENDOR / "uplot",
        ("dist/uPlot.esm.js", "dist/uPlot.min.css", "LICENSE"),
    ),
    Package(
        "@fontsource-variable/inter",
        "5.3.0",
        "OupL48va4JNofb97w6NYeF9S7W/kHNKM0Er8Dem5nqi4jeOLrVJDoE8tZEpnMJmtkvNbB1EIPPwHcdkF6b1oUA==",
        VENDOR / "inter",
        ("files/inter-latin-wght-normal.woff2", "LICENSE"),
    ),
    Package(
        "axe-core",
        "4.14.1",
        "FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ==",
        TEST_VENDOR / "axe-core",
        ("axe.min.js", "LICENSE"),
    ),
)
LUCIDE = Package(
    "lucide-static",
    "1.62.0",
    "WBZA/m2PvkFpMGHDtsBck5P2A9G4ehLlYu4GwwICcmEm1BvYVgj00lCDxKRWLlbMlOibLaiwdQ88G5pHkSWgwA==",
    VENDOR / "lucide",
    ("LICENSE",),
)


def unpack(package: Package, into: Path) -> Path:
    """Fetch and check one package; return the folder that holds its files."""
    npm = shutil.which("npm")
    if npm is None:
        raise VendorError("npm is not installed; it is needed to refresh static/vendor")
    spec = f"{package.name}@{package.version}"
    packed = subprocess.run(  # noqa: S603 - the arguments are the pins above
        [npm, "pack", "--silent", "--pack-destination", str(into), spec],
        check=True,
        capture_output=True,
        text=True,
    )
    archive = into / packed.stdout.strip().splitlines()[-1]
    digest = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if digest != package.sha512:
        raise VendorError(f"{spec} has digest {digest}, pinned is {package.sha512}")
    folder = into / package.name.replace("/", "-")
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
    return folder / "package"


def copy_files(package: Package, source: Path) -> None:
    """Copy the wanted files of an unpacked package flat into its target folder."""
    package.target.mkdir(parents=True, exist_ok=True)
    for name in package.files:
        origin = source / name
        text = origin.read_bytes()
        # a source map we don't ship would be a 404 in every browser that opens its tools
        text = re.sub(rb"\n?//# sourceMappingURL=\S+\s*$", b"\n", text)
        (package.target / origin.name).write_bytes(text)
    log.info("%s %s", package.name, package.version)


def symbol(name: str, svg: str) -> str:
    """One Lucide file as a `<symbol>` of the sprite."""
    inside = re.search(r"<svg[^>]*>(.*)</svg>", svg, re.DOTALL)
    if inside is None:
        raise VendorError(f"the icon {name} is not an svg file")
    shapes = " ".join(line.strip() for line in inside.group(1).strip().splitlines())
    return (
        f'<symbol id="{name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" '
        f'stroke-width="{STROKE}" stroke-linecap="round" stroke-linejoin="round">{shapes}</symbol>'
    )


def build_sprite(source: Path) -> None:
    """Write the sprite of the icons named in scripts/icons.txt."""
    names = sorted(set(ICON_NAMES.read_text().split()))
    missing = [name for name in names if not (source / "icons" / f"{name}.svg").exists()]
    if missing:
        raise VendorError(f"Lucide {LUCIDE.version} has no icon {', '.join(missing)}")
    symbols = [symbol(name, (source / "icons" / f"{name}.svg").read_text()) for name in names]
    note = f"<!-- lucide-static {LUCIDE.version}, ISC licence, see LICENSE -->"
    SPRITE.parent.mkdir(parents=True, exist_ok=True)
    SPRITE.write_text(
        "\n".join(['<svg xmlns="http://www.w3.org/2000/svg">', note, *symbols, "</svg>\n"])
    )
    log.info("%d icons", len(names))


def main() -> int:
    """Refresh everything; the exit status says whether it worked."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    with tempfile.TemporaryDirectory() as folder:
        try:
            for package in PACKAGES:
                copy_files(package, unpack(package, Path(folder)))
            lucide = unpack(LUCIDE, Path(folder))
            copy_files(LUCIDE, lucide)
            build_sprite(lucide)
        except VendorError as error:
            log.error("%s", error)  # noqa: TRY400 - the message says it all
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
