using Kindred.Numerics.Distributions;

namespace Kindred.Evaluation;

/// <summary>Is one recommender better than another, or did it have the luckier users?</summary>
/// <remarks>
/// Paired bootstrap over the per-user differences: both were asked about the same users, so what makes a user easy or hard for both
/// cancels. T. Sakai, "Evaluating Evaluation Metrics based on the Bootstrap", SIGIR 2006. Where no resample turns the sign around, the
/// p-value is that of the paired t-test, which agrees with the bootstrap and continues where its resamples end: M. Smucker, J. Allan, B.
/// Carterette,
/// "A Comparison of Statistical Significance Tests for Information Retrieval Evaluation", CIKM 2007.
/// Where models were trained with several seeds, a few values say how far trainings differ: p-value and interval are Student's, of both
/// variances added up. X. Bouthillier et al., "Accounting for Variance in Machine Learning Benchmarks", MLSys 2021.
/// </remarks>
internal static class Significance
{
    /// <summary>
    /// Standard errors that a true difference must have to be found four times out of five at the 5 % level: z(.975) + z(.8).
    /// </summary>
    internal const double Detectable = 1.959964 + .841621;

    /// <param name="baseline">Measured on the same holdout; the simpler of the two.</param>
    /// <param name="metric">A metric that both measured.</param>
    /// <param name="workers">Threads. Changes the time, never the result.</param>
    /// <exception cref="InputException">The metric was not measured.</exception>
    public static PairedComparison Compare(
        EvaluationReport report, EvaluationReport baseline, string metric, int workers, CancellationToken cancellation)
    {
        var (mine, theirs) = (report.PerUser, baseline.PerUser);
        if (mine is null || theirs is null)
            throw new ArgumentException("A report that was read from a file has no values by user to compare.", nameof(report));
        bool sameEvents = report.Protocol == baseline.Protocol && report.Counts.TestEvents == baseline.Counts.TestEvents;
        if (!sameEvents || !mine.Users.Span.SequenceEqual(theirs.Users.Span))
            throw new ArgumentException($"{report.Name} and {baseline.Name} were measured on different holdouts.", nameof(baseline));
        metric = report.Of(metric).Metric;

        double[] differences = DifferencesOf(mine.Values[metric].Span, theirs.Values[metric].Span);
        double mean = differences.Length == 0 ? double.NaN : differences.Average();
        double deviation = Math.Sqrt(differences.Sum(d => (d - mean) * (d - mean)) / Math.Max(1, differences.Length - 1));
        SeedSpread[] spreads = [.. report.Spreads.Concat(baseline.Spreads).Where(spread => spread.Metric == metric)];
        double[] means = differences.Length == 0 ? [double.NaN]
            : Bootstrap.SortedMeans([differences], report.Resamples, report.Seed, workers, cancellation)[0];
        double error = deviation / Math.Sqrt(differences.Length), p = PValueOf(means, mean / error, differences.Length);
        var (low, high) = Bootstrap.Interval(means);
        double oneSidedLow = Bootstrap.OneSidedLow(means);
        if (spreads.Sum(spread => spread.Variance) > 0)
        {
            (error, double degrees) = WithSeeds(error, differences.Length, spreads);
            p = StudentT.PValue(mean / error, degrees);
            double half = StudentT.UpperQuantile(.025, degrees) * error;
            (low, high, oneSidedLow) = (mean - half, mean + half, mean - (StudentT.UpperQuantile(.05, degrees) * error));
        }
        return new(report.Name, baseline.Name, metric, differences.Length, mean, low, high)
        {
            Better = report.Definitions.First(d => d.Name == metric).Better,
            OneSidedLow = oneSidedLow,
            RelativeDifference = mean / Math.Abs(baseline.Of(metric).Mean),
            EffectSize = mean == 0 ? 0 : mean / deviation,
            DetectableDifference = Detectable * error,
            PValue = p,
            AdjustedPValue = p,
        };
    }

    /// <summary>
    /// Many comparisons find a winner by chance: p-values as if all were one question.
    /// S. Holm, "A Simple Sequentially Rejective Multiple Test Procedure", Scandinavian Journal of Statistics 1979.
    /// </summary>
    /// <returns>In the order given.</returns>
    public static IReadOnlyList<PairedComparison> Corrected(IReadOnlyList<PairedComparison> comparisons)
    {
        var corrected = comparisons.ToArray();
        double largest = 0;
        int left = comparisons.Count;
        foreach (int n in Enumerable.Range(0, comparisons.Count).OrderBy(n => comparisons[n].PValue))
        {
            largest = Math.Max(largest, Math.Min(1, left-- * comparisons[n].PValue));
            corrected[n] = comparisons[n] with { AdjustedPValue = largest, Comparisons = comparisons.Count };
        }
        return corrected;
    }

    /// <returns>Of the users for whom both have a value.</returns>
    private static double[] DifferencesOf(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        var differences = new List<double>(a.Length);
        for (int n = 0; n < a.Length; n++)
            if (!double.IsNaN(a[n]) && !double.IsNaN(b[n])) differences.Add(a[n] - b[n]);
        return [.. differences];
    }

    /// <summary>
    /// Other users and other seeds, added up, with the degrees of freedom of such a sum: F. Satterthwaite, "An Approximate Distribution of
    /// Estimates of Variance Components", Biometrics Bulletin 1946.
    /// </summary>
    /// <param name="ofUsers">Standard error.</param>
    private static (double Error, double Degrees) WithSeeds(double ofUsers, int users, SeedSpread[] spreads)
    {
        double variance = ofUsers * ofUsers, squares = variance * variance / Math.Max(1, users - 1);
        foreach (var spread in spreads)
        {
            variance += spread.Variance;
            squares += spread.Variance * spread.Variance / (spread.Values.Count - 1);
        }
        return (Math.Sqrt(variance), variance * variance / squares);
    }

    /// <summary>
    /// Two-sided: how rarely resampled users turn the sign around. R resamples tell nothing below 2 / (R + 1), where Student's t continues,
    /// but not below 2^(1 − users): so often would signs drawn at random all agree.
    /// </summary>
    /// <param name="t">Mean / standard error; infinite where all users differ alike.</param>
    private static double PValueOf(double[] means, double t, int users)
    {
        int notAbove = means.Count(mean => mean <= 0), notBelow = means.Count(mean => mean >= 0);
        int turned = Math.Min(notAbove, notBelow);
        double p = Math.Min(1, 2.0 * (turned + 1) / (means.Length + 1));
        if (turned > 0 || users < 2) return p;
        return Math.Min(p, Math.Max(StudentT.PValue(t, users - 1), Math.Pow(2, 1 - users)));
    }
}
