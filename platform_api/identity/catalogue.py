"""Every right that there is, with its words: each route and socket event names one of these (AZ-03)."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from platform_api.kernel.rooms import Right
from platform_api.kernel.sentences import Language


class Module(StrEnum):
    """What rights are grouped by when they are shown."""

    TEACHING = "teaching"
    QUESTIONS = "questions"
    FILES = "files"
    LISTS = "lists"
    OPERATION = "operation"
    ACCOUNTS = "accounts"
    AUDIT = "audit"
    ROOM = "room"
    DOORS = "doors"


@dataclass(frozen=True, slots=True)
class Entry:
    """A right and what a person reads for it."""

    name: str
    module: Module
    zh: str
    en: str

    def words(self, language: Language) -> str:
        """What a person reads."""
        return self.zh if language is Language.ZH_CN else self.en


MODULE_WORDS: Final[dict[Module, tuple[str, str]]] = {
    Module.TEACHING: ("教学", "Teaching"),
    Module.QUESTIONS: ("学术答疑", "Questions"),
    Module.FILES: ("文件", "Files"),
    Module.LISTS: ("列表与导出", "Lists and exports"),
    Module.OPERATION: ("运行", "Operation"),
    Module.ACCOUNTS: ("机构与账号", "Organisations and accounts"),
    Module.AUDIT: ("审计", "Audit"),
    Module.ROOM: ("房间内", "In a room"),
    Module.DOORS: ("入口", "Doors"),
}

RIGHTS: Final = (
    Entry("sessions.view", Module.TEACHING, "查看场次", "See sessions"),
    Entry("sessions.plan", Module.TEACHING, "安排与主持场次", "Plan and lead sessions"),
    Entry("sessions.moderate", Module.TEACHING, "管理本机构的场次", "Moderate the organisation's sessions"),
    Entry("sessions.share", Module.TEACHING, "分享场次", "Share sessions"),
    Entry("recordings.view", Module.TEACHING, "观看回放", "Watch recordings"),
    Entry("comments.write", Module.TEACHING, "发表评论", "Write comments"),
    Entry("comments.moderate", Module.TEACHING, "管理评论", "Moderate comments"),
    Entry("qa.view", Module.QUESTIONS, "查看提问与讨论", "Read questions and discussions"),
    Entry("qa.ask", Module.QUESTIONS, "提问与回答", "Ask and answer"),
    Entry("qa.host", Module.QUESTIONS, "主持专题讨论", "Host themed discussions"),
    Entry("qa.share", Module.QUESTIONS, "分享提问", "Share questions"),
    Entry("qa.moderate", Module.QUESTIONS, "管理答疑内容", "Moderate questions"),
    Entry("qa.review", Module.QUESTIONS, "审核讨论总结", "Review summaries of discussions"),
    Entry("review.levels", Module.ACCOUNTS, "设置审核级别", "Set the levels of a review"),
    Entry("files.view", Module.FILES, "查看文件", "See files"),
    Entry("files.upload", Module.FILES, "上传文件", "Upload files"),
    Entry("tables.share", Module.LISTS, "共享列表视图", "Share views of lists"),
    Entry("exports.approve", Module.LISTS, "审批数据导出", "Approve exports"),
    Entry("jobs.view", Module.OPERATION, "查看后台任务", "See background jobs"),
    Entry("jobs.manage", Module.OPERATION, "终止与重试任务", "End and repeat jobs"),
    Entry("operation.view", Module.OPERATION, "查看运行状况", "See how the house runs"),
    Entry("rooms.inspect", Module.OPERATION, "查看直播运行情况", "Look into live rooms"),
    Entry("organisations.view", Module.ACCOUNTS, "查看机构", "See organisations"),
    Entry("organisations.manage", Module.ACCOUNTS, "管理机构", "Manage organisations"),
    Entry(
        "users.manage",
        Module.ACCOUNTS,
        "管理用户与申请",
        "Manage users and requests for accounts",
    ),
    Entry("roles.give", Module.ACCOUNTS, "授予角色", "Give roles"),
    Entry("roles.compose", Module.ACCOUNTS, "编制角色", "Compose roles"),
    Entry("duties.give", Module.ACCOUNTS, "任免三员", "Appoint to the three duties"),
    Entry("api_keys.manage", Module.ACCOUNTS, "管理接口密钥", "Manage API keys"),
    Entry("audit.view", Module.AUDIT, "查看与校验审计记录", "Read and verify the audit trail"),
    Entry("break_glass.ask", Module.AUDIT, "紧急访问", "Open records in an emergency"),
    Entry("break_glass.review", Module.AUDIT, "复核紧急访问", "Review access in an emergency"),
    Entry("alarms.view", Module.AUDIT, "查看安全告警", "See alarms"),
    Entry("alarms.settle", Module.AUDIT, "处理安全告警", "See to alarms"),
)
"""What a role may carry."""

DOORS: Final = (
    Entry("public", Module.DOORS, "任何人", "Anybody"),
    Entry("signed_in", Module.DOORS, "已登录用户", "Any user who is signed in"),
    Entry("activating", Module.DOORS, "正在启用账号的用户", "A user who activates the account"),
    Entry("anyone_known", Module.DOORS, "任何已登录者，包括来宾", "Whoever is signed in, guests too"),
    Entry("guest_or_user", Module.DOORS, "用户，或受邀来宾", "A user, or a guest of this very session"),
    Entry("patient", Module.DOORS, "患者本人", "A patient"),
    Entry("room.enter", Module.DOORS, "持有该房间的入场凭证", "Who holds a grant for the room"),
    Entry("room.attend", Module.DOORS, "房间内的参与者", "Whoever is in the room"),
)
"""What follows from who one is, and is in no role."""

ROOM: Final = tuple(
    Entry(f"room.{right.value}", Module.ROOM, zh, en)
    for right, zh, en in (
        (Right.SPEAK, "发言", "Speak"),
        (Right.DRAW, "标注", "Draw"),
        (Right.POINT, "激光笔", "Point"),
        (Right.CLEAR, "清除标注", "Clear marks"),
        (Right.COMMENT, "发表评论", "Comment"),
        (Right.FREEZE, "截取画面", "Freeze pictures"),
        (Right.PRESENT, "演示与同步画面", "Present"),
        (Right.MODERATE, "管理房间", "Moderate the room"),
        (Right.END, "结束直播", "End the session"),
    )
)
"""What a grant lets a participant do in its one room."""

CATALOGUE: Final[dict[str, Entry]] = {entry.name: entry for entry in (*RIGHTS, *DOORS, *ROOM)}


def words_of(name: str, language: Language) -> str:
    """The words of a right; an unknown one (of a later version) is shown by its name."""
    entry = CATALOGUE.get(name)
    return entry.words(language) if entry is not None else name
