using System.Buffers;
using Kindred.Data;
using Kindred.Numerics;
using Kindred.Storage;

namespace Kindred.Ranking;

/// <summary>
/// Gradient-boosted regression trees: the score of a row is the sum of the leaves it comes to, one for each tree. Read from LightGBM's text
/// model (G. Ke et al., "LightGBM: A Highly Efficient Gradient Boosting Decision Tree", NIPS 2017) and bit for bit what LightGBM computes
/// as its raw score.
/// </summary>
/// <remarks>
/// Splits are numerical or categorical; what is missing (NaN, or zero too) goes where the split says. A forest trained for <c>binary</c>
/// scores log odds. Cost of a row: about trees · depth steps, which overlap; memory: 24 bytes a node. Any number of threads may ask one
/// forest.
/// </remarks>
internal sealed class Forest : IFeatureRanker
{
    /// <summary>Fewer rows are quicker one by one.</summary>
    private const int FewRows = 24;

    private readonly StringTable _features;
    private readonly ForestColumns _columns;
    private readonly ForestNodes _nodes;

    private Forest(StringTable features, ForestColumns columns, ForestNodes nodes)
    {
        (_features, _columns, _nodes) = (features, columns, nodes);
        Features = [.. Enumerable.Range(0, features.Count).Select(n => features[n])];
        for (int tree = 0; tree < nodes.Trees; tree++) ExpectedScore += nodes.Value(nodes.Root(tree));
    }

    /// <summary>Names, in the order of a row.</summary>
    public IReadOnlyList<string> Features { get; }

    public int Trees => _nodes.Trees;

    /// <summary>Mean score of the rows trained on.</summary>
    public double ExpectedScore { get; }

    private int Stride => Math.Max(1, _columns.Count);

    /// <param name="text">As LightGBM writes it: <c>LGBM_BoosterSaveModelToString</c>, or a model file.</param>
    /// <exception cref="InputException">Damaged, or of a kind that this does not score: several classes, linear leaves, averaged
    /// trees.</exception>
    public static Forest Parse(string text)
    {
        var forest = ForestText.Parse(text);
        var builder = new ForestBuilder();
        foreach (var tree in forest.Trees) builder.Add(tree);
        var (columns, nodes) = builder.Build();
        return new(StringTable.From(forest.Features), columns, nodes);
    }

    /// <returns>The same forest; its arrays stay in the file.</returns>
    /// <exception cref="InputException">The arrays do not make a forest.</exception>
    public static Forest Load(TensorFile file)
    {
        var features = StringTable.Load(file, "forest.features");
        var columns = ForestColumns.Load(file, features.Count);
        return new(features, columns, ForestNodes.Load(file, columns.Count));
    }

    public void Save(TensorWriter writer)
    {
        _features.Save(writer, "forest.features");
        _columns.Save(writer);
        _nodes.Save(writer);
    }

    /// <returns>The same trees over features of other names.</returns>
    public Forest WithFeatures(IReadOnlyCollection<string> names) => names.Count == Features.Count
        ? new(StringTable.From(names), _columns, _nodes)
        : throw new ArgumentException($"{names.Count} names do not name {Features.Count} features.", nameof(names));

    /// <returns>Higher is better.</returns>
    /// <param name="row">[features]</param>
    public double Score(ReadOnlySpan<float> row)
    {
        float[] columns = Prepare(row);
        double score = _nodes.Score(columns);
        ArrayPool<float>.Shared.Return(columns);
        return score;
    }

    /// <summary>Scores many rows for less than one by one, with the same bits.</summary>
    /// <param name="rows">[n, features]</param>
    /// <param name="scores">[n], overwritten.</param>
    public void Score(Matrix rows, Span<double> scores)
    {
        if (rows.Rows != scores.Length)
            throw new ArgumentException($"{scores.Length} places do not hold the scores of {rows.Rows} rows.", nameof(scores));
        if (rows.Rows > 0) CheckWidth(rows.Columns);
        float[] columns = ArrayPool<float>.Shared.Rent(Stride * RowSets.Rows);
        for (int first = 0; first < scores.Length; first += RowSets.Rows)
        {
            var block = scores.Slice(first, Math.Min(RowSets.Rows, scores.Length - first));
            if (block.Length < FewRows)
            {
                for (int n = 0; n < block.Length; n++) block[n] = Score(rows.Row(first + n));
                continue;
            }
            for (int n = 0; n < block.Length; n++) _columns.Fill(rows.Row(first + n), columns.AsSpan(n), RowSets.Rows);
            _nodes.Score(columns, block);
        }
        ArrayPool<float>.Shared.Return(columns);
    }

    /// <returns>What each feature adds to the score of a row. Cost: trees · leaves · depth².</returns>
    /// <param name="row">[features]</param>
    public ForestExplanation Explain(ReadOnlySpan<float> row)
    {
        float[] columns = Prepare(row);
        var shares = new double[Features.Count];
        new TreeShap(_nodes, _columns, columns, shares).AddAll();
        ArrayPool<float>.Shared.Return(columns);
        return new(ExpectedScore, shares);
    }

    private float[] Prepare(ReadOnlySpan<float> row)
    {
        CheckWidth(row.Length);
        float[] columns = ArrayPool<float>.Shared.Rent(Stride);
        _columns.Fill(row, columns);
        return columns;
    }

    private void CheckWidth(int width)
    {
        if (width != Features.Count)
            throw new ArgumentException($"A row has {width} values, but the forest has {Features.Count} features.");
    }
}
