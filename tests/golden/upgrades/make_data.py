#!/usr/bin/env python3
"""Writes the logs of these fixtures into the folder that is named: data/movielens-100k and lists/ below it.

The first has the files of MovieLens-100K and none of its content: that may not be passed on, and a results database
holds the history of every request. Two logs of invented users who like one or two of six kinds of items; nobody likes an
item twice, no user has two events in one second, and the scores of a ranked list are all different, so that no rule for
repeats or ties decides anything.

usage: make_data.py FOLDER
"""

import csv
import pathlib
import random
import sys

KINDS = ["Action", "Comedy", "Crime", "Drama", "Mystery", "Western"]
FIRST_SECOND = 1_000_000_000
DAY = 86_400


class World:
    """`users` who each like one or two kinds of `items`, over 200 days."""

    def __init__(self, seed, users, items):
        self.dice = random.Random(seed)
        self.kinds = [self.dice.sample(KINDS, self.dice.choice([1, 1, 2])) for _ in range(items)]
        self.tastes = [self.dice.sample(KINDS, self.dice.choice([1, 2])) for _ in range(users)]
        self.weights = [1 / (rank + 3) for rank in range(items)]
        self.dice.shuffle(self.weights)

    def likes(self, user, item):
        return not set(self.tastes[user]).isdisjoint(self.kinds[item])

    def chosen(self, user, count):
        """`count` different items, the popular and the liked sooner (Efraimidis and Spirakis 2006)."""
        keys = []
        for item, weight in enumerate(self.weights):
            keys.append((self.dice.random() ** (1 / (weight * (4 if self.likes(user, item) else 1))), item))
        return [item for _, item in sorted(keys, reverse=True)[:count]]

    def events(self, fewest, most):
        """(user, item, rating, time), in no order."""
        out = []
        for user in range(len(self.tastes)):
            items = self.chosen(user, self.dice.randint(fewest, most))
            self.dice.shuffle(items)
            begins = self.dice.randrange(150 * DAY)
            lasts = self.dice.choice([2, 20, 50]) * DAY
            times = sorted(self.dice.sample(range(lasts), len(items)))
            for item, time in zip(items, times):
                rating = min(5, max(1, self.dice.choice([2, 3, 4]) + self.likes(user, item)))
                out.append((user, item, rating, FIRST_SECOND + begins + time))
        self.dice.shuffle(out)
        return out


def write(path, rows, delimiter):
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", newline="", encoding="ascii") as file:
        csv.writer(file, delimiter=delimiter, lineterminator="\n").writerows(rows)


def as_movielens(folder):
    world = World(seed=11, users=300, items=160)
    jobs = ["artist", "doctor", "student", "writer"]
    write(folder / "ml-100k.inter",
          [("user_id:token", "item_id:token", "rating:float", "timestamp:float")] +
          [(user + 1, item + 1, rating, time) for user, item, rating, time in world.events(12, 36)], "\t")
    write(folder / "ml-100k.item",
          [("item_id:token", "movie_title:token_seq", "release_year:token", "class:token_seq")] +
          [(item + 1, f"Film {item + 1}", 1950 + item % 50, " ".join(kinds)) for item, kinds in enumerate(world.kinds)],
          "\t")
    write(folder / "ml-100k.user",
          [("user_id:token", "age:token", "gender:token", "occupation:token", "zip_code:token")] +
          [(user + 1, 18 + world.dice.randrange(50), world.dice.choice("FM"), world.dice.choice(jobs), 10000 + user)
           for user in range(len(world.tastes))], "\t")


def of_a_shop(folder):
    """A log with texts as ids, a feature file, and what two other tools recommend: one with scores, one with ranks."""
    world = World(seed=5, users=150, items=90)
    user_ids, item_ids = [f"u{user:03}" for user in range(150)], [f"item-{item}" for item in range(90)]
    write(folder / "log.csv", [("user", "item", "time")] +
          [(user_ids[user], item_ids[item], time) for user, item, _, time in world.events(10, 22)], ",")
    write(folder / "items.csv", [("id", "shelf", "price")] +
          [(item_ids[item], kinds[0], round(1 + 40 * world.dice.random(), 2)) for item, kinds in enumerate(world.kinds)],
          ",")
    scored, ranked = [], [("user", "item", "rank")]
    for user in range(140):  # ten users have no list
        for rank, item in enumerate(world.chosen(user, 25)):
            scored.append((user_ids[user], "Q0", item_ids[item], rank + 1, round(9 - rank / 8 - user / 1000, 4), "other"))
        ranked += [(user_ids[user], item_ids[item], rank + 1) for rank, item in enumerate(world.chosen(user, 20))]
    write(folder / "scored.run", scored, " ")
    write(folder / "ranked.csv", ranked, ",")


def main():
    folder = pathlib.Path(sys.argv[1])
    as_movielens(folder / "data/movielens-100k")
    of_a_shop(folder / "lists")


if __name__ == "__main__":
    main()
