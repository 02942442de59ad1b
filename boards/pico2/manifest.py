# What is frozen into the image: the same as for the pico, but for the board.
freeze("../pico/modules", "rp2.py")
freeze("../pico/modules", "_boot.py")
module("boot.py", base_path="../../firmware")
module("board.py")
module("main.py", base_path="../../firmware")
package("rollcase", base_path="../../firmware")
package("rollcore", base_path="../../firmware")
