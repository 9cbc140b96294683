namespace Kindred.Numerics.Sparse;

/// <summary>
/// Many lists of the best, which several threads fill at once; what ends up in them does not depend on the order of the offers.
/// </summary>
/// <remarks>
/// What is offered is appended, and a list that is full is cut to the best by selection: an offer touches one cache line where a heap
/// touches many. Memory: 12·k bytes a list.
/// </remarks>
/// <param name="k">The longest that a list may be.</param>
/// <param name="floor">Scores below it never enter.</param>
internal sealed class NearestLists(int lists, int k, float floor)
{
    // more than there are threads by so much that two seldom meet
    private const int Gates = 1024, LeastSpare = 8;

    private readonly int _room = k + Math.Max(LeastSpare, k / 2);
    private readonly ulong[] _keys = new ulong[checked(lists * (k + Math.Max(LeastSpare, k / 2)))];
    private readonly int[] _counts = new int[lists];
    private readonly float[] _thresholds = Filled(lists, floor);
    private readonly Lock[] _gates = [.. Enumerable.Range(0, Gates).Select(_ => new Lock())];

    /// <summary>[lists]: scores below that cannot enter. They only rise, so that an old value never keeps out what belongs in.</summary>
    public ReadOnlySpan<float> Thresholds => _thresholds;

    /// <summary>Cost: an uncontended lock and now and then a selection; look at the threshold first.</summary>
    public void Offer(int list, int index, float score)
    {
        if (!(score >= _thresholds[list])) return;
        lock (_gates[list % Gates])
        {
            if (_counts[list] == _room) Cut(list);
            _keys[(list * _room) + _counts[list]++] = SortKeys.Of(score, index);
        }
    }

    /// <summary>Orders a list. Nothing may be offered to it afterwards.</summary>
    public void Sort(int list)
    {
        _keys.AsSpan(list * _room, _counts[list]).Sort(static (a, b) => b.CompareTo(a));
        _counts[list] = Math.Min(k, _counts[list]);
    }

    /// <returns>The <see cref="SortKeys"/> of what is in a list, after <see cref="Sort"/> best first.</returns>
    public ReadOnlyMemory<ulong> Of(int list) => _keys.AsMemory(list * _room, _counts[list]);

    private void Cut(int list)
    {
        var (kept, bound) = SortKeys.KeepGreatest(_keys.AsSpan(list * _room, _room), k, k + ((_room - k) / 2));
        _counts[list] = kept;
        _thresholds[list] = Math.Max(floor, SortKeys.ScoreOf(bound));
    }

    private static float[] Filled(int count, float value)
    {
        var filled = new float[count];
        Array.Fill(filled, value);
        return filled;
    }
}
