"""A block device in memory for MicroPython's file systems, as erased flash: all 0xFF."""


class RamDisk:
    def __init__(self, blocks, block_size=4096):
        self.blocks = blocks
        self.block_size = block_size
        self.data = bytearray(b"\xff" * (blocks * block_size))

    def readblocks(self, block, buffer, offset=0):
        start = block * self.block_size + offset
        buffer[:] = self.data[start : start + len(buffer)]

    def writeblocks(self, block, buffer, offset=0):
        start = block * self.block_size + offset
        self.data[start : start + len(buffer)] = buffer

    def ioctl(self, command, argument):
        if command == 4:
            return self.blocks
        if command == 5:
            return self.block_size
        return 0
