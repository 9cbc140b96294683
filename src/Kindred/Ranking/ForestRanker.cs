using System.Collections.Concurrent;
using System.Globalization;
using Kindred.Models;
using Kindred.Numerics;
using Kindred.Pipelines;

namespace Kindred.Ranking;

/// <summary>Scores every candidate anew by boosted trees over its features, and sorts. Cost: the features of a row, and some microseconds.</summary>
public sealed class ForestRanker : IExplainingStage
{
    private const int MostReasons = 5;

    private readonly Forest _forest;
    private readonly FeatureSet _features;
    private readonly ConcurrentBag<Scratch> _idle = []; // as many as there are threads

    /// <param name="features">The same columns, in the same order, as the forest was trained on.</param>
    /// <exception cref="InputException">They are others.</exception>
    public ForestRanker(Forest forest, FeatureSet features)
    {
        if (!forest.Features.SequenceEqual(features.Names))
            throw new InputException($"The ranker was trained on {string.Join(", ", forest.Features)}; these features are {string.Join(", ", features.Names)}. Train it again.");
        (_forest, _features) = (forest, features);
    }

    public void Apply(in Query query, Candidates candidates)
    {
        if (candidates.Count == 0) return;
        int count = candidates.Count, features = _features.Names.Count;
        if (!_idle.TryTake(out var scratch) || scratch.Scores.Length < count) scratch = new(new float[2 * count * features], new double[2 * count]);
        var rows = new Matrix(count, features, scratch.Rows.AsMemory(0, count * features));
        _features.Write(query, candidates, rows);
        var scores = scratch.Scores.AsSpan(0, count);
        _forest.Score(rows, scores);
        for (int place = 0; place < count; place++) candidates.Scores[place] = (float)scores[place];
        candidates.Sort();
        _idle.Add(scratch);
    }

    /// <returns>The features that add or take most, with their values, by TreeSHAP.</returns>
    public IReadOnlyList<Reason> ReasonsFor(in Query query, Candidates before, int place)
    {
        var rows = new Matrix(before.Count, _features.Names.Count);
        _features.Write(query, before, rows);
        float[] row = rows.Row(place).ToArray();
        double[] shares = _forest.Explain(row).Contributions.ToArray();
        return
        [
            .. Enumerable.Range(0, shares.Length).Where(n => shares[n] != 0).OrderByDescending(n => Math.Abs(shares[n])).Take(MostReasons)
                .Select(n => new Reason(string.Create(CultureInfo.InvariantCulture, $"{_features.Names[n]} = {row[n]:G4}"), shares[n])),
        ];
    }

    private sealed record Scratch(float[] Rows, double[] Scores);
}
