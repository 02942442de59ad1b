"""Bytes that every reader and writer of the log and the line must agree on, now and later.

Plain data, read by CPython and by MicroPython alike. None of it was made with the code under
test: records are `struct` and `zlib.crc32` after the layout in `rollcore.events`, digests are
`hashlib`'s over the text. A change here is a change of format, and old cases will not follow it.
"""

LOG_ID = bytes(range(1, 9))
FIRST_CHAIN = 0x3FCA88C5
DIGEST_500 = 0x7658B9F0

RECORDS: tuple[tuple[int, tuple[tuple[str, int], ...], int, int, int, int, str], ...] = (
    # kind, fields in order, zone, boot, uptime, time, record
    (1, (("cause", 1), ("torn", 513), ("corrected", 0), ("lost", 0), ("skipped", 0)), 0, 1, 0, 0,
     "0100000001000100000000000000000001010200000000000000000093415f79"),
    (2, (("old", 41), ("source", 1), ("forced", 0), ("sure", 0)), 0, 1, 41, 200000000,
     "02000000020001002900000000c2eb0b290000000100000000000000d6d4795b"),
    (3, (("digest", DIGEST_500), ("needle_um", 500), ("kept", 1)), 0, 1, 60, 200000019,
     "03000000030001003c00000013c2eb0bf0b95876f4010100000000008f8c92fc"),
    (4, (("purpose", 1),), 0, 1, 100, 200000059,
     "0400000004000100640000003bc2eb0b0100000000000000000000009e245b08"),
    (5, (("purpose", 1), ("how", 1)), 0, 1, 700, 200000659,
     "0500000005000100bc02000093c4eb0b0101000000000000000000008674d1df"),
    (6, (("how", 1), ("digest", DIGEST_500)), 3, 1, 1400, 200001359,
     "0600000006030100780500004fc7eb0b01f0b9587600000000000000bb7a0f6a"),
    (7, (("how", 1), ("seconds", 240)), 3, 1, 1640, 200001599,
     "0700000007030100680600003fc8eb0b01f0000000000000000000001afadee7"),
    (8, (("gesture", 2), ("reason", 1), ("until", 202420799), ("digest", DIGEST_500)),
     0, 1, 5000, 200004959,
     "0800000008000100881300005fd5eb0b02013fb2100cf0b958760000025f3fc9"),
    (9, (("uses", 1), ("token", 7)), 0, 1, 5100, 200005059,
     "0900000009000100ec130000c3d5eb0b01000700000000000000000087a74841"),
    (10, (("reason", 3), ("until", 200700000), ("token", 8)), 0, 1, 5200, 200005159,
     "0a0000000a0001005014000027d6eb0b036070f60b08000000000000ea3e01e9"),
    (11, (("at", 199900000), ("needle_um", 1500), ("token", 9)), 1, 1, 5300, 200005259,
     "0b0000000b010100b41400008bd6eb0b603bea0bdc0509000000000011f6d991"),
    (12, (("open", 1), ("at", 200005300), ("token", 0xFFFFFFFE)), 2, 1, 5400, 200005359,
     "0c0000000c02010018150000efd6eb0b01b4d6eb0bfeffffff000000378ee495"),
    (13, (("file", 25), ("error", 5), ("line", 300)), 0, 1, 5500, 200005459,
     "0d0000000d0001007c15000053d7eb0b19052c010000000000000000d9f5fb78"),
    (14, (("millivolts", 2950),), 0, 1, 5600, 200005559,
     "0e0000000e000100e0150000b7d7eb0b860b00000000000000000000e5e1398e"),
    (15, (("what", 1),), 0, 1, 5700, 200005659,
     "0f0000000f000100441600001bd8eb0b01000000000000000000000016661412"),
    (16, (("what", 1), ("at", 199800000), ("needle_um", 1000), ("origin", 0xA1B2C3D4)),
     255, 1, 5800, 200005759,
     "1000000010ff0100a81600007fd8eb0b01c0b4e80be803d4c3b2a1001fbbeb59"),
    (17, (("token", 9), ("field", 5), ("value", 199700000), ("extra", 1)),
     0, 1, 5900, 200005859,
     "11000000110001000c170000e3d8eb0b0900000005202ee70b010000c12325bd"),
    (18, (("heard", 200006059), ("source", 1), ("why", 1)),
     0, 1, 6000, 200005959,
     "12000000120001007017000047d9eb0babd9eb0b010100000000000032f2f1eb"),
    (19, (("at", 200005300), ("token", 0x01020304), ("red", 1)),
     2, 1, 6100, 200006059,
     "1300000013020100d4170000abd9eb0bb4d6eb0b0403020101000000b2c27c8b"),
    (20, (("at", 200006000), ("token", 0x05060708), ("opened", 0x11121314)),
     2, 1, 6200, 200006159,
     "1400000014020100381800000fdaeb0b70d9eb0b0807060514131211dbf6f27b"),
    (21, (("at", 200006100), ("token", 0xFFFFFFFE), ("opened", 0)),
     0, 1, 6300, 200006259,
     "15000000150001009c18000073daeb0bd4d9eb0bfeffffff0000000003d179b5"),
    (22, (("reason", 2), ("uses", 513), ("token", 0x0A0B0C0D)),
     0, 1, 6400, 200006359,
     "160000001600010000190000d7daeb0b0201020d0c0b0a00000000006cca3c88"),
    (23, (("until", 202420799), ("digest", DIGEST_500)),
     0, 1, 6500, 200006459,
     "1700000017000100641900003bdbeb0b3fb2100cf0b95876000000007d7046ac"),
    (24, (("at", 200006500), ("token", 11), ("opened", 16909060)),
     0, 1, 6600, 200006559,
     "1800000018000100c81900009fdbeb0b64dbeb0b0b000000040302011ab2404b"),
)  # fmt: skip
"""A log with one record of each kind; the sequence number is the place in it, from 1.

Its start and its setting of the clock are from before they got more fields, which read 0 here."""

