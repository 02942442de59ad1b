"""Home Assistant by MQTT: what it is told of a case, and the way to its broker."""
