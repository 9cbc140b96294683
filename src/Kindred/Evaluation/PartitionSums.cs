namespace Kindred.Evaluation;

/// <summary>What is kept of one model on one partition, or on several of them together.</summary>
/// <param name="Segments">
/// [segments][metrics]: all users, warm ones, cold ones; then each group of pairs, by the first metric alone.
/// </param>
/// <param name="Exposures">[cut-offs][items]</param>
/// <param name="UsersWithoutList">Users for whom the model had nothing to say.</param>
internal sealed record ModelSums(Moments[][] Segments, long[][] Exposures, long UsersWithoutList)
{
    public static ModelSums operator +(ModelSums a, ModelSums b) => new(
        [.. a.Segments.Zip(b.Segments, (x, y) => x.Zip(y, (m, n) => m + n).ToArray())],
        [.. a.Exposures.Zip(b.Exposures, (x, y) => x.Zip(y, (m, n) => m + n).ToArray())],
        a.UsersWithoutList + b.UsersWithoutList);
}

/// <summary>What is kept of all models on a partition. Sums merge; in the order of partitions they have the same bits everywhere.</summary>
/// <param name="Models">In order.</param>
/// <param name="Differences">[models][models before it]: of the first metric, user by user.</param>
internal sealed record PartitionSums(ModelSums[] Models, Moments[][] Differences)
{
    public required MeasuredCounts Counts { get; init; }

    public static PartitionSums operator +(PartitionSums a, PartitionSums b) => new(
        [.. a.Models.Zip(b.Models, (x, y) => x + y)],
        [.. a.Differences.Zip(b.Differences, (x, y) => x.Zip(y, (m, n) => m + n).ToArray())])
    {
        Counts = a.Counts + b.Counts,
    };
}

/// <summary>How much was measured.</summary>
/// <param name="Users">For whom there is something to find, <paramref name="WarmUsers"/> of them with a known event.</param>
/// <param name="TestUsers">With an event in the measured part, <paramref name="ColdTestUsers"/> of them without a known one.</param>
/// <param name="ColdItemEvents">Measured events on items that have no training event.</param>
/// <param name="Repeats">Events that were left out, because the user had the item.</param>
internal readonly record struct MeasuredCounts(
    long Users, long WarmUsers, long TestUsers, long ColdTestUsers, long Events, long ColdItemEvents, long Repeats)
{
    public static MeasuredCounts operator +(MeasuredCounts a, MeasuredCounts b) => new(
        a.Users + b.Users, a.WarmUsers + b.WarmUsers, a.TestUsers + b.TestUsers, a.ColdTestUsers + b.ColdTestUsers, a.Events + b.Events,
        a.ColdItemEvents + b.ColdItemEvents, a.Repeats + b.Repeats);
}