NEWER_SEQ = 7
NEWER_CHAIN = 0
NEWER: tuple[tuple[int, tuple[tuple[str, int], ...], int, int, int, int, str], ...] = (
    (1, (("cause", 2), ("torn", 31), ("corrected", 513), ("lost", 1027), ("skipped", 1541)),
     0, 2, 9, 200000100,
     "07000000010002000900000064c2eb0b021f00010203040506000000b0effc76"),
    (2, (("old", 200000000), ("source", 2), ("forced", 1), ("sure", 3)), 0, 2, 9, 200000100,
     "07000000020002000900000064c2eb0b00c2eb0b02010300000000009ef02f3b"),
    (10, (("reason", 200), ("until", 0), ("token", 0x01020304)), 0, 2, 9, 200000100,
     "070000000a0002000900000064c2eb0bc80000000004030201000000fb8379d9"),
)  # fmt: skip
"""Records with a number in every field that came later, and with a reason that nobody knows yet."""

FIELDS: dict[int, tuple[str, tuple[tuple[str, int, dict[int, str]], ...]]] = {
    # kind: name, fields: name, bytes, what its numbers mean (nothing: any number that fits)
    1: (
        "boot",
        (
            ("cause", 1, {1: "power", 2: "watchdog", 3: "restart"}), ("torn", 2, {}),
            ("corrected", 2, {}), ("lost", 2, {}), ("skipped", 2, {}),
        ),
    ),
    2: (
        "clock_set",
        (
            ("old", 4, {}), ("source", 1, {1: "host", 2: "rtc"}),
            ("forced", 1, {0: "no", 1: "yes"}),
            (
                "sure",
                1,
                {
                    0: "no", 1: "synchronised", 2: "agrees with a sure one",
                    3: "rtc set by a sure one", 4: "confirmed", 5: "given",
                },
            ),
        ),
    ),
    3: ("policy_set", (("digest", 4, {}), ("needle_um", 2, {}), ("kept", 1, {}))),
    4: ("soak_started", (("purpose", 1, {1: "before use", 2: "after use"}),)),
    5: (
        "soak_ended",
        (
            ("purpose", 1, {1: "before use", 2: "after use"}),
            ("how", 1, {1: "done", 2: "aborted"}),
        ),
    ),
    6: ("use_started", (("how", 1, {1: "in turn", 2: "override"}), ("digest", 4, {}))),
    7: (
        "use_ended",
        (
            ("how", 1, {1: "button", 2: "timed out", 3: "cancelled", 4: "told afterwards"}),
            ("seconds", 4, {}),
        ),
    ),
    8: (
        "refused",
        (
            ("gesture", 1, {1: "press", 2: "hold", 3: "long hold"}),
            (
                "reason",
                1,
                {
                    1: "resting", 2: "head expired", 3: "on hold", 4: "reaction open",
                    5: "after a clinic session", 6: "after a reaction", 7: "head out",
                    8: "red flag", 9: "log nearly full",
                },
            ),
            ("until", 4, {}),
            ("digest", 4, {}),
        ),
    ),
    9: ("head_new", (("uses", 2, {}), ("token", 4, {}))),
    10: (
        "hold_set",
        (
            (
                "reason",
                1,
                {
                    0: "released", 1: "active acne", 2: "infection", 3: "cold sore",
                    4: "open wound", 5: "sunburn", 6: "flare", 7: "ask a doctor first", 8: "other",
                    9: "keloids", 10: "blood thinner or bleeding disorder", 11: "isotretinoin",
                    12: "immune suppression", 13: "diabetes", 14: "pregnancy or nursing",
                    15: "collagen disease", 16: "skin cancer", 17: "metal allergy",
                },
            ),
            ("until", 4, {}),
            ("token", 4, {}),
        ),
    ),
    11: ("clinic", (("at", 4, {}), ("needle_um", 2, {}), ("token", 4, {}))),
    12: (
        "reaction",
        (("open", 1, {0: "closed", 1: "open"}), ("at", 4, {}), ("token", 4, {})),
    ),
    13: (
        "fault",
        (
            (
                "file",
                1,
                {
                    0: "elsewhere", 1: "main.py", 2: "rollcase/app.py", 3: "rollcase/loop.py",
                    4: "rollcase/small_files.py", 5: "rollcase/clock.py", 6: "rollcase/faults.py",
                    7: "rollcase/gestures.py", 8: "rollcase/journal.py", 9: "rollcase/lamp.py",
                    10: "rollcase/server.py", 11: "rollcase/policy_store.py",
                    12: "rollcase/sounds.py", 13: "rollcase/parts.py",
                    20: "rollcore/events.py", 21: "rollcore/frames.py",
                    22: "rollcore/messages.py", 23: "rollcore/policy.py",
                    24: "rollcore/segments.py", 25: "rollcore/state.py",
                    40: "rollcase/hal/battery.py", 41: "rollcase/hal/buzzer.py",
                    42: "rollcase/hal/ds3231.py", 43: "rollcase/hal/rgb_lamp.py",
                    44: "rollcase/hal/latch.py", 45: "rollcase/hal/levels.py",
                    46: "rollcase/hal/lid.py", 47: "rollcase/hal/serial.py",
                    49: "rollcase/hal/trace.py", 50: "rollcase/hal/button.py",
                    51: "rollcase/hal/i2c.py", 52: "rollcase/hal/identity.py",
                    53: "rollcase/hal/pause.py", 54: "rollcase/hal/pixel_lamp.py",
                    55: "rollcase/hal/plain_lamp.py", 56: "rollcase/hal/reset.py",
                    57: "rollcase/hal/supply.py", 58: "rollcase/hal/ticks.py",
                    59: "rollcase/hal/traceback.py", 60: "rollcase/hal/watchdog.py",
                },
            ),
            (
                "error",
                1,
                {
                    0: "another error", 1: "AssertionError", 2: "AttributeError",
                    3: "ImportError", 4: "IndexError", 5: "KeyError", 6: "MemoryError",
                    7: "NameError", 8: "NotImplementedError", 9: "OSError",
                    10: "OverflowError", 11: "RuntimeError", 12: "StopIteration",
                    13: "TypeError", 14: "UnicodeError", 15: "ValueError",
                    16: "ZeroDivisionError",
                },
            ),
            ("line", 2, {}),
        ),
    ),
    14: ("battery_low", (("millivolts", 2, {}),)),
    15: ("lid", (("what", 1, {1: "opened", 2: "closed", 3: "not used"}),)),
    16: (
        "carried",
        (
            ("what", 1, {1: "use", 2: "clinic"}), ("at", 4, {}), ("needle_um", 2, {}),
            ("origin", 4, {}),
        ),
    ),
    17: ("corrected", (("token", 4, {}), ("field", 1, {}), ("value", 4, {}), ("extra", 2, {}))),
    18: (
        "clock_heard",
        (
            ("heard", 4, {}), ("source", 1, {1: "host", 2: "rtc"}),
            ("why", 1, {0: "not sure", 1: "behind a sure clock", 2: "jump"}),
        ),
    ),
    19: ("reaction_opened", (("at", 4, {}), ("token", 4, {}), ("red", 1, {0: "no", 1: "yes"}))),
    20: ("reaction_closed", (("at", 4, {}), ("token", 4, {}), ("opened", 4, {}))),
    21: ("clinician_saw", (("at", 4, {}), ("token", 4, {}), ("opened", 4, {}))),
    22: (
        "head_out",
        (
            (
                "reason",
                1,
                {
                    0: "said at the case", 1: "dropped", 2: "bent", 3: "jerky", 4: "shared",
                    5: "infected", 6: "lost", 7: "another reason",
                },
            ),
            ("uses", 2, {}),
            ("token", 4, {}),
        ),
    ),
    23: ("override_asked", (("until", 4, {}), ("digest", 4, {}))),
    24: ("reaction_red", (("at", 4, {}), ("token", 4, {}), ("opened", 4, {}))),
}  # fmt: skip
"""What the bytes of each kind mean. Numbers and kinds may be added, and never change."""

