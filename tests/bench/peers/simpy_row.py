"""SimPy: timeouts with a callback, processes that sleep, and resources of capacity 1."""
import math
import os
import resource
import sys
import time

import simpy

WORKLOAD, N, EVENTS = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
MASK = (1 << 64) - 1
QUANTILES = [int(-math.log((i + 0.5) / 1024) * 1073741824.0) for i in range(1024)]


class Increments:
    def __init__(self, seed):
        self.state = ((seed + 1) * 0x9E3779B97F4A7C15 & MASK) | 1

    def bits(self):
        state = self.state
        state ^= state << 13 & MASK
        state ^= state >> 7
        state ^= state << 17 & MASK
        self.state = state
        return state

    def next(self):
        drawn = self.bits()
        return QUANTILES[drawn >> 54] + (drawn & 0xFFFFF) + 1


def resident_kib():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


class Row:
    def __init__(self):
        self.left, self.checksum, self.began = max(2 * N, 20000), 0, None
        self.resident = resident_kib()

    def fired(self, now):
        self.checksum = (self.checksum << 1 & MASK | self.checksum >> 63) ^ int(now)
        self.left -= 1
        if self.left == 0 and self.began is None:
            self.warm, self.left, self.began = self.checksum, EVENTS, time.process_time()
        elif self.left == 0:
            ns = (time.process_time() - self.began) * 1e9 / EVENTS
            size = (resident_kib() - self.resident) * 1024 // N
            print(f"SimPy {WORKLOAD} {N} {ns:.1f} {size} {self.warm:016x}", flush=True)
            os._exit(0)


row, environment = Row(), simpy.Environment()
shared = Increments(0)
mutexes = [simpy.Resource(environment, 1) for _ in range(4)]


def arm():
    environment.timeout(shared.next()).callbacks.append(fire)


def fire(_):
    row.fired(environment.now)
    arm()


def ping(increments):
    while True:
        yield environment.timeout(increments.next())
        row.fired(environment.now)


def convoy(increments):
    while True:
        yield environment.timeout(increments.next())
        mutex = mutexes[increments.bits() >> 62]
        request = mutex.request()
        yield request
        yield environment.timeout(increments.next() >> 2)
        row.fired(environment.now)
        mutex.release(request)


for number in range(N):
    if WORKLOAD == "hold":
        arm()
    else:
        environment.process((ping if WORKLOAD == "ping" else convoy)(Increments(number)))
environment.run()
