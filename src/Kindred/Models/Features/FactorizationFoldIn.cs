using Kindred.Models.Sampling;
using Kindred.Numerics;

namespace Kindred.Models.Features;

/// <summary>
/// Folds a user into a factorization machine by a history that it was not trained on: <see cref="UserFoldIn"/> on its events.
/// </summary>
/// <param name="items">[items, machines·(d + 2)], as the model folds them.</param>
/// <param name="popularity">[items], users of each in training.</param>
internal sealed class FactorizationFoldIn(FactorizationMachine options, int seed, Matrix items, ReadOnlyMemory<int> popularity)
{
    // More negatives of each event than in training, which draws again in each epoch.
    private const int NegativeDraws = 4;

    private readonly Lazy<NegativeSampler> _negatives = new(() => new(
        [.. Enumerable.Range(0, items.Rows).Where(item => popularity.Span[item] > 0)], popularity.Span, options.NegativeExponent));

    /// <summary>Adds the user to what is known of the query without them.</summary>
    /// <param name="history">[1, items]</param>
    /// <param name="hash">Of the history: seeds the negatives.</param>
    /// <param name="machine">Its number among those of the model.</param>
    /// <param name="sum">[d], S of the query.</param>
    /// <param name="constant">What the query alone says.</param>
    /// <returns>False: no event says anything of the user.</returns>
    public bool TryAdd(SparseRow history, long hash, int machine, FactorizationDraw draw, Span<float> sum, ref double constant)
    {
        int d = draw.Table.Dimensions;
        var rows = Rows(history, hash, new(machine * (d + 2), d), sum, constant);
        if (rows.Count == 0) return false;
        double[] user = UserFoldIn.Solve(
            rows, draw.UserPenalties ?? Penalties(history.Length), options.Loss != FactorizationLoss.Squared);
        constant += user[^1];
        for (int n = 0; n < d; n++) constant += user[n] * sum[n];
        for (int n = 0; n < d; n++) sum[n] += (float)user[n];
        return true;
    }

    // The rows that training would have made of the history, as the user's own columns see them.
    private List<FoldInRow> Rows(SparseRow history, long hash, Place place, ReadOnlySpan<float> sum, double constant)
    {
        var rows = new List<FoldInRow>();
        var rng = new Rng((ulong)seed).Fork("fold in", hash);
        float mean = TrainingPairs.Mean(history.Values);
        for (int n = 0; n < history.Length; n++)
        {
            int item = history.Columns[n];
            if (popularity.Span[item] == 0) continue;
            if (options.Loss == FactorizationLoss.Squared)
            {
                rows.Add(Row(item, place, sum, constant, history.Values[n], 1));
                continue;
            }
            float weight = TrainingPairs.Relative(history.Values[n], mean), share = weight / NegativeDraws;
            bool isPair = options.Loss == FactorizationLoss.Bpr;
            var observed = Row(item, place, sum, constant, 1, weight);
            if (!isPair) rows.Add(observed);
            for (int draw = 0; draw < NegativeDraws * options.NegativeCount; draw++)
            {
                int other = _negatives.Value.Draw(rng);
                if (history.Columns.BinarySearch(other) >= 0) continue;
                var drawn = Row(other, place, sum, constant, 0, share);
                rows.Add(isPair ? Difference(observed, drawn, share) : drawn);
            }
        }
        return rows;
    }

    private FoldInRow Row(int item, Place place, ReadOnlySpan<float> sum, double constant, float target, float weight)
    {
        var embedding = items.Row(item).Slice(place.First, place.Dimensions + 2);
        var slopes = new float[place.Dimensions + 1];
        for (int n = 0; n < place.Dimensions; n++) slopes[n] = sum[n] + embedding[n];
        slopes[^1] = 1;
        double own = embedding[^2] / FactorizationModel.Unit;
        return new(constant + own + Kernels.Dot(sum, embedding[..^2]), slopes, target, weight);
    }

    private static FoldInRow Difference(FoldInRow better, FoldInRow worse, float weight) =>
        new(better.Offset - worse.Offset, [.. better.Slopes.Zip(worse.Slopes, (a, b) => a - b)], 1, weight);

    // As many rows as training made of an event, each with its share of the penalty.
    private double[] Penalties(int events)
    {
        int rows = options.Loss switch
        {
            FactorizationLoss.Squared => 1,
            FactorizationLoss.Bpr => 2 * options.NegativeCount,
            _ => 1 + options.NegativeCount,
        };
        double scale = rows * Math.Pow(events, options.FrequencyExponent);
        return [.. Enumerable.Repeat(options.Regularization * scale, options.Dimensions), options.LinearRegularization * scale];
    }

    /// <param name="First">Of a machine's numbers in an item's embedding.</param>
    private readonly record struct Place(int First, int Dimensions);
}
