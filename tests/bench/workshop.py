"""What measurements share in one run: archives, flashes, processes, and the curves they find."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tests.bench import archives, ground
from tests.bench.archives import Archived
from tests.bench.results import Curve
from tests.bench.table import Row
from tests.end_to_end.full_log import fill

IMAGE = ground.IMAGE


def no_image() -> str:
    """Return that there is no image for a Pico; empty if there is one."""
    return "" if IMAGE.exists() else "needs the image of a Pico: make firmware"


class Workshop:
    """Makes in `folder` what is asked for, once; a context that ends its processes.

    `growth` has the curves that measurements have drawn.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.growth: list[Curve] = []
        self._archives: dict[tuple[int, Path | None], Archived] = {}
        self._flashes: dict[int, Path] = {}
        self._stack = ExitStack()

    def __enter__(self) -> "Workshop":
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def archive(self, records: int, image: Path | None = IMAGE) -> Archived:
        """Return the archive of a life of so many records; its case is a Pico if there is one."""
        image = image if image and image.exists() else None
        key = records, image
        if key not in self._archives:
            folder = self.folder / f"{records}-{'pico' if image else 'virtual'}"
            folder.mkdir()
            self._archives[key] = archives.build(folder, records, image)
        return self._archives[key]

    @cached_property
    def ten_years(self) -> Archived:
        """The archive of ten years, of a Pico if there is one."""
        return archives.ten_years(self.folder, IMAGE if IMAGE.exists() else None)

    def export(self, records: int) -> Path:
        """Return the JSON export of the archive of so many records."""
        path = self.folder / f"{records}.json"
        if not path.exists():
            self.archive(records).host("export", "json", str(path))
        return path

    def flash(self, records: int) -> Path:
        """Return a virtual case's flash whose log holds so many records, all alike."""
        if records not in self._flashes:
            path = self._flashes[records] = self.folder / f"flash-{records}.img"
            fill(path, records)
        return self._flashes[records]

    @cached_property
    def full(self) -> bytes:
        """A Pico's flash with a full log."""
        return ground.full_log(self.folder)

    @cached_property
    def pool(self) -> ProcessPoolExecutor:
        """Processes for what an emulated Pico does."""
        return self._stack.enter_context(ProcessPoolExecutor())

    def draw(self, name: str, against: str, unit: str, points: Sequence[tuple[int, float]]) -> None:
        """Keep a curve of what was measured."""
        self.growth.append(Curve(name, against, unit, list(points)))


@dataclass(frozen=True)
class Measurement:
    """Measures the rows with these names, together."""

    names: tuple[str, ...]
    rows: Callable[[Workshop], Iterator[Row]]
    why_not: Callable[[], str] = str
    """Returns what is missing for it here; empty if nothing is."""