LARGEST_CHAIN = 0xFFFFFFFF
LARGEST = (
    7, (("how", 3), ("seconds", 0xFFFFFFFF)), 3, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF,
    "ffffffff0703ffffffffffffffffffff03ffffffff000000000000001aff3fe9",
)  # fmt: skip
"""A record with the largest number in every place, its own sequence number included."""

SNAPSHOT = (
    "0227010018000000" "9fdbeb0b"  # format, flags, boot, seq; time
    "d7c1eb0bffffffffffffffff3fc8eb0b"  # end of the last use, by zone
    "ffffffff202ee70bffffffffffffffff"  # end of the last clinic session, by zone
    "4fc7eb0b3bc2eb0b93c4eb0bc3d5eb0b"  # use, soak, disinfected, head
    "70d9eb0b1bd8eb0b"  # end of the last reaction, lid
    "c0b4e80bc0b4e80bc0b4e80bc0b4e80b"  # the past of each place: end of the last use
    "ffffffffd7c1eb0bd7c1eb0bd7c1eb0b"  # the same, loose
    "ffffffffffffffffffffffffffffffff"  # end of the last clinic session
    "292f3800"  # loose
    "f40100000000f401" "e803e803e803e803"  # needle by zone, of the past of each place
    "f401f401"  # needle of the policy, of the use
    "0000000304"  # soaking, soaked, using, zone, elsewhere (nowhere)
    "030101"  # hold reason, reactions, faults
    "00000000" "01000000"  # uses of the head, zero; uses
    "f0b95876" "6070f60b" "0b000000"  # digest, hold until, token
    "04030201000000000000000000000000"  # tokens of reactions
    "01030000"  # red and seen, head out, red without a token, over
    "64000000" "0000000000000000"  # heard ahead; clamped, up to
)  # fmt: skip
"""The state after `RECORDS`. The start there had lost records: each zone counts as used just then,
with the default's needle, at case time 0, which was 200000000 - 41 by the clock as it was set
afterwards. The policy kept the first zone and removed the others: what happened to them is the past
of their places.
A use of another log was carried to all places, with a longer needle. One of two reactions is
over; the other is known by its token, has a red flag, was seen, and got a red flag again, by which
the override that had been asked for is void."""

