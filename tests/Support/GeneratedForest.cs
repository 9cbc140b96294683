using System.Globalization;
using System.Text;

namespace Kindred.Tests.Support;

/// <summary>
/// Random trees in LightGBM's text form, with every kind of split, and what their definition says of a row: no shortcut, no layout.
/// </summary>
internal sealed class GeneratedForest
{
    private static readonly double[] Thresholds =
        [0, -0.0, 1.0000000180025095e-35, -1.0000000180025095e-35, 0.1, -0.1, 0.5, 1, 1.5, 2, -2, 1e300, -1e300, 16777216.5, 1e-40,
            double.PositiveInfinity, double.NegativeInfinity];

    private static readonly float[] Values =
        [0, -0f, float.NaN, 1e-36f, -1e-36f, 1e-34f, 0.1f, -0.1f, 0.5f, 1, 1.5f, 2, -2, 3, 40, 70, -0.5f, -1, 16777216,
            float.PositiveInfinity, float.NegativeInfinity];

    private readonly List<Node> _roots = [];

    private readonly Random _random;

    public GeneratedForest(int seed, int trees, int features, int maxLeaves)
    {
        _random = new(seed);
        Features = features;
        for (int n = 0; n < trees; n++) _roots.Add(Grow(_random.Next(1, maxLeaves + 1)));
    }

    public int Features { get; }

    /// <summary>A leaf has a value and rows; an inner node two children and a question.</summary>
    private sealed class Node
    {
        public Node? Left { get; init; }

        public Node? Right { get; init; }

        public int Feature { get; init; }

        public double Threshold { get; init; }

        public int Decision { get; init; }

        public uint[] Set { get; init; } = [];

        public double Value { get; init; }

        public int Rows { get; init; }
    }

    public float[] Row()
    {
        var row = new float[Features];
        foreach (ref float value in row.AsSpan())
            value = _random.Next(2) == 0 ? Values[_random.Next(Values.Length)] : (float)((4 * _random.NextDouble()) - 2);
        return row;
    }

    public double Score(float[] row)
    {
        double score = 0;
        foreach (var root in _roots)
        {
            var node = root;
            while (node.Left is not null) node = (GoesLeft(node, row) ? node.Left : node.Right)!;
            score += node.Value;
        }
        return score;
    }

    /// <returns>Algorithm 1 of the TreeSHAP paper: the mean score where only the features of a subset are known.</returns>
    /// <param name="known">A bit for each feature.</param>
    public double Expected(float[] row, int known) => _roots.Sum(root => Expected(root, row, known));

    /// <param name="features">Their names; none: f0, f1, …</param>
    public string Text(params string[] features)
    {
        var text = new StringBuilder();
        string names = string.Join(' ', features.Length > 0 ? features : Enumerable.Range(0, Features).Select(n => $"f{n}"));
        text.Append(
            $"tree\nversion=v4\nnum_class=1\nnum_tree_per_iteration=1\nlabel_index=0\nmax_feature_idx={Features - 1}\nobjective=regression\n");
        text.Append($"feature_names={names}\nfeature_infos={string.Join(' ', Enumerable.Repeat("none", Features))}\n\n");
        for (int n = 0; n < _roots.Count; n++) Write(text, n, _roots[n]);
        return text.Append("end of trees\n\nparameters:\nend of parameters\n").ToString();
    }

    private Node Grow(int leaves)
    {
        if (leaves == 1) return new() { Value = Math.Round(_random.NextDouble() - .5, 3), Rows = _random.Next(1, 50) };
        int left = _random.Next(1, leaves), kind = _random.Next(7); // every missing type in both directions, or categorical
        uint[] set = [.. Enumerable.Range(0, _random.Next(1, 4)).Select(_ => (uint)_random.NextInt64(1L << 32))];
        var (a, b) = (Grow(left), Grow(leaves - left));
        int decision = kind == 6 ? 1 : ((kind % 3) << 2) | (kind >= 3 ? 2 : 0);
        double threshold = _random.Next(2) == 0 ? Thresholds[_random.Next(Thresholds.Length)] : (4 * _random.NextDouble()) - 2;
        return new()
        {
            Left = a,
            Right = b,
            Feature = _random.Next(Features),
            Threshold = threshold,
            Decision = decision,
            Set = set,
            Rows = a.Rows + b.Rows,
        };
    }

