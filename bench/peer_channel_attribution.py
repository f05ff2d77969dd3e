"""ChannelAttribution's calls, timed without its start and its reading. Runs in the peers' environment, never in ours.

Belongs here: how the peer is called. Never here: an import of this project.
"""

import json
import resource
import sys
import time

import ChannelAttribution as peer  # type: ignore[import-not-found]
import pandas as pd

paths = pd.read_csv(sys.argv[1])
kind, _, order = sys.argv[2].partition(" ")
wall, cpu = time.perf_counter(), time.process_time()
if kind == "rules":
    peer.heuristic_models(paths, "path", "converted", "value")
else:
    peer.markov_model(paths, "path", "converted", "value", "lost", order=int(order), verbose=0)
print(
    json.dumps(
        {
            "wall": time.perf_counter() - wall,
            "cpu": time.process_time() - cpu,
            "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        }
    )
)
