"""One Dramatiq actor per stage. A message carries a job id and nothing else; an actor decides nothing."""

import logging
from collections.abc import Callable, Iterable, Mapping

import dramatiq
from dramatiq import Actor, Broker

from pipeline.desk import Desk
from pipeline.running import perform, unblocked_by
from pipeline.stages import STAGES
from pipeline.store import jobs

log = logging.getLogger("belegfluss")

Actors = Mapping[str, Actor[[str], None]]


def declare_actors(broker: Broker, desk: Desk, passed: Callable[[str, str], None] | None = None) -> Actors:
    """The actors of this process, by stage. ``passed`` is told (stage, job id) of every message, for tests and tracing."""
    actors: dict[str, Actor[[str], None]] = {}
    for stage in STAGES:
        decorate = dramatiq.actor(broker=broker, actor_name=stage, queue_name=stage)
        actors[stage] = decorate(_work(stage, actors, desk, passed))
    return actors


def _work(stage: str, actors: Actors, desk: Desk, passed: Callable[[str, str], None] | None) -> Callable[[str], None]:
    def work(job_id: str) -> None:
        if passed:
            passed(stage, job_id)
        ring(actors, desk, [*perform(desk, job_id), *unblocked_by(desk, stage)])

    return work


def ring(actors: Actors, desk: Desk, job_ids: Iterable[str]) -> None:
    """Send the bell for some jobs. A broker that is away is no loss: the sweeper rings again."""
    for job_id in job_ids:
        with desk.database.read() as connection:
            stage = jobs.stage_of(connection, job_id)
        if stage is None:
            continue
        try:
            actors[stage].send(job_id)
        except Exception as problem:
            log.warning("the broker did not take the bell for stage %s: %s", stage, problem)
            return
