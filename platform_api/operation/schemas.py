"""Answer shapes of operation."""

from platform_api.audit_messages import Delivery
from platform_api.files import OfficeState
from platform_api.http import Moment, Shape
from platform_api.identity.model import Duty
from platform_api.jobs.model import JobState, Worker
from platform_api.operation.model import Certificate, DatabaseFacts, Kind, Machine, Node, Overview, Storage


class MachineView(Shape):
    """This machine; sizes in bytes."""

    load: list[float]
    processors: int
    memory_total: int
    memory_free: int
    disk_total: int
    disk_free: int


class DatabaseView(Shape):
    """The database."""

    version: str
    size: int
    connections: int
    connections_most: int


class NodeView(Shape):
    """A media node."""

    name: str
    up: bool
    rooms: int
    connections: int


class WorkerView(Shape):
    """A process that does jobs."""

    host: str
    pid: int
    started_at: Moment
    seen_at: Moment
    lives: bool


class CertificateView(Shape):
    """A certificate; `days` that are left."""

    name: str
    expires_at: Moment
    days: int


class DeliveryView(Shape):
    """How far the receiver of audit messages is."""

    receiver: str
    number: int
    waiting: int
    delivered_at: Moment | None
    failed_at: Moment | None
    failure: str


class KeptView(Shape):
    """A kind of what is kept: its bytes as they lie, in so many things."""

    kind: Kind
    bytes: int
    items: int


class StorageView(Shape):
    """What is kept, the heaviest first, as it was weighed."""

    weighed_at: Moment
    bytes: int
    kinds: list[KeptView]


class OverviewView(Shape):
    """Everything an operator sees at once."""

    version: str
    started_at: Moment
    parts: dict[str, bool]
    machine: MachineView
    database: DatabaseView | None
    nodes: list[NodeView]
    jobs: dict[JobState, int]
    workers: list[WorkerView]
    certificates: list[CertificateView]
    delivery: DeliveryView | None
    vacant_duties: list[Duty]
    office: OfficeState
    storage: StorageView | None


def overview_view(found: Overview, now: Moment) -> OverviewView:
    """The overview as it is shown."""
    load = found.workload
    return OverviewView(
        version=found.version,
        started_at=found.started_at,
        parts=dict(found.parts),
        machine=_machine(found.machine),
        database=_database(found.database),
        nodes=[_node(each) for each in found.nodes],
        jobs=dict(load.counts) if load else {},
        workers=[_worker(each) for each in load.workers] if load else [],
        certificates=[_certificate(each, now) for each in found.certificates],
        delivery=_delivery(found.delivery),
        vacant_duties=list(found.vacant_duties),
        office=found.office,
        storage=_storage(found.storage),
    )


def _machine(machine: Machine) -> MachineView:
    return MachineView(
        load=[round(each, 2) for each in machine.load],
        processors=machine.processors,
        memory_total=machine.memory_total,
        memory_free=machine.memory_free,
        disk_total=machine.disk_total,
        disk_free=machine.disk_free,
    )


def _database(facts: DatabaseFacts | None) -> DatabaseView | None:
    if facts is None:
        return None
    return DatabaseView(
        version=facts.version,
        size=facts.size,
        connections=facts.connections,
        connections_most=facts.connections_most,
    )


def _node(node: Node) -> NodeView:
    return NodeView(name=node.name, up=node.up, rooms=node.rooms, connections=node.connections)


def _worker(worker: Worker) -> WorkerView:
    return WorkerView(
        host=worker.host,
        pid=worker.pid,
        started_at=worker.started_at,
        seen_at=worker.seen_at,
        lives=worker.lives,
    )


def _certificate(certificate: Certificate, now: Moment) -> CertificateView:
    return CertificateView(
        name=certificate.name,
        expires_at=certificate.expires_at,
        days=(certificate.expires_at - now).days,
    )


def _delivery(delivery: Delivery | None) -> DeliveryView | None:
    if delivery is None:
        return None
    return DeliveryView(
        receiver=delivery.receiver,
        number=delivery.number,
        waiting=delivery.waiting,
        delivered_at=delivery.delivered_at,
        failed_at=delivery.failed_at,
        failure=delivery.failure,
    )


def _storage(storage: Storage | None) -> StorageView | None:
    if storage is None:
        return None
    return StorageView(
        weighed_at=storage.weighed_at,
        bytes=sum(weight.bytes for _, weight in storage.kinds),
        kinds=[KeptView(kind=kind, bytes=weight.bytes, items=weight.items) for kind, weight in storage.kinds],
    )
