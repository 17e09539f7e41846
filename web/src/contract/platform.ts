/**
 * Shapes of /api/v1 as the screens use them: the generated ones, with ids that cannot be mixed up.
 * A field that the platform renames or drops no longer compiles here.
 */
import type {
  CommentId, FileId, InvitationId, OrganisationId, QuestionId, RecordingId, RoomId, SessionId, UserId,
} from "@/kernel/ids";

import type { components } from "./api";

type Schemas = components["schemas"];
/** The generated shape with some fields narrowed to ours. */
type Narrowed<Name extends keyof Schemas, Fields extends { [Key in keyof Fields]: Key extends keyof Schemas[Name] ? unknown : never }> =
  Omit<Schemas[Name], keyof Fields> & Fields;

export type Organisation = Narrowed<"OrganisationName", { readonly id: OrganisationId }>;
export type OrganisationToJoin = Narrowed<"OrganisationToJoin", { readonly id: OrganisationId }>;
export type OrganisationKind = Schemas["OrganisationKind"];
export type OrganisationNode = Narrowed<
  "OrganisationView",
  { readonly id: OrganisationId; readonly parent: OrganisationId | null; readonly merged_into: OrganisationId | null }
>;
export type OrganisationStep = Narrowed<"StepView", { readonly id: OrganisationId }>;
export type OrganisationCode = Schemas["CodeShape"];
export type OrganisationTop = Narrowed<
  "TopView",
  { readonly own: OrganisationNode; readonly below: readonly OrganisationNode[] }
>;
export type OrganisationWords = Omit<Required<Schemas["OrganisationDraft"]>, "parent">;
export type OrganisationDetails = Narrowed<
  "OrganisationPage",
  { readonly organisation: OrganisationNode; readonly path: readonly OrganisationStep[] }
>;
export type OrganisationFind = Narrowed<
  "FoundView",
  { readonly organisation: OrganisationNode; readonly path: readonly OrganisationStep[] }
>;
export type OrganisationChange = Schemas["ChangeView"];
export type MoveForecast = Schemas["MoveForecastView"];
export type MergeForecast = Schemas["MergeForecastView"];
export type Region = Schemas["RegionItem"];
export type RoleName = Schemas["UserRole"];
export type ActingNode = Schemas["HeldNode"];
export type Me = Narrowed<"Me", { readonly user: User }>;
export type GivenRole = Narrowed<"GivenRoleView", { readonly user: UserId }>;
export type RoleList = Schemas["RoleList"];
export type RoleItem = Schemas["RoleView"];
export type RoleWords = Omit<Schemas["RoleDraft"], "organisation">;
export type RoleHolder = Narrowed<"RoleHolderView", { readonly user: UserId }>;
export type PermissionModule = Schemas["PermissionModule"];
export type GivenRoleDraft = Schemas["GivenRoleDraft"];
export type EmergencyAccess = Narrowed<"OpeningView", { readonly organisation: OrganisationId }>;
export type EmergencyDraft = Schemas["OpeningDraft"];
export type Duty = Schemas["Duty"];
export type DutyList = Schemas["DutyList"];
export type DutyHolder = Narrowed<"DutyHolderView", { readonly user: UserId }>;
export type User = Narrowed<"UserView", { readonly id: UserId; readonly organisation: Organisation }>;
export type SignInAnswer = Narrowed<"SignedIn", { readonly user: User }>;
export type Guest = Narrowed<"GuestView", { readonly session: SessionId }>;
export type RenewAnswer = Narrowed<"Refreshed", { readonly user: User | null; readonly guest: Guest | null }>;
export type Credentials = Schemas["Credentials"];
export type TotpEnrolment = Schemas["TotpEnrolment"];
export type Account = Narrowed<"AccountView", { readonly id: UserId; readonly organisation: Organisation }>;
export type AccountChange = Schemas["UserChange"];
export type NewAccount = Narrowed<"UserDraft", { readonly organisation: OrganisationId }>;
export type Passkey = Schemas["PasskeyItem"];
export type RebindEnrolment = Schemas["RebindEnrolment"];
export type Factors = Schemas["Factors"];
export type LoginItem = Schemas["LoginItem"];
export type Certificate = Schemas["CertificateItem"];
export type CertificateList = Schemas["CertificateList"];
export type ApiKeyDraft = Schemas["ApiKeyDraft"];
export type KeyScope = Schemas["ScopeItem"];
export type MadeApiKey = Schemas["ApiKeyOnce"];
export type RegistrationDraft = Narrowed<"RegistrationDraft", { readonly organisation: OrganisationId }>;
export type RegistrationStanding = Schemas["RegistrationStanding"];
export type ApplicantActivation = Schemas["ActivationOnce"];
export type MadeUserInvitation = Schemas["UserInvitationOnce"];
export type UserInvitationFacts = Schemas["UserInvitationFacts"];
export type Joining = Schemas["Joining"];
export type CheckedUserList = Schemas["ListChecked"];
export type EndedCount = Schemas["EndedCount"];
export type OneTimeCredentials = Narrowed<"NewCredentialsView", { readonly user: Account }>;

export type SessionState = Schemas["SessionState"];
export type ProcedureForm = Schemas["Form"];
export type BodyPart = Schemas["BodyPart"];
export type Visibility = Schemas["Visibility"];
export type ProgrammeTab = Schemas["ProgrammeView"];
export type SessionRights = Schemas["MayItem"];
export type SessionRecording = Narrowed<"RecordingOfSession", { readonly id: RecordingId }>;
/** `room` is null until the session is opened for the first time. */
export type Session = Narrowed<
  "SessionItem",
  { readonly id: SessionId; readonly room: RoomId | null; readonly recording: SessionRecording | null }
