"""Numbers of the random processes: the first part of every draw's address.

A number is never reused and never changed: a run is reproduced by its seed and these numbers.
"""

PRIOR = 1
LEAVE = 2
DESTINATION = 3
LEAVE_BEHIND = 4
FOLLOW = 5
MOVE_ON = 6
RETURN = 7
TRAFFIC = 8
RECONSIDER = 9
RECONSIDER_WHERE = 10
WAY = 11
BAULK = 12
GIVE_UP = 13
GIVE_UP_WHERE = 14
SEAT = 15
EXIT_ADMIT = 16
ENTRY_ADMIT = 17
REFUSED_HOME = 18
REFUSED_WHERE = 19
PROTECTION = 20
SERVE_EXIT = 21
SERVE_ENTRY = 22
SERVE_ENTRY_AGAIN = 23
RENEGE = 24
MOVE_ON_WHERE = 25
# 26 is no longer drawn
ENTRY_ADMIT_AGAIN = 27
TRANSFER = 28
RENEGE_WHERE = 29
RENEGE_HOME = 30
FLIGHT_EXIT = 31
FLIGHT_ENTRY = 32
RESAMPLE = 33  # which series a resampling of scores takes: no part of a run
SMALL_CELL = 34  # whether a small cell of a kept forecast becomes 0 or 10: no part of a run
LEARN = 35  # errors of reports in learning: no part of a run
DISCREPANCY = 36  # what the model gets wrong of a place, day by day: no part of a run
DRAWS_AGAIN = 37  # which members go on after weighting: no part of a run
DRIVER_PATH = 38  # how a driver goes on after the last day known
DRIVER_JUMP = 39  # a new jump of the drivers after it
PROSPECT = 40  # whether and when an announced rule comes
TIGHTENING = 41  # a rule that nobody announced
FOLLOW_WHERE = 42
TURN = 43
