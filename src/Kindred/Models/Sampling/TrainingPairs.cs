using Kindred.Numerics;

namespace Kindred.Models.Sampling;

/// <summary>
/// The observed pairs of the training data as stochastic gradients need them: with relative weights, popularity and times.
/// </summary>
internal sealed class TrainingPairs
{
    // A weight is at most so many times the mean: one listener's ten thousand plays must not be one step of ten thousand times the length.
    private const float MostWeight = 10;

    private readonly long[] _times;

    /// <param name="propensityExponent">γ: a pair weighs popularity^−γ as much.</param>
    /// <param name="withTimes">Items are drawn only when they existed. Needs times.</param>
    public TrainingPairs(Interactions data, float propensityExponent, bool withTimes)
        : this(data.ByUser, new(data.CountUsersOfItems(), Mean(data.ByUser.Values.Span), propensityExponent))
    {
        if (!withTimes) return;
        _times = FirstTimes(data);
        FirstSeen = FirstOf(Observed, _times);
    }

    /// <summary>Some of the pairs, without times.</summary>
    /// <param name="observed">[users, items]</param>
    /// <param name="totals">Of all pairs.</param>
    public TrainingPairs(SparseMatrix observed, PairTotals totals) => (Observed, Totals, _times) = (observed, totals, []);

    /// <summary>[users, items]</summary>
    public SparseMatrix Observed { get; }

    public PairTotals Totals { get; }

    /// <summary>[items], users of each.</summary>
    public int[] Popularity => Totals.Popularity;

    /// <summary>[items], the time of the first event; empty where it is not asked for.</summary>
    public ReadOnlyMemory<long> FirstSeen { get; }

    /// <summary>Weights as steps use them: over their mean, and at most 10.</summary>
    public static float Relative(float weight, float mean) => Math.Min(MostWeight, weight / mean);

    /// <returns>The weights of one history, relative to their own mean.</returns>
    public static float[] Relative(float[] weights)
    {
        float mean = Mean(weights);
        return [.. weights.Select(weight => Relative(weight, mean))];
    }

    public static float Mean(ReadOnlySpan<float> weights)
    {
        double sum = 0;
        foreach (float weight in weights) sum += weight;
        return weights.IsEmpty ? 1 : (float)(sum / weights.Length);
    }

    /// <param name="positions">Of one user, in <see cref="Observed"/>.</param>
    public void AddTo(PairBlock block, int user, ReadOnlySpan<int> positions)
    {
        var items = Observed.Indices.Span;
        var weights = Observed.Values.Span;
        Span<int> own = positions.Length <= 256 ? stackalloc int[positions.Length] : new int[positions.Length];
        Span<float> relative = positions.Length <= 256 ? stackalloc float[positions.Length] : new float[positions.Length];
        Span<long> times = _times.Length == 0 ? [] : new long[positions.Length];
        for (int n = 0; n < positions.Length; n++)
        {
            own[n] = items[positions[n]];
            relative[n] = Totals.Relative(own[n], weights[positions[n]]);
            if (times.Length > 0) times[n] = _times[positions[n]];
        }
        block.Add(user, own, relative, times);
    }

    // [pairs]
    private static long[] FirstTimes(Interactions data)
    {
        if (!data.Histories.HasTimes)
            throw new InputException(
                "ExistingNegatives needs the time of each event, and this data has none; use ExistingNegatives = false.");
        var times = new long[data.ByUser.Count];
        times.AsSpan().Fill(long.MaxValue);
        for (int user = 0; user < data.Users.Count; user++)
        {
            var row = data.ByUser.Row(user);
            var items = data.Histories.ItemsOf(user).Span;
            var when = data.Histories.TimesOf(user).Span;
            int first = data.ByUser.Starts.Span[user];
            for (int e = 0; e < items.Length; e++)
            {
                ref long time = ref times[first + row.Columns.BinarySearch(items[e])];
                time = Math.Min(time, when[e]);
            }
        }
        return times;
    }

    private static long[] FirstOf(SparseMatrix observed, ReadOnlySpan<long> times)
    {
        var first = new long[observed.Columns];
        first.AsSpan().Fill(long.MaxValue);
        var items = observed.Indices.Span;
        for (int n = 0; n < items.Length; n++) first[items[n]] = Math.Min(first[items[n]], times[n]);
        return first;
    }
}
