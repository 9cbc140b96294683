namespace Kindred.Store;

/// <summary>
/// Who took part in experiments, and how they were answered: sums of a unit, an arm and a day, to which all servers of a store add.
/// </summary>
public interface IExperimentStore
{
    /// <summary>
    /// Adds to what is stored, in one transaction; the earlier of the first exposures stays. A unit that was forgotten since its first
    /// exposure is left out. A batch that may have been stored already, as the answer was lost, is sent again as it was: it is added once.
    /// </summary>
    /// <param name="writer">Who adds: unique among all processes, one batch at a time.</param>
    /// <param name="batch">Greater than that of the writer's batch before; the same when it is sent again.</param>
    Task AddAsync(string writer, long batch, IReadOnlyList<ExposedUnit> sums, CancellationToken cancellationToken = default);

    /// <summary>
    /// Sums of an experiment with a greater number, ordered by it. A sum that was added to has a new number: whoever reads on from the
    /// last one misses nothing, and replaces what they have.
    /// </summary>
    /// <param name="number">0: from the first.</param>
    /// <param name="count">At most so many.</param>
    Task<IReadOnlyList<ExposedUnit>> AfterAsync(
        string experiment, long number, int count, CancellationToken cancellationToken = default);

    /// <summary>
    /// Keeps which arms' items of interleaved lists events answer. Of an event that several servers credit, the one that names its request
    /// stays, else the one that was shown last; the same credit again changes nothing.
    /// </summary>
    Task CreditAsync(string experiment, IReadOnlyList<CreditedEvent> credits, CancellationToken cancellationToken = default);

    /// <summary>Credited events by unit and arm, without those that were removed since. O(credited events of the experiment).</summary>
    Task<IReadOnlyList<UnitCredits>> CreditsAsync(string experiment, CancellationToken cancellationToken = default);

    /// <summary>Keeps what an experiment showed at last. The first report stays.</summary>
    /// <param name="report">JSON, without a unit's id.</param>
    Task KeepReportAsync(string experiment, string report, CancellationToken cancellationToken = default);

    /// <returns>The report that was kept; null: none was.</returns>
    Task<string?> KeptReportAsync(string experiment, CancellationToken cancellationToken = default);

    /// <summary>Removes sums and credits of an experiment.</summary>
    /// <param name="count">At most so many of each, so that others can write between two calls.</param>
    /// <returns>How many there were.</returns>
    Task<int> RemoveAsync(string experiment, int count, CancellationToken cancellationToken = default);
}

/// <summary>How a unit was answered in an experiment on a day.</summary>
/// <param name="Unit">The id of a user, or of the session of an anonymous visitor.</param>
/// <param name="Day">From 0, of the experiment.</param>
/// <param name="First">The first of these answers.</param>
public sealed record ExposedUnit(string Experiment, string Unit, string Arm, int Day, DateTimeOffset First)
{
    public long Answers { get; init; }

    /// <summary>Answers without an item.</summary>
    public long Empty { get; init; }

    /// <summary>Answers that control gave, because the arm could not.</summary>
    public long Failed { get; init; }

    /// <summary>Of all answers together, ms.</summary>
    public double Latency { get; init; }

    /// <summary>Whether some of these answers were given to a session, whose visitor signed in as the unit since. The store sets
    /// it.</summary>
    public bool HasJoined { get; init; }

    /// <summary>The store sets it: ascending in the order of commits.</summary>
    public long Number { get; init; }
}

/// <summary>An event that answers an interleaved list.</summary>
/// <param name="EventId">Of <see cref="StoredEvent.Id"/>.</param>
/// <param name="Arm">Whose item it was.</param>
/// <param name="IsDirect">Whether the event names the request.</param>
/// <param name="Shown">When the list was answered.</param>
public sealed record CreditedEvent(string EventId, string Unit, string Arm, bool IsDirect, DateTimeOffset Shown);

/// <summary>How many events of a unit are credited to an arm.</summary>
public readonly record struct UnitCredits(string Unit, string Arm, long Events);
