using System.Text.Json;
using Kindred.Splitting;

namespace Kindred.Partitions;

/// <summary>
/// How each partition is split by itself, once what concerns all of them is known: all that another process needs to split them alike. One
/// of the splits is given.
/// </summary>
/// <param name="Protocol">As <see cref="PartitionedSplit.Protocol"/>.</param>
/// <param name="Warning">About the split itself; null: nothing.</param>
/// <param name="OnTest">False: the validation part is measured.</param>
/// <param name="AllowsRepeats">As <see cref="Holdout.AllowsRepeats"/>.</param>
internal sealed record SplitPlan(string Protocol, string? Warning, bool OnTest, bool AllowsRepeats)
{
    public GlobalTimeSplit.Cuts? ByTime { get; init; }

    public RandomSplit? AtRandom { get; init; }

    public LeaveLastOut? LastOut { get; init; }

    public UserHoldout? ByUser { get; init; }

    public static SplitPlan Parse(string json) => JsonSerializer.Deserialize(json, PartitionJson.Kept.SplitPlan)!;

    public string ToJson() => JsonSerializer.Serialize(this, PartitionJson.Kept.SplitPlan);

    /// <returns>What is trained on and measured of a partition.</returns>
    public Holdout HoldoutOf(Interactions part, int partition)
    {
        var split = ByTime is { } cuts ? GlobalTimeSplit.SplitAt(part, cuts, Protocol)
            : AtRandom?.Split(part, partition) ?? LastOut?.Split(part) ?? ByUser!.Split(part, partition, Protocol);
        var holdout = OnTest ? split.Final : split.Tuning;
        return AllowsRepeats ? holdout.WithRepeats() : holdout;
    }
}
