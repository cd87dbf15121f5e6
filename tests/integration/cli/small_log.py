"""A log of 1,500 events of 90 users and 40 items, the same in every test."""


def small_log():
    lines = ["user,item,time"]
    state = 7
    for event in range(1500):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        lines.append(f"{(state >> 33) % 90},{(state >> 45) % 40},{1_600_000_000 + event * 60}")
    return "\n".join(lines) + "\n"