    private static bool GoesLeft(Node node, float[] row)
    {
        double x = Math.Abs(row[node.Feature]) <= 1e-35f ? 0 : row[node.Feature];
        if ((node.Decision & 1) != 0)
            return x > -1 && x < node.Set.Length * 32 && ((node.Set[(int)x / 32] >> ((int)x % 32)) & 1) == 1;
        int missing = node.Decision >> 2;
        if (double.IsNaN(x) && missing != 2) x = 0;
        bool isMissing = (missing == 1 && x == 0) || (missing == 2 && double.IsNaN(x));
        return isMissing ? (node.Decision & 2) != 0 : x <= node.Threshold;
    }

    private static double Expected(Node node, float[] row, int known)
    {
        if (node.Left is null) return node.Value;
        if (((known >> node.Feature) & 1) == 1) return Expected((GoesLeft(node, row) ? node.Left : node.Right)!, row, known);
        double left = (double)node.Left.Rows / node.Rows;
        return (left * Expected(node.Left, row, known)) + ((1 - left) * Expected(node.Right!, row, known));
    }

    private static void Write(StringBuilder text, int number, Node root)
    {
        List<Node> inner = [], leaves = [];
        Collect(root, inner, leaves);
        Node[] categorical = [.. inner.Where(n => (n.Decision & 1) != 0)];
        int Place(Node node) => node.Left is null ? ~leaves.IndexOf(node) : inner.IndexOf(node);
        void Line<T>(string key, IEnumerable<T> values) =>
            text.Append(CultureInfo.InvariantCulture,
                $"{key}={string.Join(' ', values.Select(v => string.Create(CultureInfo.InvariantCulture,
                    $"{v}").Replace("Infinity", "inf", StringComparison.Ordinal)))}\n");

        text.Append($"Tree={number}\nnum_leaves={leaves.Count}\nnum_cat={categorical.Length}\n");
        Line("split_feature", inner.Select(n => n.Feature));
        Line("split_gain", inner.Select(_ => 1));
        Line("threshold", inner.Select(n => (n.Decision & 1) != 0 ? Array.IndexOf(categorical, n) : n.Threshold));
        Line("decision_type", inner.Select(n => n.Decision));
        Line("left_child", inner.Select(n => Place(n.Left!)));
        Line("right_child", inner.Select(n => Place(n.Right!)));
        Line("leaf_value", leaves.Select(n => n.Value));
        Line("leaf_weight", leaves.Select(n => n.Rows));
        Line("leaf_count", leaves.Select(n => n.Rows));
        Line("internal_value", inner.Select(_ => 0));
        Line("internal_weight", inner.Select(n => n.Rows));
        Line("internal_count", inner.Select(n => n.Rows));
        if (categorical.Length > 0)
        {
            int end = 0;
            Line("cat_boundaries", categorical.Select(n => end += n.Set.Length).Prepend(0).ToArray());
            Line("cat_threshold", categorical.SelectMany(n => n.Set));
        }
        text.Append("is_linear=0\nshrinkage=1\n\n\n");
    }

    /// <summary>Depth first: as good an order as any, and not the one that trees are walked in.</summary>
    private static void Collect(Node node, List<Node> inner, List<Node> leaves)
    {
        (node.Left is null ? leaves : inner).Add(node);
        if (node.Left is null) return;
        Collect(node.Left, inner, leaves);
        Collect(node.Right!, inner, leaves);
    }
}
