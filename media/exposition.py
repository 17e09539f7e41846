"""Prometheus figures on their way over the control channel: read from one registry, shown by another."""

from collections.abc import Iterable, Iterator

from prometheus_client import CollectorRegistry
from prometheus_client.core import Metric

from media.control import FigureFamily, FigureSample


def read(registry: CollectorRegistry) -> tuple[FigureFamily, ...]:
    """Everything in the registry now."""
    return tuple(
        FigureFamily(
            name=metric.name,
            kind=metric.type,
            help=metric.documentation,
            samples=tuple(
                FigureSample(name=sample.name, labels=dict(sample.labels), value=sample.value)
                for sample in metric.samples
                if not sample.name.endswith("_created")
            ),
        )
        for metric in registry.collect()
    )


def show(families: Iterable[FigureFamily], *, node: str) -> Iterator[Metric]:
    """The same as figures of this node."""
    for family in families:
        metric = Metric(family.name, family.help, family.kind)
        for sample in family.samples:
            metric.add_sample(sample.name, {"node": node, **sample.labels}, sample.value)
        yield metric
