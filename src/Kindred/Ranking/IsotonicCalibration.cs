using Kindred.Storage;

namespace Kindred.Ranking;

/// <summary>
/// The non-decreasing function with the least squared error, by pooling adjacent violators. M. Ayer et al., "An Empirical Distribution
/// Function for Sampling with Incomplete Information", Annals of Mathematical Statistics 1955; for classifiers: B. Zadrozny, C. Elkan,
/// "Transforming Classifier Scores into Accurate Multiclass Probability Estimates", KDD 2002.
/// </summary>
/// <remarks>
/// A pool's probability holds from its lowest to its highest score. Unlike in the papers, it rises in a straight line from one pool to the
/// next, so that the order of scores survives between pools. Needs more labels than <see cref="PlattCalibration"/>, assumes less.
/// Cost: scores · log(scores); of a probability log(pools).
/// </remarks>
internal sealed class IsotonicCalibration : ICalibration
{
    private const string ScoreArray = "isotonic.scores", ProbabilityArray = "isotonic.probabilities";

    private readonly ReadOnlyMemory<double> _scores, _probabilities; // [corners], both ends of each pool

    private IsotonicCalibration(ReadOnlyMemory<double> scores, ReadOnlyMemory<double> probabilities) =>
        (_scores, _probabilities) = (scores, probabilities);

    /// <exception cref="InputException">Scores and labels do not fit each other, are none, or are no numbers.</exception>
    public static IsotonicCalibration Fit(ReadOnlySpan<double> scores, ReadOnlySpan<bool> labels)
    {
        Calibration.Check(scores, labels);
        var pools = new List<Pool>();
        foreach (var equal in EqualScores(scores, labels))
        {
            var pool = equal;
            while (pools is [.., var before] && before.Mean >= pool.Mean)
            {
                pool = new(before.Lowest, pool.Highest, before.Positives + pool.Positives, before.Count + pool.Count);
                pools.RemoveAt(pools.Count - 1);
            }
            pools.Add(pool);
        }
        var corners = pools.SelectMany(p => p.Lowest == p.Highest ? [(p.Lowest, p.Mean)]
            : new[] { (p.Lowest, p.Mean), (p.Highest, p.Mean) }).ToArray();
        return new(Array.ConvertAll(corners, c => c.Item1), Array.ConvertAll(corners, c => c.Item2));
    }

    /// <exception cref="InputException">There is none, or it does not rise.</exception>
    public static IsotonicCalibration Load(TensorFile file)
    {
        ReadOnlyMemory<double> scores = file.Array<double>(ScoreArray), probabilities = file.Array<double>(ProbabilityArray);
        bool good = scores.Length > 0 && scores.Length == probabilities.Length && probabilities.Span[0] >= 0 && probabilities.Span[^1] <= 1;
        for (int n = 1; good && n < scores.Length; n++)
            good = scores.Span[n - 1] < scores.Span[n] && probabilities.Span[n - 1] <= probabilities.Span[n];
        return good ? new(scores, probabilities)
            : throw new InputException($"The calibration in {file.Path} is damaged: it does not rise; write it again.");
    }

    public double ProbabilityOf(double score)
    {
        if (double.IsNaN(score)) return double.NaN;
        ReadOnlySpan<double> scores = _scores.Span, probabilities = _probabilities.Span;
        int place = scores.BinarySearch(score);
        if (place >= 0) return probabilities[place];
        int above = ~place;
        if (above == 0) return probabilities[0];
        if (above == scores.Length) return probabilities[^1];
        double low = probabilities[above - 1], share = (score - scores[above - 1]) / (scores[above] - scores[above - 1]);
        return low + (share * (probabilities[above] - low));
    }

    public void Save(TensorWriter writer)
    {
        writer.Add(ScoreArray, _scores);
        writer.Add(ProbabilityArray, _probabilities);
    }

    /// <returns>A pool for each different score, rising.</returns>
    private static List<Pool> EqualScores(ReadOnlySpan<double> scores, ReadOnlySpan<bool> labels)
    {
        double[] ordered = scores.ToArray();
        bool[] along = labels.ToArray();
        Array.Sort(ordered, along);
        var pools = new List<Pool>();
        for (int first = 0, end; first < ordered.Length; first = end)
        {
            double score = ordered[first];
            end = first + 1;
            while (end < ordered.Length && ordered[end] == score) end++;
            pools.Add(new(score, score, along.AsSpan(first, end - first).Count(true), end - first));
        }
        return pools;
    }

    /// <summary>Scores that get one probability: the share of positives among them.</summary>
    private readonly record struct Pool(double Lowest, double Highest, int Positives, int Count)
    {
        public double Mean => (double)Positives / Count;
    }
}
