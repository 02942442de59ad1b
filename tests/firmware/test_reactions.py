"""Open reactions: counted, and known by their tokens where there is room."""

from hypothesis import given
from hypothesis import strategies as st
from tests.firmware.states import BOOT, DAY, RULES, What, after, phase, reaction

from rollcore import events, reactions, snapshot, state
from rollcore.memory import REACTION_END, State


def opened(token: int, red: int = 0) -> What:
    return (events.REACTION_OPENED, {"at": 10, "token": token, "red": red})


def closed(token: int, at: int = 100) -> What:
    return (events.REACTION_CLOSED, {"at": at, "token": 1000 + token, "opened": token})


def turned_red(token: int) -> What:
    return (events.REACTION_RED, {"at": 60, "token": 4000 + token, "opened": token})


def saw(token: int) -> What:
    return (events.CLINICIAN_SAW, {"at": 50, "token": 2000 + token, "opened": token})


def state_after(*happened: What) -> State:
    return after((0, BOOT), *[(1000, what) for what in happened])


def set_red(token: int, flags: int) -> What:
    return (
        events.CORRECTED,
        {"token": 3000, "field": events.CORRECTED_RED, "value": token, "extra": flags},
    )


def known(now: State) -> tuple[int, list[int], int, int, int]:
    """Return how many are open, tokens, which are red, which were seen, red ones without token."""
    return now.reactions, now.tokens, now.red, now.seen, now.red_unnamed


def reason(now: State, time: int) -> int:
    """Return why a use is refused at case time `time`, 0 if it is not."""
    return state.judge(now, RULES, time).reason


def test_reaction_holds_the_case_until_it_is_closed_by_its_token() -> None:
    now = state_after(opened(7), opened(8))
    assert known(now) == (2, [7, 8, 0, 0], 0, 0, 0)
    assert phase(now, 2000) == state.HELD
    one_left = after((1000, closed(7)), start=now)
    assert known(one_left) == (1, [0, 8, 0, 0], 0, 0, 0)
    assert phase(one_left, 2000) == state.HELD
    none_left = after((1000, closed(8, at=900)), start=one_left)
    assert known(none_left) == (0, [0, 0, 0, 0], 0, 0, 0)
    assert (phase(none_left, 2000), none_left.at[REACTION_END]) == (state.RESTING, 900)


def test_reaction_told_twice_is_open_once_and_may_become_red() -> None:
    now = state_after(opened(7), opened(8), opened(7, red=1))
    assert known(now) == (2, [7, 8, 0, 0], 0b0001, 0, 0)
    assert known(after((1000, opened(7)), start=now)) == known(now)


def test_fifth_reaction_is_only_counted() -> None:
    now = state_after(*[opened(token) for token in range(1, 6)])
    assert known(now) == (5, [1, 2, 3, 4], 0, 0, 0)
    assert known(after((1000, closed(5)), start=now)) == (4, [1, 2, 3, 4], 0, 0, 0)
    assert known(after((1000, closed(2)), start=now)) == (4, [1, 0, 3, 4], 0, 0, 0)


def test_red_flag_without_a_token_stays_until_a_clinician_has_seen_all() -> None:
    now = state_after(*[opened(token, red=int(token > 5)) for token in range(1, 7)])
    assert known(now) == (6, [1, 2, 3, 4], 0, 0, 1)
    now = after((1000, closed(6)), (1000, closed(5)), start=now)
    assert known(now) == (4, [1, 2, 3, 4], 0, 0, 1)
    assert known(after((1000, saw(5)), start=now)) == (4, [1, 2, 3, 4], 0, 0, 1)
    assert known(after((1000, saw(0)), start=now)) == (4, [1, 2, 3, 4], 0, 0, 0)


def test_red_flag_holds_the_case_after_its_reaction_until_a_clinician_has_seen_it() -> None:
    now = state_after(opened(7, red=1))
    assert reason(now, 2000) == events.RED_FLAG
    now = after((1000, closed(7, at=900)), start=now)
    assert (known(now), now.over) == ((0, [7, 0, 0, 0], 0b0001, 0, 0), 0b0001)
    assert (phase(now, 900 * DAY), reason(now, 900 * DAY)) == (state.HELD, events.RED_FLAG)
    now = after((1000, saw(7)), start=now)
    assert (known(now), now.over) == ((0, [0, 0, 0, 0], 0, 0, 0), 0)
    assert (phase(now, 2000), reason(now, 2000)) == (state.RESTING, events.AFTER_REACTION)


