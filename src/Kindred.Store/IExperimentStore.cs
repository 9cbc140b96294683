namespace Kindred.Store;

/// <summary>
/// Who took part in experiments, and how they were answered: sums of a unit, an arm and a day, to which all servers of a store add.
/// </summary>
public interface IExperimentStore
{
    /// <summary>
    /// Adds to what is stored, in one transaction; the earlier of the first exposures stays. A unit that was forgotten since its first
    /// exposure is left out.
    /// </summary>
    Task AddAsync(IReadOnlyList<ExposedUnit> sums, CancellationToken cancellationToken = default);

    /// <summary>
    /// Sums with a greater number, ordered by it. A sum that was added to has a new number: whoever reads on from the last one misses
    /// nothing, and replaces what they have.
    /// </summary>
    /// <param name="number">0: from the first.</param>
    /// <param name="count">At most so many.</param>
    Task<IReadOnlyList<ExposedUnit>> AfterAsync(long number, int count, CancellationToken cancellationToken = default);
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

    /// <summary>The store sets it: ascending in the order of commits.</summary>
    public long Number { get; init; }
}
