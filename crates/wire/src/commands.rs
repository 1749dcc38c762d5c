use crate::*;

/// Declares each command once: its name, what it takes, what it answers, and the events it streams meanwhile.
macro_rules! commands {
    ($($(#[$doc:meta])* $name:ident($request:ty) -> $answer:ty $(, streams $event:ty)?;)+) => {
        /// The name of every command, as the page calls it and the shell registers it.
        pub const COMMANDS: &[&str] = &[$(stringify!($name)),+];

        pub(crate) fn visit_types(visitor: &mut impl ts_rs::TypeVisitor) {
            $(visitor.visit::<$request>(); visitor.visit::<$answer>(); $(visitor.visit::<$event>();)?)+
        }

        pub(crate) fn command_types(config: &ts_rs::Config) -> Vec<[String; 4]> {
            vec![$([
                stringify!($name).to_owned(),
                <$request as ts_rs::TS>::name(config),
                <$answer as ts_rs::TS>::name(config),
                None::<String>$(.or(Some(<$event as ts_rs::TS>::name(config))))?.unwrap_or_else(|| "never".to_owned()),
            ]),+]
        }
    };
}

commands! {
    overview(()) -> Overview;
    regions(()) -> Vec<Region>;
    task_cancel(TaskRequest) -> ();
    undo(UndoRequest) -> UndoAnswer;
    history_list(()) -> Vec<HistoryEntry>;
    history_show(HistoryRequest) -> HistoryDetails;
    clipboard_copy(CopyRequest) -> ();
    console_open(ConsoleRequest) -> ();
    downloads_watch(TaskRequest) -> (), streams CsvArrival;

    page_shown(PageShown) -> ();
    requests_watch(()) -> (), streams PageRequest;

    settings_show(()) -> SettingsState;
    settings_save(Settings) -> SettingsState;
    diagnostics_preview(()) -> Diagnostics;
    diagnostics_save(()) -> Option<String>;

    vault_stores(StoresRequest) -> Stores;
    vault_unlock(PassphraseRequest) -> ();
    vault_create(PassphraseRequest) -> ();
    vault_stay_locked(()) -> ();
    vault_lock(()) -> ();
    vault_move(VaultMoveRequest) -> VaultMoved, streams VaultMoveProgress;
    backup_save(PassphraseRequest) -> Option<BackupSaved>;
    backup_pick(()) -> Option<String>;
    backup_open(BackupOpenRequest) -> BackupDraft;
    backup_restore(BackupRestoreRequest) -> BackupRestored;
    backup_forget(DraftRequest) -> ();

    practice_start(()) -> PracticeStatus;
    practice_stop(()) -> PracticeStatus;

    csv_pick(()) -> Option<String>;
    setup_from_csv(CsvRequest) -> KeyDraft;
    setup_from_paste(PasteRequest) -> KeyDraft;
    setup_from_profile(ProfileRequest) -> KeyDraft;
    setup_preview(SetupPlan) -> SetupPreview;
    setup_run(SetupRequest) -> SetupSummary, streams Step;
    setup_forget(DraftRequest) -> ();
    csv_delete(CsvRequest) -> ();

    profile_show(ProfileRequest) -> ProfileDetails;
    profile_use(ProfileRequest) -> ();
    profile_mark(ProfileMarkRequest) -> ProfileRow;
    profile_test(TestRequest) -> TestReport, streams Step;
    profile_fields(()) -> Vec<ProfileField>;
    profile_preview(ProfileSaveRequest) -> ProfilePreview;
    profile_save(ProfileSaveRequest) -> ProfileChange;
    profile_text_preview(ProfileTextRequest) -> ProfilePreview;
    profile_text_save(ProfileTextRequest) -> ProfileChange;
    profile_group(ProfileGroupRequest) -> ();
    profiles_watch(TaskRequest) -> (), streams ProfilesChanged;
    profile_copy(ProfilePairRequest) -> ProfileChange;
    profile_rename(ProfilePairRequest) -> ProfileChange;
    profile_remove(ProfileRemoveRequest) -> ProfileChange;

    profile_export(ProfileExportRequest) -> Option<String>;
    profile_import_pick(()) -> Option<String>;
    profile_import_preview(ProfileImportRequest) -> ProfileImport;
    profile_import(ProfileImportRun) -> ProfileImport;
    section_list(()) -> Vec<SharedSection>;
    section_preview(SectionRequest) -> SectionPreview;
    section_change(SectionRun) -> ProfileChange;

    hand_out_choices(ProfileRequest) -> Option<HandOutChoices>;
    hand_out_choose(HandOutChoicesRequest) -> ();
    hand_out_list(HandOutsRequest) -> Vec<HandOut>;
    ask_question(()) -> AskQuestion;
    ask_answer(AskAnswer) -> ();

    doctor_run(DoctorRequest) -> DoctorReport;
    doctor_fix(DoctorFixRequest) -> DoctorFixed;
    migration_list(()) -> MigrationList;
    migration_pick(()) -> Option<String>;
    migration_run(MigrationRequest) -> Migration, streams Step;
    migration_undo(MigrationIdRequest) -> ();
    migration_final(MigrationIdRequest) -> ();

    files_problems(()) -> Vec<FileProblems>;
    files_repair(FileRepairRequest) -> ProfileChange;

    user_list(ProfileRequest) -> UserList;
    user_list_all(AllUsersRequest) -> Vec<AccountUsers>, streams AccountUsers;
    user_glance(UserRequest) -> UserGlance;
    user_show(UserRequest) -> UserDetails;
    user_create(UserCreateRequest) -> UserCreated;
    user_delete(UserDeleteRequest) -> UserDeleted;
    key_list(UserRequest) -> AccessKeyList;
    key_create(KeyCreateRequest) -> KeyCreated, streams Step;
    key_set_status(KeyStatusRequest) -> ();
    key_delete(KeyRequest) -> ();
    key_unfinished(()) -> Vec<UnfinishedKey>;
    key_finish(UnfinishedFinishRequest) -> SetupSummary, streams Step;
    key_discard(UnfinishedRequest) -> Option<String>;
    key_release(UnfinishedRequest) -> ();
    key_reveal(UnfinishedRequest) -> ();
    key_copy(UnfinishedRequest) -> ();
    key_save(UnfinishedRequest) -> Option<String>;
    rotation_list(()) -> Vec<Rotation>;
    key_rotate(RotateRequest) -> Rotation, streams Step;
    key_rotate_back(RotateRequest) -> Rotation, streams Step;
    key_rotate_many(RotateManyRequest) -> Vec<RotationOutcome>, streams RotationOutcome;
    rotation_due(()) -> Vec<DueKey>;

    key_health(KeyHealthRequest) -> KeyHealth, streams KeyHealthPart;
    key_health_rows(KeyRowsRequest) -> Vec<UserKeys>;
    key_health_save(()) -> Option<String>;

    access_preview(AccessPlan) -> AccessPreview;
    access_grant(AccessGrantRequest) -> AccessGranted, streams Step;
    access_list(()) -> Vec<Access>;
    access_revoke(AccessRevokeRequest) -> AccessRevoked, streams Step;

    mfa_list(UserRequest) -> MfaDevices;
    mfa_create(MfaCreateRequest) -> MfaDraft;
    mfa_show(DraftRequest) -> ();
    mfa_enable(MfaEnableRequest) -> MfaEnabled;
    mfa_cancel(DraftRequest) -> ();

    bucket_list(ProfileRequest) -> BucketList;
    bucket_check_name(BucketNameRequest) -> BucketNameCheck;
    bucket_create(BucketCreateRequest) -> BucketSettings;
    bucket_delete(BucketRequest) -> ();

    object_list(ObjectListRequest) -> ObjectPage;
    object_delete(ObjectDeleteRequest) -> ObjectDeleted;
    object_presign(PresignRequest) -> PresignedCopied;
    upload(UploadRequest) -> TransferAnswer;
    download(DownloadRequest) -> TransferAnswer;
    transfers_watch(TaskRequest) -> (), streams TransferBoard;
    transfer_cancel(TransferRequest) -> ();
    transfers_clear(()) -> ();
}
