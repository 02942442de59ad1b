# What is frozen into the image. _boot.py is ours: MicroPython's own would format a damaged log.
freeze("modules", "rp2.py")
freeze("modules", "_boot.py")
module("boot.py", base_path="../../firmware")
module("board.py")
module("main.py", base_path="../../firmware")
package("rollcase", base_path="../../firmware")
package("rollcore", base_path="../../firmware")
