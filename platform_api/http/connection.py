"""One connection of the front: what is not HTTP, or not one message, is refused without an echo (OP-09)."""

from http import HTTPStatus
from typing import Any, Final

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from platform_api.kernel.log import get_logger

REFUSAL: Final = '{"status":400,"code":"request.not_http","title":"Bad Request"}'


class Connection(RequestHandler):
    """The library's connection; what it could not read is neither told back nor logged, only that it was."""

    __slots__ = ()

    def log_exception(self, *_: Any, exc_info: BaseException | None = None, **__: Any) -> None:  # noqa: ANN401
        """One line with the kind of error: its words may quote a token or a name (AD-03)."""
        get_logger("http").info("http.not_understood", error_type=type(exc_info).__name__)

    def connection_lost(self, exc: BaseException | None) -> None:
        """Nothing waits any longer for the rest of a body that nobody will send."""
        if self._task_handler is not None and not self._request_in_progress:
            self._task_handler.cancel()
        super().connection_lost(exc)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """A fixed answer, after which the connection ends; of our own faults `surround` tells."""
        if status != HTTPStatus.BAD_REQUEST:
            return super().handle_error(request, status, exc, message)
        self.log_exception(exc_info=exc)
        if request.writer.output_size > 0:
            raise ConnectionError
        answer = web.Response(
            status=status,
            text=REFUSAL,
            content_type="application/problem+json",
            headers={"Connection": "close"},
        )
        answer.force_close()
        return answer


def connect(server: web.Server) -> Connection:
    """A connection of this server. Bodies stay as they came: none is unfolded by the way (OP-02)."""
    return Connection(server, loop=server._loop, **{**server._kwargs, "auto_decompress": False})
