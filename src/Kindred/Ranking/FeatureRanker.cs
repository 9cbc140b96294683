using Kindred.Models;
using Kindred.Numerics;
using Kindred.Pipelines;

namespace Kindred.Ranking;

/// <summary>
/// Scores every candidate anew by its features, and sorts; one whose score is not finite has none (NaN) and stands last. Cost: the features
/// of a row, and what the scorer takes for it.
/// </summary>
internal sealed class FeatureRanker : IStage
{
    private readonly IFeatureRanker _scorer;
    private readonly FeatureSet _features;
    private readonly ScratchPool<Scratch> _scratch = new(() => new());

    /// <param name="features">The same columns, in the same order, as the scorer was trained on.</param>
    /// <exception cref="InputException">They are others.</exception>
    public FeatureRanker(IFeatureRanker scorer, FeatureSet features)
    {
        if (!scorer.Features.SequenceEqual(features.Names))
            throw new InputException(
                $"The ranker was trained on {string.Join(", ", scorer.Features)}; these features " +
                $"are {string.Join(", ", features.Names)}. Train it again.");
        (_scorer, _features) = (scorer, features);
    }

    public void Apply(in Query query, Candidates candidates)
    {
        if (candidates.Count == 0) return;
        int count = candidates.Count, features = _features.Names.Count;
        using var lease = _scratch.Take();
        var scratch = lease.Scratch;
        scratch.MakeRoom(count, features);
        var rows = new Matrix(count, features, scratch.Rows.AsMemory(0, count * features));
        _features.Write(query, candidates, rows);
        var scores = scratch.Scores.AsSpan(0, count);
        _scorer.Score(rows, scores);
        for (int place = 0; place < count; place++) candidates.Scores[place] = CandidateScore.From(scores[place]);
        candidates.Sort();
    }

    private sealed class Scratch
    {
        public float[] Rows { get; private set; } = [];

        public double[] Scores { get; private set; } = [];

        public void MakeRoom(int count, int features)
        {
            if (Scores.Length < count) (Rows, Scores) = (new float[2 * count * features], new double[2 * count]);
        }
    }
}
