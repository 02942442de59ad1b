"""A real Home Assistant core with its MQTT integration, which says what it has made of us.

It is run by Home Assistant's Python and imports nothing of ours: FOLDER PORT. A line ``look`` on
stdin prints its devices and entities as one line of JSON, ``delete`` removes its folder at the end;
the end of stdin ends it.
"""

import asyncio
import json
import shutil
import sys
from pathlib import Path

from homeassistant import bootstrap, config_entries, const, loader
from homeassistant.auth import auth_manager_from_config
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry, entity_registry
from homeassistant.setup import async_setup_component

WHEN = "2026-01-01T00:00:00+00:00"


def write_settings(folder: Path, port: int) -> None:
    """Set Home Assistant up with a broker, as its dialogue would, unless it is already."""
    storage = folder / ".storage"
    storage.mkdir(parents=True, exist_ok=True)
    (folder / "configuration.yaml").write_text("homeassistant:\n  time_zone: UTC\n")
    entries = storage / "core.config_entries"
    if entries.exists():
        return
    entry: dict[str, object] = {
        "created_at": WHEN,
        "modified_at": WHEN,
        "data": {"broker": "127.0.0.1", "port": port, "discovery": True},
        "disabled_by": None,
        "discovery_keys": {},
        "domain": "mqtt",
        "entry_id": "a" * 32,
        "minor_version": 2,
        "options": {},
        "pref_disable_new_entities": False,
        "pref_disable_polling": False,
        "source": "user",
        "subentries": [],
        "title": "mqtt",
        "unique_id": None,
        "version": 1,
    }
    data = {"version": 1, "minor_version": 5, "key": "core.config_entries"}
    entries.write_text(json.dumps({**data, "data": {"entries": [entry]}}))


async def start(folder: Path) -> HomeAssistant:
    """Return a core that runs. Not by bootstrap's own way, which wants the frontend as well."""
    hass = HomeAssistant(str(folder))
    hass.config.skip_pip = True
    hass.config.skip_pip_packages = []
    hass.config.components.add("homeassistant")
    loader.async_setup(hass)
    hass.config_entries = config_entries.ConfigEntries(hass, {})
    await bootstrap.async_load_base_functionality(hass)
    await hass.config_entries.async_initialize()
    hass.auth = await auth_manager_from_config(hass, [{"type": "homeassistant"}], [])
    if not await async_setup_component(hass, "mqtt", {}):
        raise SystemExit("Home Assistant did not set up its MQTT integration.")
    await hass.async_start()
    await hass.async_block_till_done()
    return hass


def look(hass: HomeAssistant) -> dict[str, object]:
    """Return the devices and the entities of ours that there are now."""
    devices = device_registry.async_get(hass).devices.values()
    entities = [
        entity
        for entity in entity_registry.async_get(hass).entities.values()
        if entity.unique_id.startswith("rollcase_")
    ]
    states = {entity.entity_id: hass.states.get(entity.entity_id) for entity in entities}
    return {
        "version": const.__version__,
        "devices": [
            {
                "name": device.name,
                "model": device.model,
                "maker": device.manufacturer,
                "version": device.sw_version,
                "serial": device.serial_number,
            }
            for device in devices
        ],
        "entities": {
            entity.unique_id.split("_", 2)[2]: {
                "id": entity.entity_id,
                "state": state.state if (state := states[entity.entity_id]) else None,
            }
            for entity in entities
        },
    }


async def main(folder: Path, port: int) -> None:
    """Run the core until stdin ends."""
    write_settings(folder, port)
    hass = await start(folder)
    print("ready", flush=True)
    is_last = False
    while line := await asyncio.to_thread(sys.stdin.readline):
        if line == "delete\n":
            is_last = True
            continue
        await hass.async_block_till_done()
        print(json.dumps(look(hass)), flush=True)
    await hass.async_stop(force=True)
    if is_last:
        shutil.rmtree(folder)


asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
