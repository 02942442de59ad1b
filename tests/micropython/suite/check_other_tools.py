"""Other tools write beside the log, and over it: no record is lost, and what is wrong is said.

The tools do what `mpremote fs cp`, `mpremote fs rm -r`, `mpremote mip install` and an editor do:
they read whole files and write whole files, in a littlefs that is undamaged.
"""

import os

from boards.virtual.flash import BLOCK_SIZE
from tests.micropython.suite.bit_trials import (
    CLOCK_BEHIND,
    Copied,
    Many,
    SecondLogTidy,
    Settled,
    Story,
    ThreeBlocks,
    Trial,
    Turned,
    Young,
    copy_file,
    mount,
)
from tests.micropython.suite.expect import equal, true
from tests.micropython.suite.ram_flash import LOG, PLACE, RamFlash

from rollcase.block_store import HURT
from rollcase.recorder import NO_POLICY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

FOLDER = 0x4000
ENOSPC = 28


def tried(story: Story, tool: "Callable[..., None]", *words: str) -> "set[str]":
    """Let a tool do something to the flash of a story, and start the case; return what it said.

    The tool is called with these words. Fails if anything is lost, doubled, bent or blocked.
    """
    where = (type(story).__name__, words)
    flash = RamFlash(len(story.image) // BLOCK_SIZE, story.image)
    true(mount(flash), "it does not mount")
    try:
        tool(*words)
    except OSError as error:
        equal(error.errno, ENOSPC, where)  # as the tool would say, too
    trial = Trial(story, flash)
    trial.run()
    equal(trial.wrong, [], where)
    said = {note[7:] for note in trial.notes if note.startswith("fault: ")}
    lost = [note for note in trial.notes if note.startswith("record lost")]
    if CLOCK_BEHIND in trial.notes and HURT not in said:
        lost.append(CLOCK_BEHIND)
    equal(lost, [], where)
    return said


def files_of(story: Story) -> "list[str]":
    """Return the path of every file of the log."""
    mount(RamFlash(len(story.image) // BLOCK_SIZE, story.image))
    return paths_below(LOG)


def is_folder(path: str) -> bool:
    """Return whether this is a folder."""
    return os.stat(path)[0] == FOLDER


def paths_below(folder: str) -> "list[str]":
    """Return the path of every file below a folder."""
    found: list[str] = []
    for name in os.listdir(folder):
        path = folder + "/" + name
        if is_folder(path):
            found += paths_below(path)
        else:
            found.append(path)
    return sorted(found)


def folders_of(paths: "list[str]") -> "list[str]":
    """Return the folders that files are in, and the log's."""
    return sorted({path.rsplit("/", 1)[0] for path in paths} | {LOG})


def remove_folder(folder: str) -> None:
    """Remove a folder with all that is in it."""
    for name in os.listdir(folder):
        path = folder + "/" + name
        if is_folder(path):
            remove_folder(path)
        else:
            os.remove(path)
    os.rmdir(folder)


def copy_folder(source: str, target: str) -> None:
    """Copy a folder with all that is in it."""
    os.mkdir(target)
    for name in os.listdir(source):
        copy = copy_folder if is_folder(source + "/" + name) else copy_file
        copy(source + "/" + name, target + "/" + name)


def is_live(story: Story, path: str) -> bool:
    """Return whether a file is a block of the log that is still needed."""
    name = path.rsplit("/", 1)[1]
    if not name.isdigit():
        return False
    first = 117 * int(name) + 1
    return first <= story.last and (first + 116 > story.acked_at_start or first + 116 >= story.last)


def has_live(story: Story, paths: "list[str]") -> bool:
    """Return whether one of these files is a block of the log that is still needed."""
    return any(is_live(story, path) for path in paths)


STORIES = (ThreeBlocks, Settled, Young, Many, Turned, Copied, SecondLogTidy)


def test_copies_of_the_files_of_the_log_to_other_names_change_nothing() -> None:
    for kind in STORIES:
        story = kind()
        for path in files_of(story):
            for name in ("/x", "/log/x", path[len(PLACE) : -1] + "x"):
                said = tried(story, copy_file, path, PLACE + name)
                equal(said, set(), (kind, path, name))


def test_copy_of_the_whole_folder_of_the_log_changes_nothing() -> None:
    for kind in STORIES:
        story = kind()
        for folder in folders_of(files_of(story)):
            said = tried(story, copy_folder, folder, PLACE + "/away")
            equal(said, set(), (kind, folder))


def test_file_of_the_log_copied_over_itself_loses_nothing_and_is_said() -> None:
    for kind in STORIES:
        story = kind()
        for path in files_of(story):
            said = tried(story, copy_file, path, path)
            equal(said, {HURT} if is_live(story, path) else set(), (kind, path))


def test_folder_of_the_log_moved_away_and_copied_back_loses_nothing_and_is_said() -> None:
    def away_and_back(folder: str) -> None:
        copy_folder(folder, PLACE + "/away")
        remove_folder(folder)
        copy_folder(PLACE + "/away", folder)
        remove_folder(PLACE + "/away")

    for kind in (Young, Settled):
        story = kind()
        paths = files_of(story)
        for folder in folders_of(paths):
            said = tried(story, away_and_back, folder)
            inside = [path for path in paths if path.startswith(folder + "/")]
            is_hurt = has_live(story, inside)
            equal(said, {HURT} if is_hurt else set(), (kind, folder))


def test_folder_of_the_log_renamed_and_renamed_back_changes_nothing() -> None:
    def there_and_back(folder: str) -> None:
        os.rename(folder, PLACE + "/away")
        os.rename(PLACE + "/away", folder)

    for kind in (Young, Settled):
        story = kind()
        for folder in folders_of(files_of(story)):
            equal(tried(story, there_and_back, folder), set(), (kind, folder))


def test_removed_file_of_the_log_goes_home_all_the_same_and_a_new_log_begins() -> None:
    for kind in STORIES:
        story = kind()
        for path in files_of(story):
            said = tried(story, os.remove, path)
            equal(said, {HURT} if is_live(story, path) else set(), (kind, path))


def test_renamed_file_of_the_log_goes_home_all_the_same_and_a_new_log_begins() -> None:
    for kind in (Settled, Young):
        story = kind()
        for path in files_of(story):
            said = tried(story, os.rename, path, PLACE + "/x")
            equal(said, {HURT} if is_live(story, path) else set(), (kind, path))


def test_removed_folder_of_the_log_goes_home_all_the_same_and_a_new_log_begins() -> None:
    for kind in STORIES:
        story = kind()
        paths = files_of(story)
        for folder in folders_of(paths):
            said = tried(story, remove_folder, folder)
            inside = [path for path in paths if path.startswith(folder + "/")]
            is_hurt = has_live(story, inside)
            equal(said, {HURT} if is_hurt else set(), (kind, folder))


def test_removed_policy_is_said_until_it_is_set_again() -> None:
    def remove() -> None:
        for path in paths_below(LOG):
            if "policy" in path:
                os.remove(path)

    story = Settled()
    equal(tried(story, remove), {NO_POLICY})


def install(folder: str) -> None:
    """Write modules of up to 1,000 bytes as `mip` does, and half of them again."""
    os.mkdir(folder)
    for number in list(range(10)) + list(range(0, 10, 2)):
        with open(f"{folder}/m{number}.mpy", "wb") as file:
            for _ in range(number + 1 >> 1):
                file.write(b"\x55" * 128)


def fill() -> None:
    """Write files, large and then small, until there is no space left."""
    for number, size in enumerate((4096, 512, 16)):
        count = 0
        try:
            while True:
                with open(f"{PLACE}/f{number}-{count}", "wb") as file:
                    file.write(b"\x55" * size)
                count += 1
        except OSError:
            pass


def test_installs_of_other_modules_change_nothing() -> None:
    for kind in STORIES:
        story = kind()
        equal(tried(story, install, PLACE + "/lib"), set(), kind)


def test_full_flash_costs_no_record() -> None:
    for kind in STORIES:
        story = kind()
        equal(tried(story, fill), set(), kind)


def test_flash_that_was_full_and_has_room_again_costs_no_record() -> None:
    def fill_and_clear() -> None:
        fill()
        for name in os.listdir(PLACE):
            if name.startswith("f"):
                os.remove(PLACE + "/" + name)

    for kind in STORIES:
        story = kind()
        equal(tried(story, fill_and_clear), set(), kind)


def test_many_installs_and_copies_one_after_the_other_change_nothing() -> None:
    """They move littlefs' own blocks all over the flash."""

    def all_of_it() -> None:
        for number in range(8):
            install(f"{PLACE}/lib{number}")
            for path in paths_below(LOG):
                copy_file(path, PLACE + "/x")
            if number % 3:
                remove_folder(f"{PLACE}/lib{number}")

    for kind in (Young, Settled):
        story = kind()
        equal(tried(story, all_of_it), set(), kind)
