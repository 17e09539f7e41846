"""Why a file was not taken.

FileRefused (the sender's fault)
  file.empty, file.too_large, file.type_unknown, file.damaged, file.too_many_pixels
UploadInvalid (the sender's fault)
  upload.invalid, upload.version, upload.too_many
QuotaFull (the organisation's)
  upload.quota
StorageFull (ours)
  storage.full
FileUnreadable (ours)
  file.unreadable
"""

from platform_api.kernel.errors import AppError


class FileRefused(AppError):
    """The bytes are not what may be stored."""

    code = "file.damaged"
    status_hint = 422


class FileTooLarge(AppError):
    """More bytes than a file here may have."""

    code = "file.too_large"
    status_hint = 413


class StorageFull(AppError):
    """The disk has no room; nothing was kept."""

    code = "storage.full"
    status_hint = 507


class FileUnreadable(AppError):
    """The stored bytes are not those that were stored, or their key is gone."""

    code = "file.unreadable"
    status_hint = 500


class UploadInvalid(AppError):
    """The request is not one of the tus protocol, version 1.0.0, as it is spoken here."""

    code = "upload.invalid"
    status_hint = 400


class QuotaFull(AppError):
    """The organisation has as many bytes here as it may."""

    code = "upload.quota"
    status_hint = 413
