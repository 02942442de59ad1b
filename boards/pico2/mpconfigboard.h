#define MICROPY_HW_BOARD_NAME "Rollcase on Raspberry Pi Pico 2"

// The name that a computer sees on USB. Vendor and product number stay MicroPython's own,
// 2e8a:0005, so that mpremote and the udev rules for it work unchanged.
#define MICROPY_HW_USB_PRODUCT_FS_STRING "Rollcase"

// As in MicroPython's own image, so that a log survives going from one image to the other.
#define MICROPY_HW_FLASH_STORAGE_BYTES (PICO_FLASH_SIZE_BYTES - 1024 * 1024)
