"""What the host may have the case do, but for its clock: see `rollcase.timekeeper`.

Each order is carried out at once and returns why not, or an empty string.
"""

from rollcase import policy_store
from rollcase.journal import JournalError
from rollcase.recorder import Recorder
from rollcase.timekeeper import Timekeeper
from rollcore import events, state
from rollcore.policy import Policy


class Orders:
    """Carries out the host's orders. `directory` holds the policy."""

    def __init__(self, directory: str, recorder: Recorder, timekeeper: Timekeeper) -> None:
        self._directory = directory
        self._recorder = recorder
        self._timekeeper = timekeeper

    def set_policy(self, new: Policy) -> str:
        """Put a policy in force; return why not, or an empty string."""
        recorder = self._recorder
        old = recorder.policy
        if new.digest == old.digest == recorder.journal.state.policy_digest:
            return ""
        why_not = self._timekeeper.start()
        if why_not:
            return why_not
        why_not = recorder.journal.settle()  # this writes files
        if why_not:
            return why_not
        try:
            policy_store.store(self._directory, new)
        except OSError as error:
            return f"the flash did not take the rules ({error})"
        why_not = recorder.log_policy(new, state.zones_kept(old, new))
        if why_not:
            return why_not
        try:
            policy_store.remove_others(self._directory, new.digest)
        except OSError:
            pass  # they take a little room, and go with the next ones
        return ""

    def tell(self, kind: int, data: dict[str, int], zone: int) -> str:
        """Log what the host knows and the case has to; return why not, or an empty string.

        Told again with the same token, it is not logged again; nor is what is carried
        over from another log, if no rest ends later by it. What the case has counted
        itself it adds to `data`. Raises `events.RecordError` for fields that do not fit.
        """
        recorder = self._recorder
        if kind == events.CARRIED:
            is_known = recorder.is_last(kind, data, zone)
        else:
            is_known = state.is_told(recorder.journal.state, data["token"])
        if is_known:
            return ""
        is_of_a_zone = kind == events.CLINIC or (kind == events.CARRIED and zone < events.ZONES)
        if is_of_a_zone and recorder.has_lost_policy:
            return recorder.fault  # nobody knows which skin that is
        why_not = state.why_not_told(recorder.policy, kind, data, zone)
        why_not = why_not or self._timekeeper.start()
        if why_not:
            return why_not
        known, now = recorder.journal.state, recorder.clock.time
        if kind == events.CARRIED and state.is_carried(known, data, zone, now):
            return ""
        if kind in (events.HEAD_NEW, events.HEAD_OUT):
            data["uses"] = known.head_uses
        return recorder.log(kind, data, zone)

    def correct(self, seq: int, data: dict[str, int]) -> str:
        """Log that a field of the state is another; return why not, or an empty string.

        It was computed for the log up to record `seq`, and is not taken for a longer one. Asked
        again, it is not logged again. Raises `events.RecordError` for fields that do not fit.
        """
        recorder = self._recorder
        why_not = self._timekeeper.start()
        if why_not:
            return why_not
        last = recorder.journal.state.seq
        if seq == last - 1 and recorder.is_last(events.CORRECTED, data, 0):
            return ""
        if seq != last:
            return f"the log ends with record {last}"
        return recorder.log(events.CORRECTED, data)

    def new_log(self, keep: bool) -> str:
        """Begin a new log; return why not, or an empty string.

        With `keep` it is born with what the case knows, else with nothing: the roller goes to
        somebody else, and its head is not for them.
        """
        recorder = self._recorder
        why_not = self._timekeeper.start()
        if why_not:
            return why_not
        before = recorder.journal.state
        known = before.copy() if keep else state.of_another_owner(before)
        known.time = recorder.clock.time
        try:
            recorder.journal.new_log(known)
        except JournalError as error:
            return str(error)
        # What the log was born with is on flash twice from here on.
        recorder.journal.checkpoint(known.time, recorder.clock.uptime)
        if not keep:
            recorder.policy = policy_store.load(self._directory, 0, 0)
        elif recorder.policy.digest == known.policy_digest:
            try:
                policy_store.store(self._directory, recorder.policy)  # its files may be lost
            except OSError:
                pass  # the next start says so
        recorder.look_again()
        return ""

    def ack(self, seq: int) -> None:
        """Note that the host holds the log up to `seq`."""
        recorder = self._recorder
        recorder.journal.ack(seq, recorder.clock.uptime)
        if recorder.fault and not recorder.safe:
            recorder.look_again()  # there may be room now
            if not recorder.fault:
                self._timekeeper.start()
