using System.Globalization;
using Kindred.Models;
using Kindred.Numerics;
using Kindred.Pipelines;

namespace Kindred.Ranking;

/// <summary>A <see cref="FeatureRanker"/> by boosted trees, which says why. Cost: the features of a row, and some microseconds.</summary>
/// <param name="features">The same columns, in the same order, as the forest was trained on.</param>
/// <exception cref="InputException">They are others.</exception>
internal sealed class ForestRanker(Forest forest, FeatureSet features) : IExplainingStage
{
    private const int MostReasons = 5;

    private readonly FeatureRanker _ranker = new(forest, features);

    public void Apply(in Query query, Candidates candidates) => _ranker.Apply(query, candidates);

    /// <returns>The features that add or take most, with their values, by TreeSHAP.</returns>
    public IReadOnlyList<Reason> ReasonsFor(in Query query, Candidates before, int place)
    {
        var rows = new Matrix(before.Count, features.Names.Count);
        features.Write(query, before, rows);
        float[] row = rows.Row(place).ToArray();
        double[] shares = forest.Explain(row).Contributions.ToArray();
        return
        [
            .. Enumerable.Range(0, shares.Length).Where(n => shares[n] != 0).OrderByDescending(n => Math.Abs(shares[n])).Take(MostReasons)
                .Select(n => new Reason(string.Create(CultureInfo.InvariantCulture, $"{features.Names[n]} = {row[n]:G4}"), shares[n])),
        ];
    }
}
