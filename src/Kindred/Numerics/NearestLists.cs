namespace Kindred.Numerics;

/// <summary>Many lists of the best, which several threads fill at once; what ends up in them does not depend on the order of the offers.</summary>
/// <param name="k">The longest that a list may be.</param>
/// <param name="floor">Scores below it never enter.</param>
internal sealed class NearestLists(int lists, int k, float floor)
{
    // more than there are threads by so much that two seldom meet
    private const int Gates = 1024;

    private readonly int[] _indices = new int[checked(lists * k)], _counts = new int[lists];
    private readonly float[] _scores = new float[lists * k], _thresholds = Filled(lists, floor);
    private readonly Lock[] _gates = [.. Enumerable.Range(0, Gates).Select(_ => new Lock())];

    /// <summary>[lists]: scores below that cannot enter. They only rise, so that an old value never keeps out what belongs in.</summary>
    public ReadOnlySpan<float> Thresholds => _thresholds;

    /// <summary>Cost: O(log k) and an uncontended lock; look at the threshold first.</summary>
    public void Offer(int list, int index, float score)
    {
        if (!(score >= _thresholds[list])) return;
        lock (_gates[list % Gates])
        {
            var top = new TopK(_indices.AsSpan(list * k, k), _scores.AsSpan(list * k, k), _counts[list]);
            top.Offer(index, score);
            _counts[list] = top.Count;
            if (top.Count == k) _thresholds[list] = Math.Max(floor, top.Threshold);
        }
    }

    /// <summary>Orders a list, best first. Nothing may be offered to it afterwards.</summary>
    public void Sort(int list) => new TopK(_indices.AsSpan(list * k, k), _scores.AsSpan(list * k, k), _counts[list]).Sort();

    /// <returns>What is in a list.</returns>
    public (ReadOnlyMemory<int> Indices, ReadOnlyMemory<float> Scores) Of(int list) =>
        (_indices.AsMemory(list * k, _counts[list]), _scores.AsMemory(list * k, _counts[list]));

    private static float[] Filled(int count, float value)
    {
        var filled = new float[count];
        Array.Fill(filled, value);
        return filled;
    }
}
