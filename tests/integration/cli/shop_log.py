"""The log of a small shop, for tests that need verdicts."""

import random


def shop_log(users, seconds):
    """Each user has 8 events, most of them of the first of 60 items.

    seconds(event, user): when the event was, after a moment that all share
    """
    draw = random.Random(3)
    lines = ["user,item,time"]
    for user in range(users):
        for event, item in enumerate(draw.sample([min(int(draw.expovariate(0.1)), 59) for _ in range(40)], 8)):
            lines.append(f"{user},{item},{1700000000 + seconds(event, user)}")
    return "\n".join(lines) + "\n"