OLD_SNAPSHOT = (
    "010f00000001001bd8eb0b"  # format, seq, boot, time
    "d7c1eb0bffffffffffffffff3fc8eb0b"
    "ffffffff603bea0bffffffffffffffff"
    "4fc7eb0b3bc2eb0b93c4eb0bc3d5eb0b"
    "ffffffff1bd8eb0b"
    "ffffffffffffffffffffffffffffffff"
    "ffffffffd7c1eb0bd7c1eb0bd7c1eb0b"
    "ffffffffffffffffffffffffffffffff"
    "000000000000f4010000000000000000f401"
    "010000000304"
    "010103010001"
    "f40100000100"
    "0f2f3800f0b958766070f60bfeffffff"
)
OLD_SEGMENT = (
    "524f4c4c01a7000001000000c588ca3f0102030405060708"  # ROLL, format 1, size, first, chain, id
)
"""How a segment of format 1 began, and the state in one: the 15 first of `RECORDS` add up to it."""

BLOCK_STATE = bytes(range(200))
NONCE = bytes(range(0xA0, 0xA8))
FOLLOWS = bytes(range(0x11, 0x19))
MARK = "52434c4702010201010203040506070806050403a0a1a2a3a4a5a6a7063e7f1d"
OPENING = (
    "080700000c0b0a09100f0e0d000102030405060708090a0b0c0d0e0f10111213"
    "1415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f30313233"
    "3435363738393a3b3c3d3e3f404142434445464748494a4b4c4d4e4f50515253"
    "5455565758595a5b5c5d5e5f606162636465666768696a6b6c6d6e6f70717273"
    "7475767778797a7b7c7d7e7f808182838485868788898a8b8c8d8e8f90919293"
    "9495969798999a9b9c9d9e9fa0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3"
    "b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c71112131415161718af5fa936"
)
DONE = "444f4e45080700001c1b1a190000000000000000000000000000000089f34da9"
PAGE = (
    "524343501e1d00002221201f262524232a2928272e2d2c2b3231302f00010203"
    "0405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20212223"
    "2425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f40414243"
    "4445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f60616263"
    "6465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f80818283"
    "8485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9fa0a1a2a3"
    "a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3"
    "c4c5c6c70000000000000000000000000000000000000000000000002e5c204c"
)
"""The bytes of a block, each number another: a mark of log `LOG_ID` (generation 0x0102, block
0x03040506 of the log), its opening (flash block 0x0708, first record 0x090A0B0C, chain 0x0D0E0F10)
and done (acknowledged up to 0x191A1B1C), and a checkpoint (flash block 0x1D1E, serial 0x1F202122,
record 0x23242526 with CRC 0x2728292A, case time 0x2B2C2D2E, acknowledged up to 0x2F303132)."""

