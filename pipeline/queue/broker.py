"""Which broker rings. Its content is disposable: losing it loses a bell, never a job.

Retries, pipelines, groups, delays and results of Dramatiq stay out (docs/decisions/0002-database-is-the-queue.md): its retry
hook can lose a message when the broker is away, and delivers late after a kill.
"""

from dramatiq import Broker
from dramatiq.brokers.stub import StubBroker
from dramatiq.middleware import AgeLimit, Callbacks, Pipelines, Retries, TimeLimit

from pipeline.errors import EnvironmentProblem, UsageError

HEARTBEAT_MILLISECONDS = 15_000  # a killed worker's messages come back after this, not after the default minute
MAINTENANCE_CHANCE = 1_000_000  # look after dead workers at every fetch; the default does so once in a thousand


def make_broker(url: str) -> Broker:
    """Empty: in this process; ``redis://`` or ``amqp://``: for several machines."""
    broker: Broker
    if not url:
        broker = StubBroker(middleware=[])
    elif url.startswith(("redis://", "rediss://")):
        from dramatiq.brokers.redis import RedisBroker

        broker = RedisBroker(  # type: ignore[no-untyped-call]
            url=url, heartbeat_timeout=HEARTBEAT_MILLISECONDS, maintenance_chance=MAINTENANCE_CHANCE, middleware=[]
        )
    elif url.startswith(("amqp://", "amqps://")):
        try:
            from dramatiq.brokers.rabbitmq import RabbitmqBroker
        except ImportError as missing:
            raise EnvironmentProblem("broker_url names RabbitMQ, but the package pika is missing: pip install pika") from missing
        broker = RabbitmqBroker(url=url, confirm_delivery=True, middleware=[])
    else:
        raise UsageError("broker_url must be empty, redis://... or amqp://...")
    unwanted = (AgeLimit, Callbacks, Pipelines, Retries, TimeLimit)
    assert not any(isinstance(m, unwanted) for m in broker.middleware), "retries and time limits live in the job table"
    return broker
