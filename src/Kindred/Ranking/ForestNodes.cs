using System.Buffers;
using Kindred.Numerics;
using Kindred.Storage;

namespace Kindred.Ranking;

/// <summary>
/// All nodes of all trees, each tree's breadth first: the two children of an inner node lie side by side, first the one for "no". A leaf is
/// its own child, and its threshold NaN says no to everything: walking on from a leaf stays there.
/// </summary>
/// <remarks>
/// So a walk has no branches: <c>node ← firsts[node] + (value ≤ threshold)</c>, as often as the tree is deep. One walk would wait for
/// memory at every step; walks of a row through many trees wait together. Many rows go down a tree as sets: each node compares 64 of them
/// at once, which costs less than walking even though every node is visited.
/// </remarks>
internal sealed class ForestNodes
{
    private const int BlockTrees = 16;

    private readonly ReadOnlyMemory<int> _roots, _firsts, _columns, _counts;
    private readonly ReadOnlyMemory<float> _thresholds;
    private readonly ReadOnlyMemory<double> _values;
    private readonly int[] _depths; // [trees]
    private readonly int[] _inner, _leaves; // nodes, tree by tree, in the order of the nodes

    /// <param name="roots">[trees + 1], where the nodes of each tree begin.</param>
    /// <param name="firsts">[nodes], the child for "no"; the other one follows it.</param>
    /// <param name="columns">[nodes], what is compared.</param>
    /// <param name="thresholds">[nodes]</param>
    /// <param name="values">[nodes], of a leaf what it adds to the score, of an inner node the mean of that over the rows trained
    /// on.</param>
    /// <param name="counts">[nodes], rows trained on that came here.</param>
    public ForestNodes(
        ReadOnlyMemory<int> roots, ReadOnlyMemory<int> firsts, ReadOnlyMemory<int> columns, ReadOnlyMemory<float> thresholds,
        ReadOnlyMemory<double> values, ReadOnlyMemory<int> counts)
    {
        (_roots, _firsts, _columns, _thresholds, _values, _counts) = (roots, firsts, columns, thresholds, values, counts);
        _inner = [.. Enumerable.Range(0, Count).Where(n => !IsLeaf(n))];
        _leaves = [.. Enumerable.Range(0, Count).Where(IsLeaf)];
        _depths = new int[Trees];
        var depths = new int[Count];
        for (int tree = 0; tree < Trees; tree++)
        {
            for (int n = Root(tree); n < Root(tree + 1); n++)
            {
                if (IsLeaf(n)) _depths[tree] = Math.Max(_depths[tree], depths[n]);
                else depths[First(n)] = depths[First(n) + 1] = depths[n] + 1;
            }
        }
    }

    public int Trees => _roots.Length - 1;

    public int Count => _firsts.Length;

    /// <summary>Steps from a root to the farthest leaf of any tree.</summary>
    public int Depth => _depths.Length == 0 ? 0 : _depths.Max();

    public int Root(int tree) => _roots.Span[tree];

    public int First(int node) => _firsts.Span[node];

    public int Column(int node) => _columns.Span[node];

    public double Value(int node) => _values.Span[node];

    public int RowsTrainedOn(int node) => _counts.Span[node];

    public bool IsLeaf(int node) => First(node) == node;

    /// <returns>The child that a row goes to.</returns>
    /// <param name="row">[columns]</param>
    public int Next(int node, ReadOnlySpan<float> row) => First(node) + (row[Column(node)] <= _thresholds.Span[node] ? 1 : 0);

    /// <returns>The sum of the leaves that a row comes to, in the order of the trees.</returns>
    /// <param name="row">[≥ 1, columns]</param>
    public unsafe double Score(ReadOnlySpan<float> row)
    {
        double score = 0;
        int* at = stackalloc int[BlockTrees];
        ReadOnlySpan<int> roots = _roots.Span;
        ReadOnlySpan<double> values = _values.Span;
        fixed (int* firsts = _firsts.Span, columns = _columns.Span)
        fixed (float* x = row, thresholds = _thresholds.Span)
        {
            for (int tree = 0; tree < _depths.Length; tree += BlockTrees)
            {
                int count = Math.Min(BlockTrees, _depths.Length - tree), depth = 0;
                for (int n = 0; n < count; n++)
                {
                    at[n] = roots[tree + n];
                    depth = Math.Max(depth, _depths[tree + n]);
                }
                for (; depth > 0; depth--)
                {
                    for (int n = 0; n < count; n++)
                    {
                        int node = at[n];
                        at[n] = firsts[node] + (x[columns[node]] <= thresholds[node] ? 1 : 0);
                    }
                }
                for (int n = 0; n < count; n++) score += values[at[n]];
            }
        }
        return score;
    }

