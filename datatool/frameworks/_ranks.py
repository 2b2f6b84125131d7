"""Which process this is, from the environment of whichever launcher started it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

# (rank, world size, local rank, processes of this machine) of paddle.distributed.launch and of torchrun.
_PADDLE: Final = ("PADDLE_TRAINER_ID", "PADDLE_TRAINERS_NUM", "PADDLE_RANK_IN_NODE", "PADDLE_LOCAL_SIZE")
_TORCH: Final = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE")


@dataclass(frozen=True, kw_only=True)
class Ranks:
    """This process among all.

    Attributes:
        rank: Its number.
        world_size: Of all processes.
        local_rank: Its number on this machine.
        local_world_size: Processes of this machine; of all where the launcher does not say.
    """

    rank: int = 0
    world_size: int = 1
    local_rank: int = 0
    local_world_size: int = 1


def ranks_of(environment: Mapping[str, str] = os.environ, /) -> Ranks:
    """Read the launcher's variables; without any there is one process.

    >>> ranks_of({"RANK": "1", "WORLD_SIZE": "2", "LOCAL_RANK": "1"})
    Ranks(rank=1, world_size=2, local_rank=1, local_world_size=2)
    """
    for rank, size, local, together in (_PADDLE, _TORCH):
        if rank in environment and size in environment:
            return Ranks(
                rank=int(environment[rank]),
                world_size=int(environment[size]),
                local_rank=int(environment.get(local, environment[rank])),
                local_world_size=int(environment.get(together, environment[size])),
            )
    return Ranks()


def join_paddle(environment: Mapping[str, str] = os.environ, /) -> dict[str, str]:
    """Variables that Paddle needs and torchrun does not set."""
    if "PADDLE_TRAINER_ENDPOINTS" in environment or "MASTER_ADDR" not in environment:
        return {}
    ranks = ranks_of(environment)
    host, port = environment["MASTER_ADDR"], int(environment["MASTER_PORT"])
    # torchrun keeps its own store on MASTER_PORT; the ports after it are ours.
    endpoints = [f"{host}:{port + 1 + index}" for index in range(ranks.world_size)]
    return {
        "PADDLE_TRAINER_ID": str(ranks.rank),
        "PADDLE_TRAINERS_NUM": str(ranks.world_size),
        "PADDLE_TRAINER_ENDPOINTS": ",".join(endpoints),
        "PADDLE_CURRENT_ENDPOINT": endpoints[ranks.rank],
        "PADDLE_LOCAL_SIZE": str(ranks.local_world_size),
        "FLAGS_selected_gpus": str(ranks.local_rank),
    }


def join_torch(environment: Mapping[str, str] = os.environ, /) -> dict[str, str]:
    """Variables that torch needs and Paddle's launcher does not set."""
    if "MASTER_ADDR" in environment or "PADDLE_TRAINER_ENDPOINTS" not in environment:
        return {}
    ranks = ranks_of(environment)
    host, _, port = environment["PADDLE_TRAINER_ENDPOINTS"].split(",")[0].partition(":")
    return {
        "MASTER_ADDR": host,
        "MASTER_PORT": port,
        "RANK": str(ranks.rank),
        "WORLD_SIZE": str(ranks.world_size),
        "LOCAL_RANK": str(ranks.local_rank),
        "LOCAL_WORLD_SIZE": str(ranks.local_world_size),
    }