POLICIES = (
    # needle length (micrometres), text, digest
    (
        250,
        "1;revision=0;needle_um=250;rest_h=168;short_rest=0;clinic_rest_h=672;"
        "reaction_rest_h=336;soak_before_min=10;dry_before_min=10;ready_min=30;soak_after_min=10;"
        "dry_after_min=30;overdue_min=60;warn_min=5;stop_min=10;"
        "head_warn_uses=8;head_uses=10;head_days=90;zones=face",
        0x49032B7B,
    ),
    (
        500,
        "1;revision=0;needle_um=500;rest_h=672;short_rest=0;clinic_rest_h=672;"
        "reaction_rest_h=336;soak_before_min=10;dry_before_min=10;ready_min=30;soak_after_min=10;"
        "dry_after_min=30;overdue_min=60;warn_min=5;stop_min=10;"
        "head_warn_uses=8;head_uses=10;head_days=90;zones=face",
        DIGEST_500,
    ),
    (
        1000,
        "1;revision=0;needle_um=1000;rest_h=1008;short_rest=0;clinic_rest_h=672;"
        "reaction_rest_h=336;soak_before_min=10;dry_before_min=10;ready_min=30;soak_after_min=10;"
        "dry_after_min=30;overdue_min=60;warn_min=5;stop_min=10;"
        "head_warn_uses=2;head_uses=3;head_days=90;zones=face",
        0x25DA1348,
    ),
)
"""The default policy of a needle length."""

FRAMES = (
    # body, frame
    (b"", b"~*00000000\n"),
    (b"1 hello 1 1 host-0.1.0", b"~1 hello 1 1 host-0.1.0*69f5f000\n"),
    (b"4294967295 status", b"~4294967295 status*a16dce6e\n"),
    (b"7 error range from 1 to 57", b"~7 error range from 1 to 57*e25cfb6a\n"),
)

RAW_FRAMES = (
    # head, bytes behind the line, frame, body that it means
    (
        b"1 records 1 0", b"",
        b"\n" * 38 + b"~1 records 1 0 0+1419c306\n" + b"" + b"\x06\xc3\x19\x14",
        b"1 records 1 0 ",
    ),
    (
        b"2 state 7", b"~\n*",
        b"\n" * 42 + b"~2 state 7 3+2592b219\n" + b"~\n*" + b"\x9c\x1b\x7f[",
        b"2 state 7 fgoq",
    ),
    (
        b"4294967295 records 118 4294967295", bytes(range(32)),
        b"\n" * 17 + b"~4294967295 records 118 4294967295 32+d01a6b51\n"
        + bytes(range(32)) + b"Z\xdf\x03I",
        b"4294967295 records 118 4294967295 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
    ),
)  # fmt: skip

