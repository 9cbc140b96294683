using System.Globalization;

namespace Kindred;

/// <summary>How the value of an event, such as a count, becomes the weight that models learn from.</summary>
public enum ValueScaling
{
    /// <summary>The value is the weight.</summary>
    Raw,

    /// <summary>1 + log₁₀(1 + value / unit): the smallest values weigh 1, one of a thousand units 4.</summary>
    Log,

    /// <summary>The value, and at most the unit.</summary>
    Cap,

    /// <summary>1: an event is an event, whatever its value.</summary>
    None,
}

/// <summary>
/// A <see cref="ValueScaling"/> with its unit. Counts and durations often span several powers of ten, so that the few events with the
/// largest ones decide every sum, cosine and mean: scaled, many events decide.
/// </summary>
/// <remarks>
/// The log is the confidence 1 + α·log(1 + r/ε) of Y. Hu, Y. Koren, C. Volinsky, "Collaborative Filtering for Implicit Feedback Datasets",
/// ICDM 2008, eq. 6, with α of the decimal logarithm and ε the median, so that the middle value weighs 1.3 whatever it is counted in. The
/// thresholds of <see cref="For"/>, ten and three times the median, are rules of thumb: a largest value of ten times the middle one cannot
/// outweigh ten events, and where the ninth decile is within three times of it, a cap changes the last tenth alone. `kindred tune
/// --tune-scale` measures instead.
/// </remarks>
/// <param name="Unit">In units of the values, above 0; 1 where the scaling has no unit.</param>
public readonly record struct ValueScale(ValueScaling Scaling, float Unit = 1)
{
    /// <summary>The values are the weights.</summary>
    public static ValueScale Raw { get; } = new(ValueScaling.Raw);

    private const int SampleSize = 1 << 17;

    /// <summary>Values up to so many times the middle one are left as they are.</summary>
    private const float Narrow = 10;

    /// <summary>The scale that suits the spread of the values.</summary>
    /// <param name="values">[events], above 0.</param>
    /// <remarks>
    /// Raw where the largest value is at most ten times the median. Otherwise cap at the ninth decile where that is at most three times the
    /// median: most values are alike, and a few are far off. Otherwise log. Cost: a pass, and sorting a sample of 131,072 values.
    /// </remarks>
    public static ValueScale For(ReadOnlySpan<float> values)
    {
        if (values.IsEmpty) return Raw;
        float[] sorted = Sorted(values);
        float median = At(sorted, .5), most = Max(values);
        if (most <= Narrow * median) return Raw;
        return Of(At(sorted, .9) <= 3 * median ? ValueScaling.Cap : ValueScaling.Log, sorted);
    }

    /// <summary>A scaling, its unit taken from the values: of a log their median, of a cap their ninth decile.</summary>
    /// <param name="values">[events], above 0.</param>
    public static ValueScale Of(ValueScaling scaling, ReadOnlySpan<float> values) =>
        scaling is ValueScaling.Raw or ValueScaling.None || values.IsEmpty ? new(scaling) : Of(scaling, Sorted(values));

    /// <returns>The weight of an event with such a value; above 0 where the value is.</returns>
    public float WeightOf(float value) => Scaling switch
    {
        ValueScaling.Log => (float)(1 + Math.Log10(1 + (value / (double)Unit))),
        ValueScaling.Cap => Math.Min(value, Unit),
        ValueScaling.None => 1,
        _ => value,
    };

    /// <summary>Takes the scaling back.</summary>
    /// <returns>The value with the fewest digits that has such a weight; of a capped one the cap, of an ignored one 1.</returns>
    internal float ValueOf(float weight)
    {
        if (Scaling != ValueScaling.Log || weight == WeightOf(Unit)) return Scaling == ValueScaling.Log ? Unit : weight;
        double exact = Unit * (Math.Pow(10, weight - 1.0) - 1);
        for (int digits = 1; digits < 9; digits++)
        {
            float shorter = float.Parse(exact.ToString($"E{digits - 1}", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
            if (WeightOf(shorter) == weight) return shorter;
        }
        return (float)exact;
    }

    /// <returns>How a person would say it.</returns>
    public override string ToString() => Scaling switch
    {
        ValueScaling.Log => string.Create(CultureInfo.InvariantCulture, $"1 + log10(1 + value / {Unit:0.####})"),
        ValueScaling.Cap => string.Create(CultureInfo.InvariantCulture, $"the value, at most {Unit:0.####}"),
        ValueScaling.None => "1 for every event",
        _ => "the value",
    };

    /// <param name="weights">[events]</param>
    internal ReadOnlyMemory<float> WeightsOf(ReadOnlyMemory<float> weights)
    {
        if (Scaling == ValueScaling.Raw) return weights;
        float[] scaled = weights.ToArray();
        foreach (ref float weight in scaled.AsSpan()) weight = WeightOf(weight);
        return scaled;
    }

    private static ValueScale Of(ValueScaling scaling, float[] sorted) =>
        new(scaling, At(sorted, scaling == ValueScaling.Cap ? .9 : .5));

    private static float At(float[] sorted, double share) => sorted[(int)(share * (sorted.Length - 1))];

    // All of them, or so many that are evenly spaced.
    private static float[] Sorted(ReadOnlySpan<float> values)
    {
        var sample = new float[Math.Min(values.Length, SampleSize)];
        for (int n = 0; n < sample.Length; n++) sample[n] = values[(int)((long)n * values.Length / sample.Length)];
        Array.Sort(sample);
        return sample;
    }

    private static float Max(ReadOnlySpan<float> values)
    {
        float most = values[0];
        foreach (float value in values) most = Math.Max(most, value);
        return most;
    }
}
