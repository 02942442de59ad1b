#define _GNU_SOURCE /* for RTLD_NEXT */
/* A libudev that knows of one device: the serial port ONE_PORT, as if it were a case on USB. With
 * it a browser opens a pseudo-terminal by its own Web Serial; one_port.py builds and uses it.
 *
 * Once the file ONE_PORT_GONE is there, the device is said to be unplugged. These are the functions
 * that Chromium and Firefox call; each has the type that <libudev.h> gives it, with one struct for
 * all of that header's.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define PATH "/sys/devices/pci0000:00/0000:00:14.0/usb1/1-1/1-1:1.0/tty/ttyACM77"
#define LOOK_US 20000

struct object {
    int references;
    int is_for_others; /* asked about another subsystem than tty */
    int news[2];       /* of a monitor: a pipe with a byte for each message */
    const char *action;
};

static const char *const PROPERTIES[][2] = {
    {"ID_BUS", "usb"},
    {"ID_VENDOR_ID", "2e8a"},
    {"ID_MODEL_ID", "0005"},
    {"ID_MODEL_ENC", "Rollcase"},
    {"SUBSYSTEM", "tty"},
    {"ID_PATH", "pci-0000:00:14.0-usb-0:1:1.0"},
};

/* Firefox asks the device on USB that the port is part of. */
static const char *const ATTRIBUTES[][2] = {
    {"idVendor", "2e8a"},
    {"idProduct", "0005"},
    {"manufacturer", "Rollcase"},
    {"product", "Rollcase"},
};

/* Chromium looks for MAJOR and MINOR in /proc/tty/drivers: they have to be a serial port's there. */
static const char *const FROM_ENVIRONMENT[][2] = {
    {"DEVNAME", "ONE_PORT"},
    {"ID_SERIAL_SHORT", "ONE_PORT_SERIAL"},
    {"MAJOR", "ONE_PORT_MAJOR"},
    {"MINOR", "ONE_PORT_MINOR"},
};

static char the_entry;

static struct object *new_object(void) {
    struct object *made = calloc(1, sizeof *made);
    made->references = 1;
    return made;
}

static struct object *drop(struct object *it) {
    if (it && --it->references == 0) free(it);
    return NULL;
}

static struct object *hold(struct object *it) {
    it->references++;
    return it;
}

static int is_other(const char *subsystem) { return subsystem && strcmp(subsystem, "tty") != 0; }

struct object *udev_new(void) { return new_object(); }
struct object *udev_ref(struct object *udev) { return hold(udev); }
struct object *udev_unref(struct object *udev) { return drop(udev); }

/* What there is. */

struct object *udev_enumerate_new(struct object *udev) { return new_object(); }
struct object *udev_enumerate_unref(struct object *it) { return drop(it); }
int udev_enumerate_scan_devices(struct object *it) { return 0; }
int udev_enumerate_add_match_subsystem(struct object *it, const char *subsystem) {
    it->is_for_others = is_other(subsystem);
    return 0;
}
char *udev_enumerate_get_list_entry(struct object *it) {
    return it->is_for_others ? NULL : &the_entry;
}
char *udev_list_entry_get_next(char *entry) { return NULL; }
const char *udev_list_entry_get_name(char *entry) { return PATH; }
const char *udev_list_entry_get_value(char *entry) { return NULL; }

/* What happens. */

