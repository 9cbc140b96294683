namespace Kindred.Reranking;

/// <summary>A list that grows by one candidate at a time. Belongs to one request.</summary>
/// <param name="candidates">How many there are to take from.</param>
internal sealed class GreedySelection(int candidates)
{
    private readonly int[] _places = new int[candidates];
    private readonly bool[] _isTaken = new bool[candidates];

    public int Count { get; private set; }

    /// <summary>[count], in the order in which they were taken.</summary>
    public ReadOnlySpan<int> Taken => _places.AsSpan(0, Count);

    public bool IsTaken(int place) => _isTaken[place];

    public void Take(int place)
    {
        _places[Count++] = place;
        _isTaken[place] = true;
    }

    /// <returns>The place that is not taken and gains most; of equal ones the first; −1 when none gains more than −∞.</returns>
    /// <param name="gains">[candidates]</param>
    public int Best(ReadOnlySpan<double> gains)
    {
        int best = -1;
        for (int place = 0; place < gains.Length; place++)
            if (!_isTaken[place] && gains[place] > (best < 0 ? double.NegativeInfinity : gains[best])) best = place;
        return best;
    }

    /// <returns>[candidates]: those taken, then the others as they stood.</returns>
    public ReadOnlySpan<int> WithRest()
    {
        for (int place = 0, end = Count; place < candidates; place++) if (!_isTaken[place]) _places[end++] = place;
        return _places;
    }
}