>;
export type SessionPlan = Required<Schemas["NewSession"]>;
export type RoomGrant = Narrowed<"GrantItem", { readonly room: RoomId }>;
export type UploadUnderWay = Schemas["UploadItem"];
export type StoredFile = Narrowed<"FileItem", { readonly id: FileId }>;
export type DeleteReason = Schemas["DeleteReason"];
export type Retention = Schemas["Retention"];
export type FileHistory = Schemas["VersionList"];
export type NewCommentator = Required<Schemas["NewCommentator"]>;
export type Commentator = Narrowed<"CommentatorItem", { readonly id: InvitationId }>;
export type MadeInvitation = Narrowed<"InvitationOnce", { readonly id: InvitationId }>;
export type InvitationFacts = Schemas["InvitationFacts"];
type GuestPlace = Narrowed<"SessionOfGuest", { readonly id: SessionId; readonly room: RoomId | null }>;
export type Redeemed = Narrowed<"Redeemed", { readonly session: GuestPlace }>;
export type Share = Schemas["ShareOnce"];
/** A link as those who may withdraw it see it: without its secrets. */
export type KeptShare = Schemas["ShareItem"];
export type ShareFacts = Schemas["ShareFacts"];
export type ShareEntrance = Narrowed<
  "ShareEntrance",
  { readonly session: SessionId; readonly room: RoomId | null; readonly recording: RecordingId | null }
>;

type CommentFields = Narrowed<"CommentItem", { readonly id: CommentId; readonly parent: CommentId | null }>;
/** What a room's event tells of a comment lacks the counts that only lists show. */
type OnlyInLists = "files" | "mentions" | "withdrawn" | "hidden_reason" | "may_restore" | "may_withdraw";
export type Comment = Omit<CommentFields, "depth" | "reply_count" | OnlyInLists> & Partial<Pick<CommentFields, OnlyInLists>> & { readonly replies?: readonly Comment[] };
export type HideReason = Schemas["HideReason"];

export type AuditEntry = Schemas["EntryView"];
export type AuditTag = Schemas["Tag"];
export type AuditVerdict = Schemas["VerdictView"];
export type Job = Schemas["JobItem"];
export type JobState = Schemas["JobState"];
export type LiveRoomItem = Schemas["LiveRoomItem"];
export type LiveRooms = Schemas["LiveRooms"];
export type LiveRoomFacts = Schemas["LiveRoom"];
export type LivePublication = Schemas["LivePublication"];
export type LivePeer = Schemas["LivePeer"];
export type LiveSlot = Schemas["LiveSlot"];

type QuestionFields = Narrowed<"QuestionItem", { readonly id: QuestionId; readonly best: CommentId | null }>;
export type Question = QuestionFields;
export type QuestionRow = Narrowed<"QuestionRow", { readonly id: QuestionId }>;
export type QuestionTopic = Schemas["QuestionTopic"];
export type QuestionScene = Schemas["QuestionScene"];
export type QuestionState = Schemas["QuestionState"];
export type QuestionVisibility = Schemas["QuestionVisibility"];
export type QuestionKind = Schemas["QuestionKind"];
export type NewQuestion = Partial<Schemas["NewQuestion"]> & { readonly title: string };
export type ChangedQuestion = Partial<Schemas["ChangedQuestion"]> & { readonly title: string };
export type QuestionFigures = Schemas["QuestionFigures"];
export type QuestionShare = Schemas["QuestionShareOnce"];
/** The parts of a summary while they are written. */
export type SummaryTexts = { -readonly [Part in keyof Required<Schemas["SummaryDraft"]>]: string };
export type Review = Schemas["ReviewItem"];
export type ReviewLevels = Schemas["AllLevels"];
export type LevelRule = Schemas["LevelRuleItem"];
/** The acts as the paths name them. */
export type ReviewActName = "submit" | "take-back" | "approve" | "return" | "ask-unlock" | "refuse-unlock" | "unlock";
export type QuestionEntrance = Narrowed<"QuestionEntrance", { readonly question: QuestionId }>;
export type LinkFacts = Schemas["LinkFacts"];
export type Person = Narrowed<"PersonItem", { readonly id: UserId }>;
export type Invited = Schemas["InvitedItem"];
export type GuestOnce = Schemas["GuestOnce"];
export type Kiosk = Schemas["KioskItem"];
export type KioskOnce = Schemas["KioskOnce"];
export type InboxItem = Schemas["InboxItem"];
export type InboxState = Schemas["InboxState"];
export type InboxCounts = Schemas["InboxBadge"];

export type TableName = Schemas["TableItem"];
export type TableDefinition = Schemas["TableView"];
export type TableColumn = Schemas["ColumnItem"];
export type TableFilter = Required<Schemas["FilterShape"]>;
export type TableAsking = Required<Omit<Schemas["Asking"], "filters" | "sort">> & { readonly filters: readonly TableFilter[]; readonly sort: TableSort | null };
export type TableOperator = Schemas["Operator"];
export type TableSort = Required<Schemas["SortShape"]>;
export type TableRow = Schemas["RowItem"];
export type TableRows = Schemas["RowsView"];
export type TableTotal = Schemas["TotalItem"];
export type TableCell = TableRow["cells"][number];
export type SavedView = Schemas["ViewItem"];
export type ExportItem = Schemas["ExportItem"];
export type ExportDraft = Required<Schemas["ExportDraft"]>;
export type ExportState = Schemas["ExportState"];

export type OperationView = Schemas["OverviewView"];
export type Alarm = Schemas["AlarmItem"];
export type LiveJobs = Schemas["LiveJobs"];
export type PlannedJob = Schemas["ScheduleItem"];
export type Sight = Schemas["SightView"];

export interface Page<T> {
  readonly items: readonly T[];
  readonly next_cursor: string | null;
}
