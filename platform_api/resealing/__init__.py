"""After a new master key: what lies sealed in the database, and finished exports, come under it."""

from collections.abc import Sequence

from platform_api.audit import AuditTrail
from platform_api.exports import Vault
from platform_api.files import Rewrapper
from platform_api.http import Parts, Route
from platform_api.jobs import JobKind, Work
from platform_api.resealing.model import COLUMNS, ResealColumns, SealedColumn
from platform_api.resealing.service import Resealer

__all__ = ["COLUMNS", "JOBS", "ROUTES", "ResealColumns", "Resealer", "SealedColumn", "build", "reseal_work"]

ROUTES: Sequence[Route] = ()


def reseal_work(parts: Parts) -> Work:
    """`keys.reseal`, over the columns and the exports."""
    exports = Rewrapper(Vault.below(parts.data_dir, parts.sealer))
    trail = parts.services.get(AuditTrail)
    return Work(do=Resealer(parts.database, parts.sealer, exports, trail).work)


JOBS = (JobKind(spec=ResealColumns, work=reseal_work),)


def build(_: Parts) -> Sequence[object]:
    """Nothing that answers: there is the job alone."""
    return ()
