"""When a message the server would not take now is tried again. Pure rules."""

from datetime import timedelta

# The first try again; each next one waits twice as long, at most the longest.
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=4)
# Shares of the wait added or taken at random, so that what failed together does not come back together.
JITTER = 0.2
# From the moment the message was due: then it is given up (RFC 5321 asks for four to five days at least).
GIVE_UP_AFTER = timedelta(days=5)
# When the server itself cannot be reached: nothing is tried for so long.
SERVER_WAIT = timedelta(seconds=30)


def wait_before_retry(attempts: int, chance: float) -> timedelta:
    """Return the wait after so many tries (from 1); `chance` is 0-1, at random."""
    doubled = FIRST_WAIT * int(2 ** min(max(attempts, 1) - 1, 12))
    return min(doubled, LONGEST_WAIT) * (1 - JITTER + 2 * JITTER * chance)
