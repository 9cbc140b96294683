using System.Runtime.InteropServices;

namespace Kindred.Ranking;

/// <summary>Lays trees out for walking: see <see cref="ForestNodes"/> and <see cref="ForestColumns"/>.</summary>
internal sealed class ForestBuilder
{
    private readonly List<int> _roots = [0], _firsts = [], _nodeColumns = [], _counts = [], _setStarts = [0], _setWords = [];
    private readonly List<float> _thresholds = [];
    private readonly List<double> _values = [];
    private readonly List<Column> _columns = [];
    private readonly Dictionary<Column, int> _places = [];
    private readonly Dictionary<string, int> _sets = new(StringComparer.Ordinal);

    public void Add(TreeText tree)
    {
        int root = _firsts.Count;
        var open = new Queue<int>([tree.Inner > 0 ? 0 : ~0]);
        int next = root + 1;
        while (open.TryDequeue(out int node))
        {
            if (node < 0)
            {
                AddNode(_firsts.Count, 0, float.NaN, tree.LeafValues[~node], tree.LeafCounts[~node]);
                continue;
            }
            var (column, threshold, yesIsLeft) = QuestionOf(tree, node);
            AddNode(next, PlaceOf(column), threshold, 0, 0);
            next += 2;
            open.Enqueue(yesIsLeft ? tree.Right[node] : tree.Left[node]);
            open.Enqueue(yesIsLeft ? tree.Left[node] : tree.Right[node]);
        }
        _roots.Add(_firsts.Count);
        for (int n = _firsts.Count - 1; n >= root; n--) Summarize(n);
    }

    public (ForestColumns Columns, ForestNodes Nodes) Build() => (
        new(_columns.ConvertAll(c => c.Feature).ToArray(), _columns.ConvertAll(c => (byte)c.Form).ToArray(), _columns.ConvertAll(c => c.Set)
            .ToArray(),
            _setStarts.ToArray(), _setWords.ToArray()),
        new(_roots.ToArray(), _firsts.ToArray(), _nodeColumns.ToArray(), _thresholds.ToArray(), _values.ToArray(), _counts.ToArray()));

    private void AddNode(int first, int column, float threshold, double value, int count)
    {
        _firsts.Add(first);
        _nodeColumns.Add(column);
        _thresholds.Add(threshold);
        _values.Add(value);
        _counts.Add(count);
    }

    /// <summary>Inner nodes: rows and mean of the two children, which come later.</summary>
    private void Summarize(int node)
    {
        int first = _firsts[node];
        if (first == node) return;
        _counts[node] = _counts[first] + _counts[first + 1];
        double share = Share(_counts[first], _counts[node]);
        _values[node] = (share * _values[first]) + ((1 - share) * _values[first + 1]);
    }

    /// <returns>The share of a node's rows that go to a child; a half where none came.</returns>
    internal static double Share(int child, int node) => node > 0 ? (double)child / node : .5;

    private (Column Column, float Threshold, bool YesIsLeft) QuestionOf(TreeText tree, int node)
    {
        int feature = tree.Features[node];
        if (tree.IsCategorical(node)) return (new(feature, ColumnForm.InSet, SetOf(tree, (int)tree.Thresholds[node])), 0, true);
        float threshold = Below(tree.Thresholds[node]);
        var missing = tree.MissingOf(node);
        if (missing == Missing.None) return (new(feature, ColumnForm.MissingIsZero), threshold, true);
        bool zero = missing == Missing.Zero;
        if (!tree.MissingGoesLeft(node)) return (new(feature, zero ? ColumnForm.ZeroIsMissing : ColumnForm.MissingIsNaN), threshold, true);
        // right: x > threshold, which is x ≥ the float above it, which is −x ≤ minus that; NaN says no and goes left
        var negated = zero ? ColumnForm.NegatedZeroIsMissing : ColumnForm.NegatedMissingIsNaN;
        bool never = float.IsPositiveInfinity(threshold);
        return (new(feature, negated), never ? float.NaN : -MathF.BitIncrement(threshold), false);
    }

    /// <returns>The largest float that is not above; no float lies between, so comparisons of floats come out the same.</returns>
    private static float Below(double threshold)
    {
        float nearest = (float)threshold;
        return nearest > threshold ? MathF.BitDecrement(nearest) : nearest;
    }

    private int PlaceOf(Column column)
    {
        ref int place = ref CollectionsMarshal.GetValueRefOrAddDefault(_places, column, out bool there);
        if (there) return place;
        place = _columns.Count;
        _columns.Add(column);
        return place;
    }

    private int SetOf(TreeText tree, int set)
    {
        int[] words = tree.SetWords[tree.SetStarts[set]..tree.SetStarts[set + 1]];
        ref int place = ref CollectionsMarshal.GetValueRefOrAddDefault(_sets, string.Join(' ', words), out bool there);
        if (there) return place;
        place = _setStarts.Count - 1;
        _setWords.AddRange(words);
        _setStarts.Add(_setWords.Count);
        return place;
    }
}
