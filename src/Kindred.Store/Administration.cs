namespace Kindred.Store;

/// <summary>Named JSON documents that all servers of a store share.</summary>
public interface ISettingStore
{
    /// <returns>Null: there is none of this name.</returns>
    Task<Setting?> GetAsync(string name, CancellationToken cancellationToken = default);

    Task<IReadOnlyList<Setting>> ListAsync(CancellationToken cancellationToken = default);

    /// <summary>Writes a document.</summary>
    /// <param name="expected">The version it must have now, 0 if there must be none; null: whatever it is.</param>
    /// <returns>The document with its new version; null: it has another version than expected, and nothing was written.</returns>
    Task<Setting?> SetAsync(string name, string json, long? expected = null, CancellationToken cancellationToken = default);

    /// <summary>Writes documents and entries of the audit log in one transaction: all of them, or nothing.</summary>
    /// <returns>False: a document has another version than expected, and nothing was written.</returns>
    internal Task<bool> ChangeAsync(
        IReadOnlyList<SettingChange> changes, IReadOnlyList<NewAuditEntry> entries, CancellationToken cancellationToken = default);
}

/// <param name="Json">Null: the document stays as it is, and only has to have the expected version.</param>
/// <param name="Expected">The version it must have now, 0 if there must be none.</param>
internal sealed record SettingChange(string Name, string? Json, long Expected);

/// <param name="Version">Of the last change, as <see cref="StoreChange.Version"/>.</param>
public sealed record Setting(string Name, string Json, long Version, DateTimeOffset UpdatedAt);

/// <summary>Work that is waiting, running or done.</summary>
public interface IJobStore
{
    /// <summary>Writes a job. Servers that want the same job compare and set: one of them wins.</summary>
    /// <param name="job">Its version must be the stored one, 0 for a new job.</param>
    /// <returns>The job with its new version; null: it has another version by now, and nothing was written.</returns>
    Task<Job?> PutAsync(Job job, CancellationToken cancellationToken = default);

    /// <returns>Null: there is none of this id.</returns>
    Task<Job?> GetAsync(string id, CancellationToken cancellationToken = default);

    /// <summary>The latest jobs, newest first.</summary>
    Task<IReadOnlyList<Job>> ListAsync(int count, CancellationToken cancellationToken = default);
}

/// <param name="Id">Sorts by creation: a UUIDv7.</param>
/// <param name="Kind">Such as train or forget.</param>
/// <param name="Detail">A JSON object: progress, result, reason, who runs it, as the kind needs it.</param>
public sealed record Job(string Id, string Kind, JobState State, string Detail = "{}")
{
    /// <summary>The store sets it.</summary>
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>The store sets it; a running job that has not been updated for long has lost its process.</summary>
    public DateTimeOffset UpdatedAt { get; init; }

    /// <summary>How often the job was written; 0: it was not yet.</summary>
    public long Version { get; init; }
}

public enum JobState
{
    Waiting,
    Running,
    Succeeded,
    Failed,
    Cancelled,
}

/// <summary>Keys of the API. The keys themselves are never stored.</summary>
public interface IAccessKeyStore
{
    /// <exception cref="InputException">A key of this id or hash exists.</exception>
    Task AddAsync(AccessKey key, CancellationToken cancellationToken = default);

    /// <summary>Adds a key, or puts it in place of the one of its id, with an entry of the audit log in the same transaction.</summary>
    /// <returns>False: the key of this id has the hash already, and nothing was written.</returns>
    Task<bool> PutAsync(AccessKey key, NewAuditEntry entry, CancellationToken cancellationToken = default);

    Task<IReadOnlyList<AccessKey>> ListAsync(CancellationToken cancellationToken = default);

    /// <returns>Whether there was one.</returns>
    Task<bool> RemoveAsync(string id, CancellationToken cancellationToken = default);

    /// <summary>Notes that a key was used; call it once a minute, not for each request.</summary>
    Task TouchAsync(string id, DateTimeOffset usedAt, CancellationToken cancellationToken = default);

    /// <summary>
    /// Writes how many requests of keys a server let through, and reads how many the others did. Every server calls it a few times a
    /// second, so that a limit holds for all of them together. Backups do not have it.
    /// </summary>
    /// <param name="server">Names the process: it counts from 0 when it starts.</param>
    /// <param name="sent">By key, in total since then; those that did not change may be left out.</param>
    /// <returns>Totals of other servers that changed in the last minutes.</returns>
    internal Task<IReadOnlyList<KeyRequests>> CountRequestsAsync(
        string server, IReadOnlyCollection<(string Key, long Sent)> sent, CancellationToken cancellationToken = default);
}

/// <summary>Requests of a key that a server let through since it was started.</summary>
internal sealed record KeyRequests(string Key, string Server, long Sent);

/// <param name="Id">Shown in lists and logs.</param>
/// <param name="Name">What it is for, as people say it.</param>
/// <param name="Hash">Of the key, in hexadecimal digits.</param>
/// <param name="Scopes">Such as read, write, admin.</param>
public sealed record AccessKey(string Id, string Name, string Hash, IReadOnlyList<string> Scopes, DateTimeOffset CreatedAt)
{
    public DateTimeOffset? LastUsedAt { get; init; }
}

/// <summary>Who changed what. Nothing in it can be changed; forgetting replaces the id of its subject by a hash.</summary>
public interface IAuditLog
{
    /// <param name="actor">The id of a key, or the name of a command.</param>
    /// <param name="action">Such as promote or forget-user.</param>
    /// <param name="subject">What was changed, such as the id of a snapshot or a user.</param>
    /// <param name="detail">A JSON object. Must not name users: only the subject is searched by forgetting.</param>
    Task AppendAsync(
        string actor, string action, string? subject = null, string? detail = null, CancellationToken cancellationToken = default);

    /// <summary>The latest entries, newest first.</summary>
    /// <param name="before">Only entries with a smaller number; null: from the end.</param>
    Task<IReadOnlyList<AuditEntry>> ListAsync(int count, long? before = null, CancellationToken cancellationToken = default);
}

/// <summary>What <see cref="IAuditLog.AppendAsync"/> takes.</summary>
public sealed record NewAuditEntry(string Actor, string Action, string? Subject = null, string? Detail = null);

/// <param name="Number">From 1, ascending.</param>
public sealed record AuditEntry(long Number, DateTimeOffset Time, string Actor, string Action, string? Subject, string? Detail);