static void *look(void *monitor) {
    const char *gone = getenv("ONE_PORT_GONE");
    while (gone && access(gone, F_OK) != 0) usleep(LOOK_US);
    if (gone && write(((struct object *)monitor)->news[1], "-", 1) != 1) abort();
    return NULL;
}
struct object *udev_monitor_new_from_netlink(struct object *udev, const char *name) {
    struct object *made = new_object();
    if (pipe(made->news) != 0) abort();
    fcntl(made->news[0], F_SETFL, O_NONBLOCK);
    return made;
}
struct object *udev_monitor_unref(struct object *monitor) { return NULL; } /* `look` has it */
int udev_monitor_filter_add_match_subsystem_devtype(
    struct object *monitor, const char *subsystem, const char *type) {
    monitor->is_for_others = is_other(subsystem);
    return 0;
}
int udev_monitor_enable_receiving(struct object *monitor) {
    pthread_t thread;
    return monitor->is_for_others ? 0 : pthread_create(&thread, NULL, look, monitor);
}
int udev_monitor_get_fd(struct object *monitor) { return monitor->news[0]; }
struct object *udev_monitor_receive_device(struct object *monitor) {
    char byte;
    if (read(monitor->news[0], &byte, 1) != 1) return NULL;
    struct object *device = new_object();
    device->action = "remove";
    return device;
}

/* The device. */

struct object *udev_device_new_from_syspath(struct object *udev, const char *path) {
    return strcmp(path, PATH) == 0 ? new_object() : NULL;
}
struct object *udev_device_new_from_devnum(struct object *udev, char type, dev_t number) {
    return NULL;
}
struct object *udev_device_new_from_subsystem_sysname(
    struct object *udev, const char *subsystem, const char *name) {
    return NULL;
}
struct object *udev_device_ref(struct object *device) { return hold(device); }
struct object *udev_device_unref(struct object *device) { return drop(device); }
struct object *udev_device_get_parent(struct object *device) { return NULL; }
struct object *udev_device_get_parent_with_subsystem_devtype(
    struct object *device, const char *subsystem, const char *type) {
    return strcmp(subsystem, "usb") == 0 ? device : NULL; /* it answers for both */
}
char *udev_device_get_properties_list_entry(struct object *device) { return NULL; }
const char *udev_device_get_action(struct object *device) { return device->action; }
const char *udev_device_get_devnode(struct object *device) { return getenv("ONE_PORT"); }
const char *udev_device_get_devtype(struct object *device) { return NULL; }
const char *udev_device_get_driver(struct object *device) { return NULL; }
const char *udev_device_get_subsystem(struct object *device) { return "tty"; }
const char *udev_device_get_sysname(struct object *device) { return "ttyACM77"; }
const char *udev_device_get_syspath(struct object *device) { return PATH; }
const char *udev_device_get_sysattr_value(struct object *device, const char *name) {
    for (size_t at = 0; at < sizeof ATTRIBUTES / sizeof *ATTRIBUTES; at++)
        if (strcmp(name, ATTRIBUTES[at][0]) == 0) return ATTRIBUTES[at][1];
    return NULL;
}
const char *udev_device_get_property_value(struct object *device, const char *name) {
    for (size_t at = 0; at < sizeof FROM_ENVIRONMENT / sizeof *FROM_ENVIRONMENT; at++)
        if (strcmp(name, FROM_ENVIRONMENT[at][0]) == 0) return getenv(FROM_ENVIRONMENT[at][1]);
    for (size_t at = 0; at < sizeof PROPERTIES / sizeof *PROPERTIES; at++)
        if (strcmp(name, PROPERTIES[at][0]) == 0) return PROPERTIES[at][1];
    return NULL;
}

/* A pseudo-terminal has none of the control lines of a serial port, and Firefox looks for them: here
 * it has, and what they are set to goes nowhere. */
int ioctl(int file, unsigned long request, ...) {
    va_list rest;
    va_start(rest, request);
    void *argument = va_arg(rest, void *);
    va_end(rest);
    int (*real)(int, unsigned long, void *) =
        (int (*)(int, unsigned long, void *))dlsym(RTLD_NEXT, "ioctl");
    int result = real(file, request, argument);
    if (result == 0 || errno != ENOTTY || !isatty(file)) return result;
    if (request == TIOCMGET) *(int *)argument = 0;
    return request == TIOCMGET || request == TIOCMSET || request == TIOCMBIS || request == TIOCMBIC
               ? 0
               : -1;
}
