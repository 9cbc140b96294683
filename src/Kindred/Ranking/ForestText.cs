using System.Globalization;

namespace Kindred.Ranking;

/// <summary>
/// A forest as LightGBM writes it: <c>key=value</c> lines, first of the whole model, then of each tree, up to <c>end of trees</c>; what
/// follows (importances, parameters) says nothing about scores.
/// </summary>
internal sealed record ForestText(IReadOnlyList<string> Features, IReadOnlyList<TreeText> Trees)
{
    private const string TreeMark = "Tree=", EndMark = "end of trees";

    /// <exception cref="InputException">Damaged, or of a kind that this does not score: several classes, linear leaves, averaged
    /// trees.</exception>
    public static ForestText Parse(string text)
    {
        string[] lines = text.Split('\n');
        if (lines[0].TrimEnd() != "tree") throw Damaged(1, "it does not begin with 'tree', as LightGBM's models do");
        int end = Array.FindIndex(lines, line => line.TrimEnd() == EndMark);
        if (end < 0) throw Damaged(lines.Length, $"there is no '{EndMark}'");
        int[] starts = [.. Enumerable.Range(0, end).Where(n => lines[n].StartsWith(TreeMark, StringComparison.Ordinal)), end];

        var header = new Section(lines, 0, starts[0]);
        Refuse(header);
        string[] features = header.Words("feature_names");
        int expected = header.Integers("max_feature_idx") is [var last] ? last + 1 : -1;
        if (features.Length != expected) throw Damaged(1, $"it names {features.Length} features but has {expected}");
        if (header.Contains("tree_sizes") && header.Integers("tree_sizes").Length != starts.Length - 1)
            throw Damaged(end + 1, $"it has {starts.Length - 1} trees instead of {header.Integers("tree_sizes").Length}");
        var trees = new TreeText[starts.Length - 1];
        for (int n = 0; n < trees.Length; n++) trees[n] = ReadTree(new(lines, starts[n], starts[n + 1]), features.Length);
        return new(features, trees);
    }

    private static void Refuse(Section header)
    {
        foreach (string key in (string[])["num_class", "num_tree_per_iteration"])
            if (header.Integers(key) is not [1])
                throw new InputException(
                    $"A forest with {key}={header.Text(key)} gives more than one score; train one with a single score.");
        if (header.Contains("average_output"))
            throw new InputException("A forest whose trees are averaged (boosting=rf) is not scored; train with boosting=gbdt.");
    }

    private static TreeText ReadTree(Section section, int features)
    {
        if (section.Contains("is_linear") && section.Integers("is_linear") is not [0])
            throw new InputException("A forest with linear models in its leaves is not scored; train with linear_tree=false.");
        if (section.Integers("num_leaves") is not [var leaves]) throw Damaged(section.Line, "the tree's number of leaves cannot be read");
        bool splits = leaves > 1, sets = section.Contains("cat_boundaries");
        var tree = new TreeText(section.Line)
        {
            Features = splits ? section.Integers("split_feature") : [],
            Thresholds = splits ? section.Reals("threshold") : [],
            Decisions = splits ? section.Integers("decision_type") : [],
            Left = splits ? section.Integers("left_child") : [],
            Right = splits ? section.Integers("right_child") : [],
            LeafValues = section.Reals("leaf_value"),
            LeafCounts = splits ? section.Integers("leaf_count") : [0], // LightGBM leaves it out where nothing was split
            SetStarts = sets ? section.Integers("cat_boundaries") : [0],
            SetWords = sets ? section.Bits("cat_threshold") : [],
        };
        string? fault = tree.Inner != leaves - 1 ? $"it has {tree.Inner} splits for {leaves} leaves" : tree.Fault(features);
        return fault is null ? tree : throw Damaged(section.Line, fault);
    }

    private static InputException Damaged(int line, string how) =>
        new($"The text of the forest is damaged at line {line}: {how}; write it again.");

    /// <summary>The lines of the model, or of a tree.</summary>
    private sealed class Section
    {
        private readonly Dictionary<string, (string Text, int Line)> _values = new(StringComparer.Ordinal);

        public Section(string[] lines, int first, int end)
        {
            Line = first + 1;
            for (int n = first; n < end; n++)
            {
                string[] parts = lines[n].TrimEnd().Split('=', 2);
                if (parts[0] == "") continue;
                if (!_values.TryAdd(parts[0], (parts.Length == 2 ? parts[1] : "", n + 1)))
                    throw Damaged(n + 1, $"{parts[0]} is there twice");
            }
        }

        public int Line { get; }

        public bool Contains(string key) => _values.ContainsKey(key);

        public string Text(string key) => Find(key).Text;

        public string[] Words(string key) => Find(key).Text.Split(' ', StringSplitOptions.RemoveEmptyEntries);

        public int[] Integers(string key) => Numbers(key, word => (int.TryParse(word, CultureInfo.InvariantCulture, out int value), value));

        public int[] Bits(string key) =>
            Numbers(key, word => (uint.TryParse(word, CultureInfo.InvariantCulture, out uint value), (int)value));

        public double[] Reals(string key) => Numbers(key, word => word switch
        {
            "inf" => (true, double.PositiveInfinity),
            "-inf" => (true, double.NegativeInfinity),
            _ => (double.TryParse(word, CultureInfo.InvariantCulture, out double value), value),
        });

        private T[] Numbers<T>(string key, Func<string, (bool, T)> read) =>
            Array.ConvertAll(Words(key), word =>
                read(word) is (true, var value) ? value : throw Damaged(Find(key).Line, $"{key} has '{word}'"));

        private (string Text, int Line) Find(string key) =>
            _values.TryGetValue(key, out var value) ? value : throw Damaged(Line, $"{key} is missing");
    }
}
