/// What keeps the workers from harm, each of which a test takes out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Guard {
    /// CLAIM: `leased_until IS NULL`.
    ClaimOnlyFree,
    /// CLAIM: `accepted = NULL`.
    ClaimForgets,
    /// TAKE_OVER: `leased_until < statement_timestamp()`.
    TakeOverOnlyExpired,
    /// TAKE_OVER: `lease_accepted = NULL`.
    TakeOverForgets,
    /// TAKE_OVER: `sync_failures + …`.
    TakeOverCounts,
    /// TAKE_OVER: `lease_version = version`.
    TakeOverCountsItsVersion,
    /// `lease_owner = $2` in RELEASE, GIVE_BACK, ABANDON and RENEW.
    Owner,
    /// `lease_token = $3` in the same.
    Token,
    /// RELEASE: both.
    ReleaseOnlyOwn,
    /// GIVE_BACK: both.
    GiveBackOnlyOwn,
    /// ABANDON: both.
    AbandonOnlyOwn,
    /// RENEW: both.
    RenewOnlyOwn,
    /// COMPLETE: `synced_version = $2`, which is not the newest version.
    CompleteItsVersion,
    /// FAIL: `version = $2`.
    FailItsVersion,
    /// GIVE_BACK: `CASE WHEN lease_accepted = $4`.
    GiveBackIfStillKnown,
    /// `forget_accepted`: `lease_accepted = NULL`.
    ForgetWhatIsLeased,
    /// Of a request that was abandoned, the worker gives no digest back.
    UnknownOnceAsked,
    /// A lease is renewed while its attempt is under way.
    RenewUnderWay,
    /// What is under way for longer than any attempt is not renewed.
    RenewNotForEver,
    /// Nothing is sent but with more of the lease left than a signature is good for.
    SendInTime,
    /// Nothing is sent for a row that has failed too often, whoever has failed it.
    GiveUp,
    /// A relay that exists is changed instead of created.
    ChangeWhatExists,
    /// A relay is created with the key of its row.
    SendSecret,
    /// The rows are looked at, whether or not somebody was told.
    Scan,
    /// zooid: a signature is good for a minute.
    SignatureEnds,
    /// The network and zooid: of a request that its sender, being alive, no longer waits for, nothing comes later. That
    /// is believed rather than known.
    GivenUpIsOver,
}
