#!/bin/sh
# paho-mqtt says that a message failed, and delivers it all the same, as often as it was tried.
#
# Expected: publish() that returns "not connected" and whose wait_for_publish() raises has not sent
#   anything; so the program tries again once it is connected.
# Seen: with QoS 1 or 2 the refused messages were queued and go out on connecting. A program that
#   tried three times publishes three times. With QoS 0 the same return code means what it says.
# Bites: counters and "one use" events that are published at start-up.
. "$(dirname "$0")/common.sh"
install_python paho-mqtt==2.2.0 amqtt==0.12.1
cp "$findings/broker.py" .

cat >try.py <<'EOF'
import time
import paho.mqtt.client as mqtt
from broker import start_broker

port = start_broker()
received: list[str] = []
reader = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, "reader")
reader.on_message = lambda client, data, message: received.append(message.topic)
reader.connect("127.0.0.1", port)
reader.subscribe("uses/#", qos=1)
reader.loop_start()

writer = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, "writer")
for topic, qos in (("uses/qos0", 0), ("uses/qos1", 1), ("uses/qos1", 1), ("uses/qos1", 1)):
    information = writer.publish(topic, "1", qos=qos)
    try:
        information.wait_for_publish(1)
        print(topic, "published")
    except RuntimeError:
        print(topic, "return code", information.rc, "and RuntimeError")
writer.connect("127.0.0.1", port)
writer.loop_start()
writer.publish("uses/last", "1", qos=1).wait_for_publish(10)
for _ in range(100):
    if "uses/last" in received:
        break
    time.sleep(0.1)
print("received:", *sorted(received))
EOF
expected 'received: uses/last'
seen python try.py <<'EOF'
uses/qos0 return code 4 and RuntimeError
uses/qos1 return code 4 and RuntimeError
uses/qos1 return code 4 and RuntimeError
uses/qos1 return code 4 and RuntimeError
received: uses/last uses/qos1 uses/qos1 uses/qos1
EOF