    /// <summary>The same for several rows, with the same bits.</summary>
    /// <param name="rows">[columns, 64], a row in each of the first places.</param>
    /// <param name="scores">[rows, at most 64], overwritten.</param>
    public void Score(ReadOnlySpan<float> rows, Span<double> scores)
    {
        Span<double> sums = stackalloc double[RowSets.Rows];
        sums.Clear();
        ulong all = scores.Length == RowSets.Rows ? ulong.MaxValue : (1ul << scores.Length) - 1;
        ulong[] sets = ArrayPool<ulong>.Shared.Rent(Count + 1);
        ReadOnlySpan<int> roots = _roots.Span;
        ReadOnlySpan<double> values = _values.Span;
        for (int tree = 0; tree < _depths.Length; tree++)
        {
            // a tree of so many nodes has half as many inner ones, and a leaf more than that
            int innerBefore = (roots[tree] - tree) / 2, innerCount = (roots[tree + 1] - roots[tree]) / 2;
            sets[roots[tree]] = all;
            RowSets.Spread(_inner.AsSpan(innerBefore, innerCount), _firsts.Span, _columns.Span, _thresholds.Span, rows, sets);
            foreach (int leaf in _leaves.AsSpan(innerBefore + tree, innerCount + 1)) RowSets.Add(sets[leaf], values[leaf], sums);
        }
        ArrayPool<ulong>.Shared.Return(sets);
        sums[..scores.Length].CopyTo(scores);
    }

    public void Save(TensorWriter writer)
    {
        writer.Add("forest.roots", _roots);
        writer.Add("forest.firsts", _firsts);
        writer.Add("forest.columns", _columns);
        writer.Add("forest.thresholds", _thresholds);
        writer.Add("forest.values", _values);
        writer.Add("forest.counts", _counts);
    }

    /// <exception cref="InputException">The nodes do not make trees over so many columns.</exception>
    public static ForestNodes Load(TensorFile file, int columnCount)
    {
        ReadOnlyMemory<int> roots = file.Array<int>("forest.roots"), firsts = file.Array<int>("forest.firsts");
        ReadOnlyMemory<int> columns = file.Array<int>("forest.columns"), counts = file.Array<int>("forest.counts");
        ReadOnlyMemory<float> thresholds = file.Array<float>("forest.thresholds");
        ReadOnlyMemory<double> values = file.Array<double>("forest.values");
        int[] lengths = [columns.Length, counts.Length, thresholds.Length, values.Length];
        bool good = roots.Length > 0 && roots.Span[0] == 0 && roots.Span[^1] == firsts.Length
            && Array.TrueForAll(lengths, n => n == firsts.Length);
        for (int tree = 1; good && tree < roots.Length; tree++)
            good = IsTree(firsts.Span, thresholds.Span, roots.Span[tree - 1], roots.Span[tree]);
        foreach (int column in columns.Span) good &= (uint)column < (uint)Math.Max(1, columnCount);
        return good ? new(roots, firsts, columns, thresholds, values, counts) : throw Damaged(file, "its nodes do not make trees");
    }

    internal static InputException Damaged(TensorFile file, string how) =>
        new($"The forest in {file.Path} is damaged: {how}; write it again.");

    /// <returns>True if the nodes in [root, end) are leaves, or inner nodes whose children follow each other in the same order.</returns>
    private static bool IsTree(ReadOnlySpan<int> firsts, ReadOnlySpan<float> thresholds, int root, int end)
    {
        if (root < 0 || end <= root || end > firsts.Length) return false;
        int next = root + 1;
        for (int n = root; n < end; n++)
        {
            if (n >= next) return false;
            if (firsts[n] == n ? !float.IsNaN(thresholds[n]) : firsts[n] != next) return false;
            if (firsts[n] != n) next += 2;
        }
        return next == end;
    }
}
