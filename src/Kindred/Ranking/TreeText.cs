namespace Kindred.Ranking;

/// <summary>A tree as LightGBM writes it. A child ≥ 0 is an inner node, a child c &lt; 0 the leaf ~c; node 0 is the root.</summary>
/// <param name="Line">Where it begins in the text, from 1.</param>
internal sealed record TreeText(int Line)
{
    /// <summary>[inner], as are the thresholds, decisions and children.</summary>
    public required int[] Features { get; init; }

    /// <summary>Left is where a value is ≤ the threshold; of a categorical split, the number of its set.</summary>
    public required double[] Thresholds { get; init; }

    /// <summary>
    /// Bit 0: categorical. Bit 1: what is missing goes left. Bits 2 and 3: what counts as missing, see <see cref="Missing"/>.
    /// </summary>
    public required int[] Decisions { get; init; }

    public required int[] Left { get; init; }

    public required int[] Right { get; init; }

    /// <summary>[inner + 1]</summary>
    public required double[] LeafValues { get; init; }

    /// <summary>[inner + 1], rows of the training data.</summary>
    public required int[] LeafCounts { get; init; }

    /// <summary>[sets + 1], where the words of each set of categories begin.</summary>
    public required int[] SetStarts { get; init; }

    /// <summary>Categories that go left, a bit each, 32 to a word.</summary>
    public required int[] SetWords { get; init; }

    public int Inner => Features.Length;

    public bool IsCategorical(int node) => (Decisions[node] & 1) != 0;

    public bool MissingGoesLeft(int node) => (Decisions[node] & 2) != 0;

    public Missing MissingOf(int node) => (Missing)((Decisions[node] >> 2) & 3);

    /// <returns>What makes this no tree over so many features; null: it is one.</returns>
    public string? Fault(int features)
    {
        int leaves = Inner + 1;
        if (!Array.TrueForAll([Thresholds.Length, Decisions.Length, Left.Length, Right.Length], length => length == Inner))
            return "its splits are incomplete";
        if (LeafValues.Length != leaves || LeafCounts.Length != leaves) return $"it has {Inner} splits but not {leaves} leaves";
        if (!Array.TrueForAll(LeafValues, double.IsFinite)) return "the value of a leaf is not a number";
        if (Array.Exists(LeafCounts, count => count < 0) || LeafCounts.Sum(count => (long)count) > int.MaxValue)
            return "the row counts of its leaves are impossible";
        if (Array.Exists(Features, feature => feature < 0 || feature >= features))
            return $"it splits on a feature that is not among the {features}";
        return SetFault() ?? SplitFault() ?? ShapeFault();
    }

    private string? SetFault()
    {
        bool ascending = SetStarts.Length > 0 && SetStarts[0] == 0 && SetStarts[^1] == SetWords.Length;
        for (int n = 1; n < SetStarts.Length; n++) ascending &= SetStarts[n] >= SetStarts[n - 1];
        return ascending ? null : "its sets of categories are incomplete";
    }

    private string? SplitFault()
    {
        for (int n = 0; n < Inner; n++)
        {
            if (Decisions[n] is < 0 or > 11) return $"its decision {Decisions[n]} is unknown";
            if (double.IsNaN(Thresholds[n])) return "a threshold is not a number";
            if (IsCategorical(n) && !(Thresholds[n] >= 0 && Thresholds[n] < SetStarts.Length - 1)) return "a categorical split has no set";
        }
        return null;
    }

    /// <summary>
    /// Every node but the root is the child of one node, and the root of none; with inner + 1 leaves, all hang together or some in a ring.
    /// </summary>
    private string? ShapeFault()
    {
        var seen = new bool[(2 * Inner) + 1]; // inner nodes, then leaves
        foreach (int child in Left.Concat(Right))
        {
            int place = child >= 0 ? child : Inner + ~child;
            if (child == 0 || (child >= 0 && child >= Inner) || ~child > Inner || seen[place]) return "its nodes do not make a tree";
            seen[place] = true;
        }
        int reached = 0;
        var open = new Stack<int>(Inner > 0 ? [0] : []);
        while (open.TryPop(out int node))
        {
            reached++;
            if (Left[node] >= 0) open.Push(Left[node]);
            if (Right[node] >= 0) open.Push(Right[node]);
        }
        return reached == Inner ? null : "its nodes do not hang together";
    }
}

/// <summary>What a split sends where missing values go, whatever its threshold. The numbers are LightGBM's.</summary>
internal enum Missing
{
    /// <summary>Nothing: NaN is 0.</summary>
    None = 0,

    /// <summary>Zeros and NaN.</summary>
    Zero = 1,

    NaN = 2,
}
