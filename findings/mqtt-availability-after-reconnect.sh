#!/bin/sh
# ha-mqtt-discoverable: after a broken connection a device stays "offline" while it says it is online.
#
# Expected: set_availability(True) after the client has connected again publishes "online".
# Seen: the broker published the last will, "offline", and keeps it. The library remembers that the
#   last thing it published was "online", takes the call for a repetition and sends nothing.
# Bites: a router that restarts. Home Assistant shows the device as unavailable, although it is
#   connected and answers, until some other value changes in between.
. "$(dirname "$0")/common.sh"
install_python ha-mqtt-discoverable==0.26.0 paho-mqtt==2.2.0 amqtt==0.12.1 pydantic==2.14.4
cp "$findings/broker.py" .

cat >try.py <<'EOF'
import socket
import time
from collections.abc import Callable
import paho.mqtt.client as mqtt
from ha_mqtt_discoverable import Settings
from ha_mqtt_discoverable.sensors import Sensor, SensorInfo
from broker import start_broker


def wait_until(condition: Callable[[], bool], seconds: float = 20) -> bool:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.05)
    return condition()


port = start_broker()
states: list[str] = []
reader = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, "reader")
reader.on_message = lambda client, data, message: states.append(message.payload.decode())
reader.connect("127.0.0.1", port)
reader.subscribe("hmd/+/+/availability", qos=1)
reader.loop_start()

server = Settings.MQTT(host="127.0.0.1", port=port)
sensor = Sensor(Settings(mqtt=server, entity=SensorInfo(name="case", unique_id="case"), manual_availability=True))
sensor.set_availability(True)
wait_until(lambda: states == ["online"])
connections: list[bool] = []
sensor.mqtt_client.on_connect = lambda *unused: connections.append(True)
sensor.mqtt_client.socket().shutdown(socket.SHUT_RDWR)
wait_until(lambda: states[-1] == "offline")
print("connected again:", wait_until(lambda: bool(connections)))
sensor.set_availability(True)
wait_until(lambda: states[-1] == "online", 3)
print("availability:", ", ".join(states))
EOF
expected 'online, offline, online'
seen python try.py <<'EOF'
connected again: True
availability: online, offline
EOF