def test_red_reaction_that_a_clinician_has_seen_holds_until_it_is_over() -> None:
    now = state_after(opened(7, red=1), saw(7))
    assert reason(now, 2000) == events.REACTION_OPEN
    assert known(after((1000, closed(7)), start=now)) == (0, [0, 0, 0, 0], 0, 0, 0)


def test_new_sign_after_the_clinician_looked_is_a_red_flag_again() -> None:
    now = state_after(opened(7, red=1), saw(7), opened(7, red=1))
    assert known(now) == (1, [7, 0, 0, 0], 0b0001, 0, 0)
    assert reason(now, 2000) == events.RED_FLAG


def test_sign_after_the_clinician_looked_at_a_reaction_without_one_is_a_red_flag() -> None:
    now = state_after(opened(7), saw(7), opened(7, red=1))
    assert reason(now, 2000) == events.RED_FLAG


def test_sign_at_a_later_look_is_a_red_flag_of_its_reaction() -> None:
    now = state_after(opened(7), opened(8), turned_red(8))
    assert known(now) == (2, [7, 8, 0, 0], 0b0010, 0, 0)
    now = after((1000, saw(8)), (1000, turned_red(8)), start=now)
    assert (known(now), reason(now, 2000)) == ((2, [7, 8, 0, 0], 0b0010, 0, 0), events.RED_FLAG)


def test_sign_of_a_reaction_that_is_over_holds_the_case_until_a_clinician_has_seen_it() -> None:
    now = state_after(opened(7), closed(7), turned_red(7))
    assert (known(now), now.over) == ((0, [7, 0, 0, 0], 0b0001, 0, 0), 0b0001)
    assert reason(now, 2000) == events.RED_FLAG
    assert known(after((1000, saw(7)), start=now)) == (0, [0, 0, 0, 0], 0, 0, 0)


def test_sign_of_a_reaction_that_finds_no_room_is_counted() -> None:
    now = state_after(*[opened(token) for token in range(1, 6)], turned_red(5))
    assert known(now) == (5, [1, 2, 3, 4], 0, 0, 1)


def test_end_told_twice_ends_no_other_reaction() -> None:
    now = state_after(opened(7, red=1), opened(8), closed(7), closed(7))
    assert known(now) == (1, [7, 8, 0, 0], 0b0001, 0, 0)


def test_flags_are_corrected_by_the_token() -> None:
    now = state_after(opened(7), opened(8), set_red(8, reactions.RED))
    assert known(now) == (2, [7, 8, 0, 0], 0b0010, 0, 0)
    assert known(after((1000, set_red(8, 0)), start=now)) == (2, [7, 8, 0, 0], 0, 0, 0)
    over = after((1000, set_red(8, reactions.RED + reactions.OVER)), start=now)
    assert (known(over), over.over) == ((1, [7, 8, 0, 0], 0b0010, 0, 0), 0b0010)
    again = after((1000, set_red(8, reactions.RED)), start=over)
    assert (known(again), again.over) == ((2, [7, 8, 0, 0], 0b0010, 0, 0), 0)
    assert known(after((1000, set_red(9, reactions.SEEN)), start=now)) == known(now)
    kept = after((1000, set_red(9, reactions.RED + reactions.OVER)), start=now)
    assert (known(kept), kept.over) == ((2, [7, 8, 9, 0], 0b0110, 0, 0), 0b0100)
    assert after((1000, set_red(0, 3)), start=now).red_unnamed == 3
    done = after((1000, set_red(8, reactions.RED + reactions.SEEN + reactions.OVER)), start=now)
    assert known(done) == (1, [7, 0, 0, 0], 0, 0, 0)


def test_reaction_that_was_taken_back_leaves_no_red_flag() -> None:
    taken_back = (
        events.CORRECTED,
        {"token": 7, "field": events.CORRECTED_REACTIONS, "value": 0, "extra": 0},
    )
    now = state_after(opened(7, red=1), closed(7), taken_back)
    assert (known(now), now.over) == ((0, [0, 0, 0, 0], 0, 0, 0), 0)