REQUESTS: tuple[tuple[int, str, tuple[tuple[str, object], ...], bytes], ...] = (
    # id, verb, fields in order, body
    (
        1, "hello", (("oldest", 1), ("newest", 2), ("program", "host-0.1.0")),
        b"1 hello 1 2 host-0.1.0",
    ),
    (2, "status", (), b"2 status"),
    (3, "get", (("seq", 57), ("count", 4294967295)), b"3 get 57 4294967295"),
    (4, "ack", (("log", "0102030405060708"), ("seq", 0)), b"4 ack 0102030405060708 0"),
    (5, "clock", (("time", 200000000), ("force", 1)), b"5 clock 200000000 1"),
    (6, "policy", (), b"6 policy"),
    (7, "rule", (("policy", "1;revision=0"),), b"7 rule 1;revision=0"),
    (8, "hold", (("token", 1), ("reason", 3), ("until", 0)), b"8 hold 1 3 0"),
    (
        9, "clinic",
        (("token", 4294967295), ("zone", 3), ("at", 200000000), ("needle_um", 1500)),
        b"9 clinic 4294967295 3 200000000 1500",
    ),
    (
        10, "reaction", (("token", 12), ("zone", 0), ("open", 1), ("at", 200000000)),
        b"10 reaction 12 0 1 200000000",
    ),
    (11, "head", (("token", 13),), b"11 head 13"),
    (12, "time", (("time", 200000000), ("sure", 4), ("force", 0)), b"12 time 200000000 4 0"),
    (13, "heard", (("time", 4294967295),), b"13 heard 4294967295"),
    (
        14, "opened", (("token", 14), ("zone", 3), ("at", 200000000), ("red", 1)),
        b"14 opened 14 3 200000000 1",
    ),
    (
        15, "closed", (("token", 15), ("zone", 3), ("at", 200000000), ("opened", 14)),
        b"15 closed 15 3 200000000 14",
    ),
    (16, "saw", (("token", 16), ("at", 200000000), ("opened", 0)), b"16 saw 16 200000000 0"),
    (23, "red", (("token", 23), ("at", 200000000), ("opened", 14)), b"23 red 23 200000000 14"),
    (17, "headout", (("token", 17), ("reason", 2)), b"17 headout 17 2"),
    (
        18, "carried",
        (("origin", 4294967295), ("zone", 255), ("what", 2), ("at", 200000000), ("needle_um", 0)),
        b"18 carried 4294967295 255 2 200000000 0",
    ),
    (
        19, "corrected",
        (("seq", 57), ("token", 19), ("field", 64), ("value", 200000000), ("extra", 5)),
        b"19 corrected 57 19 64 200000000 5",
    ),
    (20, "state", (("seq", 0),), b"20 state 0"),
    (21, "newlog", (("log", "0102030405060708"), ("keep", 1)), b"21 newlog 0102030405060708 1"),
)  # fmt: skip

ANSWERS: tuple[tuple[int, str, tuple[tuple[str, object], ...], bytes], ...] = (
    # id, verb, fields in order, body
    (
        1, "case",
        (("version", 1), ("device", "e661a4d1"), ("board", "pico"), ("firmware", "0.1.0")),
        b"1 case 1 e661a4d1 pico 0.1.0",
    ),
    (
        2, "status",
        (("log", "0102030405060708"), ("first", 1), ("next", 58), ("acked", 57), ("boot", 3),
         ("uptime", 86400), ("time", 200000000), ("clock_set", 1), ("digest", DIGEST_500),
         ("fault", "the log is full: sync it with the host")),
        b"2 status 0102030405060708 1 58 57 3 86400 200000000 1 1985526256"
        b" the log is full: sync it with the host",
    ),
    (
        2, "status",
        (("log", "0102030405060708"), ("first", 1), ("next", 1), ("acked", 0), ("boot", 0),
         ("uptime", 0), ("time", 0), ("clock_set", 0), ("digest", 0), ("fault", "")),
        b"2 status 0102030405060708 1 1 0 0 0 0 0 0 ",
    ),
    (
        3, "records", (("seq", 1), ("chain", FIRST_CHAIN), ("raw", bytes.fromhex(RECORDS[0][-1]))),
        b"3 records 1 1070237893 AQAAAAEAAQAAAAAAAAAAAAEBAgAAAAAAAAAAAJNBX3k=",
    ),
    (3, "records", (("seq", 58), ("chain", 0), ("raw", b"")), b"3 records 58 0 "),
    (3, "missing", (("seq", 118), ("next", 4294967295)), b"3 missing 118 4294967295"),
    (4, "acked", (("seq", 57),), b"4 acked 57"),
    (5, "clock", (("old", 41), ("new", 200000000)), b"5 clock 41 200000000"),
    (6, "policy", (("policy", "1;revision=0"),), b"6 policy 1;revision=0"),
    (8, "told", (("token", 4294967295),), b"8 told 4294967295"),
    (20, "state", (("seq", 57), ("raw", b"\2\x37\1\0")), b"20 state 57 AjcBAA=="),
    (21, "log", (("log", "0102030405060709"),), b"21 log 0102030405060709"),
    (
        4294967295, "error", (("code", "range"), ("words", "there are records from 1 to 57")),
        b"4294967295 error range there are records from 1 to 57",
    ),
)  # fmt: skip

