namespace Kindred.Server.Live;

/// <summary>Counts of some items' events. Memory: of the items that have some.</summary>
internal sealed class ItemCounts
{
    private readonly Dictionary<int, double> _counts = [];

    /// <summary>How many were counted.</summary>
    public int Events { get; private set; }

    public void Add(int item, double count)
    {
        _counts[item] = Of(item) + count;
        Events++;
    }

    public double Of(int item) => _counts.GetValueOrDefault(item);

    /// <param name="others">Left out.</param>
    /// <param name="most">Of the list.</param>
    /// <returns>Items, the highest count first.</returns>
    public int[] Best(IReadOnlySet<int> others, int most) => [.. _counts.Where(pair => !others.Contains(pair.Key))
        .OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key).Take(most).Select(pair => pair.Key)];
}