def test_clinician_has_seen_the_reaction_with_the_token_or_all() -> None:
    now = state_after(opened(7, red=1), opened(8, red=1), saw(8))
    assert known(now) == (2, [7, 8, 0, 0], 0b0011, 0b0010, 0)
    assert known(after((1000, saw(9)), start=now)) == known(now)
    assert known(state_after(opened(7), saw(0))) == (1, [7, 0, 0, 0], 0, 0, 0)
    assert known(after((1000, saw(0)), start=now)) == (2, [7, 8, 0, 0], 0b0011, 0b0011, 0)


def test_seeing_all_reactions_covers_red_ones_without_a_token() -> None:
    now = state_after(*[opened(token, red=1) for token in range(1, 6)])
    assert now.red_unnamed == 1
    assert after((1000, saw(5)), start=now).red_unnamed == 1
    assert after((1000, saw(0)), start=now).red_unnamed == 0


def test_place_of_a_closed_reaction_is_free_for_the_next_without_its_flags() -> None:
    now = state_after(opened(7, red=1), opened(8), saw(7), closed(7), opened(9))
    assert known(now) == (2, [9, 8, 0, 0], 0, 0, 0)


def test_end_without_a_token_ends_no_reaction_that_has_one() -> None:
    now = state_after(opened(7), reaction(1, 10))
    assert known(now) == (2, [7, 0, 0, 0], 0, 0, 0)
    now = after((1000, reaction(0, 20)), (1000, reaction(0, 30)), start=now)
    assert known(now) == (1, [7, 0, 0, 0], 0, 0, 0)


def test_end_of_an_unknown_reaction_ends_one_without_a_token_and_rests_the_skin() -> None:
    now = state_after(opened(7), reaction(1, 10), closed(99, at=500))
    assert known(now) == (1, [7, 0, 0, 0], 0, 0, 0)
    assert now.at[REACTION_END] == 500
    assert after((1000, closed(98, at=400)), start=now).at[REACTION_END] == 500


REACTIONS = st.one_of(
    st.builds(opened, st.integers(0, 8), st.integers(0, 1)),
    st.builds(closed, st.integers(0, 8)),
    st.builds(saw, st.integers(0, 8)),
    st.builds(turned_red, st.integers(0, 8)),
    st.builds(reaction, st.integers(0, 1), st.just(10)),
    st.builds(
        lambda token, count: (
            events.CORRECTED,
            {"token": token, "field": events.CORRECTED_REACTIONS, "value": count, "extra": 0},
        ),
        st.integers(0, 8),
        st.integers(0, 300),
    ),
    st.builds(set_red, st.integers(0, 8), st.integers(0, 7)),
)


@given(st.lists(REACTIONS, max_size=40))
def test_what_is_known_of_reactions_never_contradicts_itself(happened: list[What]) -> None:
    now = state_after(*happened)
    named = [token for token in now.tokens if token]
    still_open = [token for place, token in enumerate(now.tokens) if not now.over >> place & 1]
    assert len(named) == len(set(named))
    assert len([token for token in still_open if token]) <= now.reactions
    for place, token in enumerate(now.tokens):
        assert token or not reactions.flags(now, place)
        is_over = now.over >> place & 1
        assert not is_over or reactions.flags(now, place) == reactions.RED + reactions.OVER
    assert snapshot.unpack(snapshot.pack(now)) == now
    is_red = reactions.needs_clinician(now)
    assert (phase(now, 1000 + DAY) == state.HELD) == (now.reactions > 0 or is_red)
    assert (reason(now, 1000 + DAY) == events.RED_FLAG) == is_red


@given(st.lists(REACTIONS, max_size=40))
def test_red_flag_goes_only_by_a_clinician_or_a_correction(happened: list[What]) -> None:
    now = state_after(*happened)
    may_clear = (events.CLINICIAN_SAW, events.CORRECTED)
    later = [what for what in happened if what[0] not in may_clear]
    assert reactions.needs_clinician(after(*[(1000, what) for what in later], start=now)) or not (
        reactions.needs_clinician(now)
    )