NOT_REQUESTS = (
    b"", b" ", b"1", b"1 ", b"status", b"status 1", b" 1 status", b"1  status", b"1 status ",
    b"1 status 2", b"1 STATUS", b"1 nothing", b"1 records 1 2 AAAA",
    b"-1 status", b"+1 status", b"01 status", b"1.0 status", b"4294967296 status", b"x status",
    b"99999999999999999999 status", b"1 get", b"1 get 1", b"1 get 1 2 3", b"1 get  1 2",
    b"1 get -1 2", b"1 get 1 -2", b"1 get +1 2", b"1 get 01 2", b"1 get 1 4294967296",
    b"1 get 1 2.0", b"1 get 1_0 2", b"1 get 0x1 2", b"1 get 1 2\r", b"1 get 1\t2", b"1\nstatus",
    b"1 ack  5", b"1 rule ", b"1 rule " + b"x" * 401, b"1 rule a b",
    b"1 hold 1 3", b"1 hold 1 acne 0", b"1 hold 1 3 -1", b"1 clinic 1 0 5", b"1 clinic 1 0 5 1.5",
    b"1 reaction 1 0 open 5", b"1 reaction 1 0 1", b"1 head", b"1 head ", b"1 head -1",
    b"1 head 4294967296", b"1 head 1 2", b"1 told 1",
    b"1 time 5 1", b"1 time 5 sure 0", b"1 heard", b"1 heard -1", b"1 opened 1 0 5",
    b"1 opened 1 face 5 0", b"1 closed 1 0 5 6 7", b"1 saw 1 5", b"1 headout 1",
    b"1 headout 1 bent",
    b"1 carried 1 2 3 4", b"1 carried 1 all 1 5 0", b"1 corrected 1 2 3 4",
    b"1 corrected 1 2 3 4 -5",
    b"1 state", b"1 state 1 2", b"1 newlog 1", b"1 newlog  1", b"1 log 1",
    b"1 get \xd9\xa3 2", b"\xc2\xb2 status", b"\xff\xfe", b"1 \x80", b"1 get 1 \xff",
)  # fmt: skip
"""Bodies that no case may take for a request."""

NOT_ANSWERS = (
    b"1 error", b"1 error range", b"1 error  words",
    b"2 status 0102030405060708 1 58 57 3 86400 200000000 1 1985526256",
    b"2 status 0102030405060708 1 58 57 3 86400 200000000 1  fault",
)  # fmt: skip
"""Bodies that no host may take for an answer: the space before an empty text has to be there."""

NOT_WORDS = (
    b"\x00", b"\x03", b"\x1b[2J", b"a\nb", b"a\rb", b"\x7f", b"~",
    b"\xc3\xa9", b"\xff", b"\xed\xa0\x80",
)  # fmt: skip
"""What cannot stand in a frame, and so in no word and no text of a message."""

NOT_BASE64 = (
    b"A", b"AB", b"ABC", b"A===", b"AB=", b"AB==", b"AAA=AAAA", b"AA-_", b"!!!!", b"AAAA=",
    b"\xc3\xa9",
)  # fmt: skip
"""What stands for no bytes; the sixth has bits that go nowhere."""
