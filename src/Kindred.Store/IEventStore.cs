namespace Kindred.Store;

/// <summary>What people did, each event once.</summary>
/// <remarks>The <em>owner</em> of an event is its user, or the session of an anonymous visitor: histories are by owner.</remarks>
public interface IEventStore
{
    /// <summary>
    /// Appends events in one transaction; each is decided by itself. When the task ends, accepted events have survived what
    /// <see cref="StoreOptions.Durability"/> says. A transaction costs about as much as 100 events: collect single events into batches.
    /// </summary>
    /// <returns>One result for each event, in their order.</returns>
    /// <exception cref="InputException">An event has no type, no item, or neither user nor session: nothing was stored.</exception>
    Task<IReadOnlyList<AppendResult>> AppendAsync(IReadOnlyList<NewEvent> events, CancellationToken cancellationToken = default);

    /// <summary>The newest events of an owner, ordered by (time, sequence), oldest first.</summary>
    /// <param name="owner">A user's id, or a session's of an anonymous visitor.</param>
    /// <param name="count">At most so many.</param>
    /// <param name="after">Only events with a greater sequence; 0: all.</param>
    /// <param name="before">
    /// Only events before this one in the order (time, sequence): the first of the page read last; null: from the end.
    /// </param>
    Task<IReadOnlyList<StoredEvent>> HistoryAsync(
        string owner, int count, long after = 0, StoredEvent? before = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Events with a greater sequence, ordered by it. An event that is stored is never missed by reading on from the last one.
    /// </summary>
    /// <param name="sequence">0: from the first.</param>
    /// <param name="count">At most so many; 10,000 is a good page.</param>
    Task<IReadOnlyList<StoredEvent>> AfterAsync(long sequence, int count, CancellationToken cancellationToken = default);

    /// <summary>As <see cref="AfterAsync"/>, without all else that an event has: for those who add up millions.</summary>
    Task<IReadOnlyList<EventValue>> ValuesAfterAsync(long sequence, int count, CancellationToken cancellationToken = default);

    /// <summary>Ids that begin so, in their order: those of 32 hexadecimal digits in lower case alone.</summary>
    /// <param name="beginning">An even number of such digits, at most 32.</param>
    /// <param name="count">At most so many.</param>
    Task<IReadOnlyList<string>> IdsBeginningWithAsync(string beginning, int count, CancellationToken cancellationToken = default);

    /// <summary>The sequence of the latest event; 0: none was stored yet. Never decreases, also when events are removed.</summary>
    Task<long> LastSequenceAsync(CancellationToken cancellationToken = default);

    /// <summary>How many events there are, by type and day (UTC) of their time. O(types × days).</summary>
    Task<IReadOnlyList<EventCount>> CountsAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// Gives the events of an anonymous session to a user, for instance after they sign in. The events get new sequences, so that each
    /// tail reads them as new ones of the user; <see cref="StoreChange"/> names the session, whose history is empty now. What the session
    /// took part in, the user did: in experiments they are one unit (<see cref="ExposedUnit.HasJoined"/>).
    /// </summary>
    /// <returns>How many events were given.</returns>
    Task<int> MergeAsync(string session, string user, CancellationToken cancellationToken = default);

    /// <summary>Removes events by id. <see cref="StoreChange"/> names their owners, whose histories are to be read again.</summary>
    /// <returns>How many there were.</returns>
    Task<int> RemoveAsync(IReadOnlyList<string> ids, CancellationToken cancellationToken = default);
}

/// <summary>An event as it comes in.</summary>
/// <param name="Type">Such as view or purchase. Not empty.</param>
/// <param name="ItemId">Not empty.</param>
public sealed record NewEvent(string Type, string ItemId)
{
    /// <summary>
    /// The caller's identity of the event, unique for as long as it is stored; null: a hash of type, user, session, item, time and value.
    /// </summary>
    public string? Id { get; init; }

    /// <summary>Null: an anonymous visitor, who has a session.</summary>
    public string? UserId { get; init; }

    public string? SessionId { get; init; }

    /// <summary>A rating, a price, a quantity, as the type means it.</summary>
    public double? Value { get; init; }

    /// <summary>When it happened; null: when it is received. Without id and time, an event that is sent twice is stored twice.</summary>
    public DateTimeOffset? Time { get; init; }

    /// <summary>Of the answer in which the item was shown.</summary>
    public string? RequestId { get; init; }

    /// <summary>Of the item in that answer, from 0.</summary>
    public int? Position { get; init; }

    /// <summary>A JSON object.</summary>
    public string? Attributes { get; init; }
}

/// <summary>An event as it is stored.</summary>
/// <param name="Sequence">From 1, without a gap in the order of commits.</param>
/// <param name="Id">The caller's, or 32 hexadecimal digits made of the content.</param>
/// <param name="Time">When it happened, to the millisecond.</param>
/// <param name="ReceivedAt">When it was appended, to the millisecond.</param>
public sealed record StoredEvent(
    long Sequence, string Id, string Type, string? UserId, string? SessionId, string ItemId, double? Value, DateTimeOffset Time,
    DateTimeOffset ReceivedAt, string? RequestId, int? Position, string? Attributes)
{
    /// <summary>Whose history it is in: the user's, or the session's of an anonymous visitor.</summary>
    public string Owner => UserId ?? SessionId!;
}

/// <summary>What an event adds to a sum of its owner.</summary>
/// <param name="Owner">As of <see cref="StoredEvent.Owner"/>.</param>
/// <param name="Time">When it happened, ms since 1970.</param>
public readonly record struct EventValue(long Sequence, string Type, string Owner, double? Value, long Time);

/// <summary>What became of one event.</summary>
/// <param name="Event">As stored, if it was accepted; null otherwise.</param>
public readonly record struct AppendResult(AppendOutcome Outcome, StoredEvent? Event);

/// <summary>What became of one event.</summary>
public enum AppendOutcome
{
    /// <summary>It is stored.</summary>
    Accepted,

    /// <summary>It had been stored before: same id, same content.</summary>
    Duplicate,

    /// <summary>Another event has its id: it is not stored.</summary>
    Conflict,
}

/// <summary>How many events of a type happened on a day (UTC).</summary>
public readonly record struct EventCount(string Type, DateOnly Day, long Events);
